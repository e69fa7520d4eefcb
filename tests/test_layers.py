"""The way of the data has one direction: who may import whom, and who may write."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "panoptes"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
ENTRY_POINTS = ("__init__", "__main__", "wsgi", "app")

# Part -> the parts that it may import, beside itself and `common`.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "common": (),
    "config": (),
    "engines": (),
    "analysis": (),
    "charts": (),
    "client": (),
    "database": ("config",),
    "models": ("database",),
    "legacy": ("models", "engines", "database"),
    "migrations": ("legacy", "models", "database"),
    "ingest": ("engines", "models"),
    "queries": ("models", "database", "config", "analysis", "charts"),
    "render": ("queries", "analysis", "charts"),
    "notify": ("render", "queries", "models", "database", "config"),
    "web": (
        *("notify", "render", "queries", "ingest", "analysis", "charts"),
        *("engines", "models", "database", "config"),
    ),
    "server": ("notify", "queries", "models", "database", "config"),
}
# Parts that need the standard library alone, beside what is named here.
PURE = {"common": ("humanize",), "engines": (), "analysis": (), "charts": (), "client": ()}
# Parts of `web` that never import each other.
APART = ("api", "pages", "intake")


def part_of(module: str) -> str:
    return module.split("/")[0].removesuffix(".py")


def name_of(module: str) -> str:
    dotted = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return "panoptes" if dotted == "__init__" else f"panoptes.{dotted}"


FILES = {name_of(module): module for module in MODULES}


@cache
def imports(module: str) -> tuple[str, ...]:
    """Return the dotted names of all that a module imports, wherever in it."""
    found: list[str] = []
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                found.append(whole if whole in FILES else str(node.module))
    return tuple(found)


def own_imports(module: str) -> Iterator[str]:
    """Yield the files of the package that a module imports."""
    return (FILES[name] for name in imports(module) if name in FILES and name != "panoptes")


def allowed(part: str) -> set[str]:
    return {part, "common", *MAY_IMPORT[part]}


@cache
def reachable(part: str) -> frozenset[str]:
    """Return the parts that a part may reach, over however many others."""
    below = allowed(part)
    return frozenset(below.union(*(reachable(each) for each in MAY_IMPORT[part])))


def reached(module: str) -> dict[str, str]:
    """Return the files that importing a module leads to, each with the one that imports it."""
    found = {module: ""}
    open_ends = [module]
    while open_ends:
        here = open_ends.pop()
        for there in own_imports(here):
            if there not in found:
                found[there] = here
                open_ends.append(there)
    return found


INNER = [module for module in MODULES if part_of(module) in MAY_IMPORT]


def test_every_part_has_its_line_in_the_table() -> None:
    assert {part_of(module) for module in MODULES} == {*MAY_IMPORT, *ENTRY_POINTS, "cli"}


@pytest.mark.parametrize("module", INNER)
def test_a_part_imports_only_what_stands_below_it(module: str) -> None:
    part = part_of(module)
    wrong = [name for name in own_imports(module) if part_of(name) not in allowed(part)]
    assert wrong == []


@pytest.mark.parametrize("module", INNER)
def test_nothing_above_is_reached_by_a_detour(module: str) -> None:
    wrong = {
        f"{by} -> {name}"
        for name, by in reached(module).items()
        if part_of(name) not in reachable(part_of(module))
    }
    assert wrong == set()


def test_the_parts_form_no_circle() -> None:
    assert [
        part for part in MAY_IMPORT for other in MAY_IMPORT[part] if part in reachable(other)
    ] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("web/")])
def test_api_and_pages_never_import_each_other(module: str) -> None:
    own = module.split("/")[1]
    others = {f"web/{other}/" for other in APART if other != own} if own in APART else set()
    # The front doors of engines join the API's blueprint.
    wrong = [
        name
        for name in own_imports(module)
        if name.startswith(tuple(others)) and name != "web/api/blueprint.py"
    ]
    assert wrong == []


@pytest.mark.parametrize("part", PURE)
def test_the_pure_parts_need_the_standard_library_alone(part: str) -> None:
    outside = {
        f"{module}: {name}"
        for module in MODULES
        if part_of(module) == part
        for name in imports(module)
        if name.split(".")[0] not in (*sys.stdlib_module_names, "panoptes", *PURE[part])
    }
    assert outside == set()


@pytest.mark.parametrize("module", MODULES)
def test_only_what_answers_requests_knows_flask(module: str) -> None:
    # Flask-SQLAlchemy binds the database to an app.
    if part_of(module) not in ("web", "app", "cli", "server", "notify", "database"):
        assert [
            name for name in imports(module) if name.split(".")[0] in ("flask", "werkzeug")
        ] == []


@pytest.mark.parametrize("module", MODULES)
def test_questions_are_asked_in_queries_and_models_only(module: str) -> None:
    # A migration fills what it makes.
    if not module.startswith(("queries/", "models/", "legacy/", "migrations/versions/")):
        assert not re.search(r"\bselect\(", (PACKAGE / module).read_text())


@pytest.mark.parametrize("module", MODULES)
def test_write_transactions_are_opened_where_changes_are_asked_for_only(module: str) -> None:
    # bulk.py: the same actions on several workflows at once; token.py: who has the machine;
    # housekeeping.py: nobody asks, time does; outbox.py: what it sent has to be kept.
    allowed_in = ("web/pages/actions.py", "web/pages/bulk.py", "cli/token.py")
    allowed_in += ("server/housekeeping.py", "notify/outbox.py")
    allowed_in += ("database/connections.py", "database/writer.py")
    if not module.startswith(("web/api/", "web/intake/")) and module not in allowed_in:
        assert not re.search(r"\bwriting\(", (PACKAGE / module).read_text())


@pytest.mark.parametrize("module", MODULES)
def test_a_sentence_opens_every_module(module: str) -> None:
    assert ast.get_docstring(ast.parse((PACKAGE / module).read_text()))


@pytest.mark.parametrize("module", MODULES)
def test_only_the_clock_asks_for_the_time(module: str) -> None:
    if module != "common/clock.py":
        assert not re.search(
            r"\.(now|utcnow|today)\(",
            re.sub(r"clock\.utcnow\(", "", (PACKAGE / module).read_text()),
        )


# --- engines --------------------------------------------------------------------------------------

ENGINE = re.compile(r"snakemake|snakefile|nextflow|cwltool|toil|miniwdl|wms_monitor", re.IGNORECASE)
# What panoptes-ui kept came from Snakemakes alone; the API calls a run's main file `snakefile`.
MAY_NAME = ("engines/", "web/intake/", "legacy/")
FIELD_OF_THE_API = "snakefile"


def named_engines(module: str) -> Iterator[str]:
    """Yield the names and single words of a module's code that name an engine; texts may."""
    tree = ast.parse((PACKAGE / module).read_text())
    for node in ast.walk(tree):
        words = [
            getattr(node, field, None) for field in ("id", "attr", "name", "arg", "module", "value")
        ]
        yield from (
            word
            for word in words
            if isinstance(word, str) and ENGINE.search(word) and not re.search(r"\s", word)
        )


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(MAY_NAME)])
def test_no_engine_is_named_but_where_it_is_read(module: str) -> None:
    assert [word for word in named_engines(module) if word != FIELD_OF_THE_API] == []
