"""What is added to a Snakemake, by its version, its plugins and what was typed."""

from pathlib import Path

import pytest

from tests.door import HANG, Door
from tests.wrapper.adapters.conftest import Install, Planned, executable

OURS, STOCK = "snakemake_logger_plugin_panoptes_ui-2.0.0", "snakemake_logger_plugin_panoptes-0.3.0"
NEW, MIDDLE, OLD = "snakemake-9.27.1", "snakemake-8.30.0", "snakemake-7.32.4"

# Typed -> how our plugin is added.
WITH_OURS = {
    "snakemake": "snakemake --logger panoptes-ui",
    "snakemake -j1 all": "snakemake -j1 all --logger panoptes-ui",
    "snakemake -j1 -- all": "snakemake -j1 --logger panoptes-ui -- all",
    "env X=1 nice snakemake -j1": "env X=1 nice snakemake -j1 --logger panoptes-ui",
    "snakemake --logger rich -j1": "snakemake --logger panoptes-ui rich -j1",
}
UNTOUCHED = (
    "snakemake -n",
    "snakemake -np all",
    "snakemake --dry-run",
    "snakemake --dag=dot all",
    "snakemake --unlock",
    "snakemake --version",
    "snakemake -j1 --logger panoptes-ui",
    "snakemake -j1 --logger rich panoptes --logger-panoptes-address x",
    "snakemake -j1 --logger=panoptes-ui",
    "snakemake -j1 --wms-monitor http://somewhere",
)


def test_our_plugin_is_taken_where_it_is_installed(planned: Planned, install: Install) -> None:
    install("snakemake", NEW, OURS, STOCK)
    for typed, started in WITH_OURS.items():
        plan = planned(typed)
        assert (" ".join(plan.words), plan.listen, plan.hint) == (started, None, "")


def test_it_is_told_the_wishes_in_its_environment_and_no_secret_in_its_words(
    planned: Planned, install: Install, server: Door
) -> None:
    install("snakemake", NEW, OURS)
    wishes = {"name": "nightly", "labels": ["a", "b"], "note": "why", "allow_stop": True}
    plan = planned("snakemake -j1", token="geheim", logs="all", **wishes)
    assert plan.environment == {
        "PANOPTES_URL": server.url,
        "PANOPTES_TOKEN": "geheim",
        "SNAKEMAKE_LOGGER_PANOPTES_UI_NAME": "nightly",
        "SNAKEMAKE_LOGGER_PANOPTES_UI_LABELS": "a,b",
        "SNAKEMAKE_LOGGER_PANOPTES_UI_NOTE": "why",
        "SNAKEMAKE_LOGGER_PANOPTES_UI_LOGS": "all",
        "SNAKEMAKE_LOGGER_PANOPTES_UI_ALLOW_STOP": "true",
    }
    assert planned("snakemake -j1").environment == {"PANOPTES_URL": server.url}


@pytest.mark.parametrize("version", [NEW, OLD])
def test_nothing_is_added_to_what_reports_itself_or_runs_nothing(
    planned: Planned, install: Install, version: str
) -> None:
    install("snakemake", version, OURS)
    for typed in UNTOUCHED:
        plan = planned(typed)
        assert (" ".join(plan.words), plan.listen) == (typed, None)


def test_the_stock_plugin_gets_address_and_token_where_others_do_not_see_them(
    planned: Planned, install: Install, server: Door
) -> None:
    install("snakemake", NEW, STOCK)
    plan = planned("snakemake -j1", token="geheim", name="nightly")
    added = "--logger panoptes --logger-panoptes-workflow-id nightly"
    assert " ".join(plan.words) == f"snakemake -j1 {added}"
    address = server.url.replace("://", "://panoptes:geheim@")
    assert plan.environment == {"SNAKEMAKE_LOGGER_PANOPTES_ADDRESS": address}


# Version, typed -> what is added; None where it is watched as any command.
BY_MONITOR = {
    (MIDDLE, "snakemake -j1"): "--wms-monitor-arg name=project --wms-monitor URL",
    (OLD, "snakemake -j1 -s x"): "--wms-monitor-arg name=project --wms-monitor URL",
    (OLD, "snakemake -j1"): "--snakefile Snakefile --wms-monitor-arg name=project"
    " --wms-monitor URL",
    ("snakemake-6.9.1", "snakemake -j1"): "--wms-monitor URL",
    ("snakemake-5.27.0", "snakemake -j1"): "--wms-monitor URL",
    ("snakemake-5.26.1", "snakemake -j1"): None,
    (OLD, "snakemake -j1 --profile p"): None,
}


@pytest.mark.parametrize(("version", "typed"), BY_MONITOR)
def test_older_ones_get_the_option_that_they_have(
    planned: Planned, install: Install, server: Door, version: str, typed: str
) -> None:
    install("snakemake", version)
    for name in ("Snakefile", "p/config.yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("cores: 1\n")
    plan = planned(typed, token="geheim")
    added = BY_MONITOR[version, typed]
    if added is None:
        assert (" ".join(plan.words), plan.engine) == (typed, "generic")
        assert "report" in plan.hint
    else:
        assert " ".join(plan.words) == f"{typed} {added}".replace("URL", server.url)
        assert plan.environment == {"WMS_MONITOR_TOKEN": "geheim"}


@pytest.mark.parametrize("distributions", [(OLD,), (NEW, STOCK)])
@pytest.mark.parametrize("trouble", [401, 500, "away"])
def test_what_would_suffer_from_a_server_in_trouble_is_watched_as_any_command(
    planned: Planned,
    install: Install,
    server: Door,
    distributions: tuple[str, ...],
    trouble: int | str,
) -> None:
    install("snakemake", *distributions)
    server.always = trouble if isinstance(trouble, int) else None
    if trouble == "away":
        server.close()
    plan = planned("snakemake -s x -j1")
    assert (" ".join(plan.words), plan.engine) == ("snakemake -s x -j1", "generic")
    assert server.url in plan.hint


def test_a_server_that_hangs_is_not_waited_for(
    planned: Planned, install: Install, server: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panoptes.wrapper.adapters.asking.SERVER_PATIENCE", 0.1)
    install("snakemake", OLD)
    server.always = HANG
    assert planned("snakemake -s x").engine == "generic"


def test_without_a_plugin_it_says_what_to_install(planned: Planned, install: Install) -> None:
    install("snakemake", NEW)
    plan = planned("snakemake -j1")
    assert (" ".join(plan.words), plan.engine) == ("snakemake -j1", "generic")
    assert "pip install snakemake-logger-plugin-panoptes-ui" in plan.hint


# A profile -> whether the run reports itself then; else its logger is left in place.
PROFILES = {
    "logger: panoptes-ui\n": True,
    "logger:\n  - rich\n  - panoptes\ncores: 1\n": True,
    "wms-monitor: http://somewhere\n": True,
    "logger: rich\n": False,
}


@pytest.mark.parametrize("settings", PROFILES)
@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("snakemake --profile p", "p"),
        ("snakemake --workflow-profile=p", "p"),
        ("snakemake --profile p", "../.config/snakemake/p"),
        ("snakemake", "workflow/profiles/default"),
    ],
)
def test_what_a_profile_says_of_loggers_stays(
    planned: Planned, install: Install, settings: str, typed: str, place: str
) -> None:
    install("snakemake", NEW, OURS)
    Path(place).mkdir(parents=True)
    Path(place, "config.yaml").write_text(f"jobs: 1\n{settings}")
    plan = planned(typed)
    assert (" ".join(plan.words), plan.listen is None) == (typed, PROFILES[settings])
    assert ("add panoptes-ui to it" in plan.hint) is not PROFILES[settings]


def test_what_cannot_be_seen_is_asked_of_the_program(
    planned: Planned, install: Install, tmp_path: Path
) -> None:
    asked = '#!/bin/sh\n[ "$1" = run ] && shift 3 && exec "$@"'
    executable(tmp_path / "env/bin/conda", asked)
    script = '#!/bin/sh\ncase "$*" in *panoptes-ui*) exit $OURS;; esac\necho 9.3.1'
    executable(tmp_path / "env/bin/snakemake", script.replace("$OURS", "0"))
    started = "conda run -n bio snakemake -j1 --logger panoptes-ui"
    assert " ".join(planned("conda run -n bio snakemake -j1").words) == started
    executable(tmp_path / "env/bin/snakemake", script.replace("$OURS", "2"))
    assert planned("conda run -n bio snakemake -j1").engine == "generic"
    executable(tmp_path / "env/bin/snakemake", "#!/bin/sh\nexit 1")
    assert "version" in planned("snakemake -j1").hint


def test_the_plugin_is_found_where_python_looks(
    planned: Planned, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("snakemake", NEW)
    (tmp_path / "more/snakemake_logger_plugin_panoptes_ui").mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "more"))
    assert planned("snakemake").words[-1] == "panoptes-ui"
    assert planned(f"{tmp_path}/env/bin/snakemake").words[-1] == "panoptes-ui"
