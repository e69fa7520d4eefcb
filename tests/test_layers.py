"""The way of the data has one direction: who may import whom, and who may write."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "panoptes"
STANDARD_LIBRARY_ONLY = (
    "wire",
    "graph",
    "timeline",
    "samples",
    "reasons",
    "clock",
    "text",
    "addresses",
    "wording",
    "endpoints",
)
FORBIDDEN = [
    ("wire", ("flask", "sqlalchemy", "panoptes.db", "panoptes.models", "panoptes.queries")),
    ("models", ("flask", "werkzeug", "panoptes.api", "panoptes.pages", "panoptes.queries",
                "panoptes.wire", "panoptes.ingest")),
    ("queries", ("flask", "panoptes.api", "panoptes.pages", "panoptes.wire", "panoptes.ingest")),
    ("ingest", ("flask", "panoptes.api", "panoptes.pages", "panoptes.queries")),
    ("api", ("panoptes.pages",)),
    ("pages", ("panoptes.api", "panoptes.wire", "panoptes.ingest")),
    ("commands/remote", ("flask", "sqlalchemy", "panoptes.db", "panoptes.models",
                         "panoptes.queries", "panoptes.api", "panoptes.pages")),
]  # fmt: skip
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imports(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def outside(module: str) -> set[str]:
    """Return the packages outside of the standard library and of the module's own part."""
    part = module.split("/")[0].removesuffix(".py")
    own = (f"panoptes.{part}", "panoptes.text")
    names = {name for name in imports(module) if not name.startswith(own)}
    return {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}


def modules_of(part: str) -> list[str]:
    return [name for name in MODULES if name.startswith(f"{part}/") or name == f"{part}.py"]


@pytest.mark.parametrize(("part", "forbidden"), FORBIDDEN)
def test_no_part_knows_what_lies_behind_it(part: str, forbidden: tuple[str, ...]) -> None:
    assert modules_of(part)
    found = [
        (module, name)
        for module in modules_of(part)
        for name in imports(module)
        if any(name == each or name.startswith(f"{each}.") for each in forbidden)
    ]
    assert found == []


@pytest.mark.parametrize("part", STANDARD_LIBRARY_ONLY)
def test_the_pure_parts_need_the_standard_library_alone(part: str) -> None:
    assert {module: outside(module) for module in modules_of(part) if outside(module)} == {}


@pytest.mark.parametrize("module", MODULES)
def test_questions_are_asked_in_queries_and_models_only(module: str) -> None:
    # A migration fills what it makes.
    if not module.startswith(("queries/", "models/", "migrations/versions/")):
        assert not re.search(r"\bselect\(", (PACKAGE / module).read_text())


@pytest.mark.parametrize("module", MODULES)
def test_write_transactions_are_opened_where_changes_are_asked_for_only(module: str) -> None:
    # bulk.py: the same actions on several workflows at once; token.py: who has the machine;
    # housekeeping.py: nobody asks, time does; outbox.py: what it sent has to be kept.
    actions = ("pages/actions.py", "pages/bulk.py", "commands/token.py", "housekeeping.py")
    actions += ("notify/outbox.py",)
    if not module.startswith("api/") and module not in (*actions, "db.py", "writers.py"):
        assert not re.search(r"\bwriting\(", (PACKAGE / module).read_text())


@pytest.mark.parametrize("module", MODULES)
def test_a_sentence_opens_every_module(module: str) -> None:
    assert ast.get_docstring(ast.parse((PACKAGE / module).read_text()))


@pytest.mark.parametrize("module", MODULES)
def test_only_the_clock_asks_for_the_time(module: str) -> None:
    if module != "clock.py":
        assert not re.search(
            r"\.(now|utcnow|today)\(",
            re.sub(r"clock\.utcnow\(", "", (PACKAGE / module).read_text()),
        )
