"""The dashboard and the alerts ask for metrics, labels and statuses that the server tells."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from devtools.running import ROOT
from panoptes.ingest.counters import RESULTS
from tests.engine import Engine
from tests.web.api.test_metrics import families

DASHBOARD = ROOT / "deploy/grafana.json"
DOCUMENT = ROOT / "docs/metrics.md"
# By PromQL itself, and by Prometheus for each target.
GIVEN = {"le", "instance", "job"}
METRIC = re.compile(r"\bpanoptes_[a-z_]+")
MATCHER = re.compile(r'(\w+)(=~?)"([^"]*)"')
GROUPING = re.compile(r"\bby \(([^)]*)\)")


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def dashboard_expressions() -> Iterator[str]:
    yield from (target["expr"] for panel in panels() for target in panel["targets"])
    for variable in json.loads(DASHBOARD.read_text())["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def yaml_blocks() -> list[Any]:
    return [
        yaml.safe_load(text)
        for text in re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    ]


def alerts() -> list[dict[str, Any]]:
    groups = [group for block in yaml_blocks() for group in block.get("groups", [])]
    return [rule for group in groups for rule in group["rules"]]


EXPRESSIONS = [*dashboard_expressions(), *(rule["expr"] for rule in alerts())]


@pytest.fixture
def told(client: FlaskClient) -> dict[str, dict[str, set[str]]]:
    """All samples' names, with the values of each of their labels."""
    Engine(client).job(1)
    found: dict[str, dict[str, set[str]]] = {}
    for family in families(client).values():
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_for_is_told(told: dict[str, dict[str, set[str]]], expression: str) -> None:
    names = set(METRIC.findall(expression))
    assert names <= told.keys()
    labels = {label for name in names for label in told[name]} | GIVEN
    asked = MATCHER.findall(expression)
    grouped = [each.strip() for group in GROUPING.findall(expression) for each in group.split(",")]
    assert {label for label, _, _ in asked} | set(grouped) <= labels
    for label, _, values in asked:
        if label not in GIVEN:
            known = {value for name in names for value in told[name][label]}
            assert set(values.split("|")) <= known


def test_the_document_lists_every_metric_with_its_type_and_labels(
    client: FlaskClient, told: dict[str, dict[str, set[str]]]
) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", DOCUMENT.read_text(), re.MULTILINE)
    listed = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    expected = {}
    for family in families(client).values():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        expected[name] = (family.type, labels)
    assert listed == expected


def test_the_document_names_every_result_of_an_event() -> None:
    text = DOCUMENT.read_text()
    assert all(f"`{result}`" in text for result in RESULTS)


def test_counters_are_asked_for_their_growth_only() -> None:
    for expression in EXPRESSIONS:
        for counter in re.findall(r"panoptes_\w+_(?:total|bucket)", expression):
            assert re.search(rf"(rate|increase)\({counter}\b[^)]*\[", expression)


def test_panels_have_ids_of_their_own_and_lie_side_by_side() -> None:
    assert len({panel["id"] for panel in panels()}) == len(panels())
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_each_alert_says_what_is_wrong() -> None:
    assert alerts()
    for rule in alerts():
        assert rule["annotations"]["summary"].endswith(".")


def test_the_example_scrapes_the_address_of_the_server() -> None:
    ((scraped,),) = [
        block["scrape_configs"] for block in yaml_blocks() if "scrape_configs" in block
    ]
    assert scraped["static_configs"] == [{"targets": ["127.0.0.1:5000"]}]
    assert scraped["job_name"] == "panoptes", "By which alerts know it."
