"""The way of the data has one direction: who may import whom, and who may write."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "panoptes"
# Each module's file, its text and its parsed code; a file is read and parsed once for all tests.
TEXTS = {
    path.relative_to(PACKAGE).as_posix(): path.read_text() for path in sorted(PACKAGE.rglob("*.py"))
}
MODULES = list(TEXTS)
TREES = {module: ast.parse(text, module) for module, text in TEXTS.items()}
ENTRY_POINTS = ("__init__", "__main__", "wsgi", "app")

# Part -> the parts that it may import, beside itself and `common`.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "common": (),
    "config": (),
    "engines": (),
    "analysis": (),
    "charts": (),
    "client": (),
    "sender": (),
    "wrapper": ("sender",),
    "database": ("config",),
    "models": ("database",),
    "legacy": ("models", "engines", "database"),
    "migrations": ("legacy", "models", "database"),
    "ingest": ("engines", "models", "database"),
    "queries": ("models", "database", "config", "analysis", "charts"),
    "render": ("queries", "engines", "analysis", "charts"),
    "notify": ("render", "queries", "engines", "models", "database", "config"),
    "web": (
        *("notify", "render", "queries", "ingest", "analysis", "charts"),
        *("engines", "models", "database", "config"),
    ),
    "server": ("ingest", "notify", "queries", "models", "database", "config"),
}
# Parts that need the standard library alone, beside what is named here.
PURE = {
    "common": ("humanize",),
    "engines": (),
    "analysis": (),
    "charts": (),
    "client": (),
    "sender": (),
    "wrapper": (),
}
# Parts that other distributions have, too, under other names.
VENDORED = ("sender",)
# Parts of `web` that never import each other.
APART = ("api", "pages", "intake", "wes")


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
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            parent = str(node.module)
            if part_of(module) in VENDORED:
                assert not parent.startswith("panoptes"), f"{module}: imports are relative"
                parent = f"panoptes.{part_of(module)}.{parent}" if node.level else parent
            else:
                assert node.level == 0, f"{module}: imports are absolute"
            for name in node.names:
                whole = f"{parent}.{name.name}"
                found.append(whole if whole in FILES else parent)
    return tuple(found)


@cache
def own_imports(module: str) -> tuple[str, ...]:
    """Return the files of the package that a module imports."""
    return tuple(FILES[name] for name in imports(module) if name in FILES and name != "panoptes")


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


def circles() -> Iterator[tuple[str, str]]:
    """Yield each module that leads back to itself, with the one that closes the circle."""
    for module in MODULES:
        found = reached(module)
        yield from ((module, by) for by in found if module in own_imports(by) and by != module)


def assert_none(wrong: Iterable[tuple[str, object]]) -> None:
    """Fail with a line for each thing that a module does wrong."""
    lines = sorted({f"{module}: {what}" for module, what in wrong})
    assert not lines, "\n".join(lines)


INNER = [module for module in MODULES if part_of(module) in MAY_IMPORT]


def test_every_part_has_its_line_in_the_table() -> None:
    assert {part_of(module) for module in MODULES} == {*MAY_IMPORT, *ENTRY_POINTS, "cli"}


def test_a_part_imports_only_what_stands_below_it() -> None:
    wrong = [
        (module, f"imports {name}")
        for module in INNER
        for name in own_imports(module)
        if part_of(name) not in allowed(part_of(module))
    ]
    assert_none(wrong)


def test_nothing_above_is_reached_by_a_detour() -> None:
    wrong = [
        (module, f"{by} -> {name}")
        for module in INNER
        for name, by in reached(module).items()
        if part_of(name) not in reachable(part_of(module))
    ]
    assert_none(wrong)


def test_no_module_leads_back_to_itself() -> None:
    assert_none((module, f"comes back by {by}") for module, by in circles())


def test_the_parts_form_no_circle() -> None:
    assert [
        part for part in MAY_IMPORT for other in MAY_IMPORT[part] if part in reachable(other)
    ] == []


def test_api_and_pages_and_intake_and_wes_never_import_each_other() -> None:
    # The front doors of engines join the API's blueprint.
    wrong = [
        (module, f"imports {name}")
        for own in APART
        for module in MODULES
        if module.startswith(f"web/{own}/")
        for name in own_imports(module)
        if name.startswith(tuple(f"web/{other}/" for other in APART if other != own))
        and name != "web/api/blueprint.py"
    ]
    assert_none(wrong)


def test_the_pure_parts_need_the_standard_library_alone() -> None:
    wrong = [
        (module, f"imports {name}")
        for part, libraries in PURE.items()
        for module in MODULES
        if part_of(module) == part
        for name in imports(module)
        if name.split(".")[0] not in (*sys.stdlib_module_names, "panoptes", *libraries)
    ]
    assert_none(wrong)


def test_only_what_answers_requests_knows_flask() -> None:
    # database/connections.py: an app has its database, and a request what it reads with.
    know_flask = ("web", "app", "cli", "server", "notify", "database")
    wrong = [
        (module, f"imports {name}")
        for module in MODULES
        if part_of(module) not in know_flask
        for name in imports(module)
        if name.split(".")[0] in ("flask", "werkzeug")
    ]
    assert_none(wrong)


def assert_nowhere(pattern: str, modules: Iterable[str]) -> None:
    """Fail with each line of these modules in which a pattern is found."""
    assert_none(
        (module, line.strip())
        for module in modules
        for line in TEXTS[module].splitlines()
        if re.search(pattern, line)
    )


def test_questions_are_asked_in_queries_and_models_only() -> None:
    # A migration fills what it makes.
    ask = ("queries/", "models/", "legacy/", "migrations/versions/")
    assert_nowhere(r"\bselect\(", (name for name in MODULES if not name.startswith(ask)))


def test_write_transactions_are_opened_where_changes_are_asked_for_only() -> None:
    # token.py: who has the machine; housekeeping.py: nobody asks, time does; outbox.py: what it
    # sent has to be kept.
    write = ("web/api/", "web/intake/", "web/pages/actions.py", "cli/token.py")
    write += ("server/housekeeping.py", "notify/outbox.py")
    write += ("database/connections.py", "database/writer.py")
    assert_nowhere(r"\bwriting\(", (name for name in MODULES if not name.startswith(write)))


def test_a_sentence_opens_every_module() -> None:
    assert [module for module in MODULES if not ast.get_docstring(TREES[module])] == []


def test_only_the_clock_asks_for_the_time() -> None:
    others = [module for module in MODULES if module != "common/clock.py"]
    assert_nowhere(r"(?<!\bclock)\.utcnow\(|\.(now|today)\(", others)


# --- engines --------------------------------------------------------------------------------------

ENGINE = re.compile(r"snakemake|snakefile|nextflow|cwltool|toil|miniwdl|wms_monitor", re.IGNORECASE)
# What panoptes-ui kept came from Snakemakes alone; the API calls a run's main file `snakefile`.
# `panoptes doctor` asks the engine itself, `panoptes import` reads what it left,
# and `panoptes run` starts it.
MAY_NAME = (
    "engines/",
    "web/intake/",
    "legacy/",
    "cli/doctor.py",
    "cli/import",
    "wrapper/adapters/",
)
FIELD_OF_THE_API = "snakefile"


def named_engines(module: str) -> Iterator[str]:
    """Yield the names and single words of a module's code that name an engine; texts may."""
    for node in ast.walk(TREES[module]):
        words = [
            getattr(node, field, None) for field in ("id", "attr", "name", "arg", "module", "value")
        ]
        yield from (
            word
            for word in words
            if isinstance(word, str) and ENGINE.search(word) and not re.search(r"\s", word)
        )


def test_no_engine_is_named_but_where_it_is_read() -> None:
    wrong = [
        (module, word)
        for module in MODULES
        if not module.startswith(MAY_NAME)
        for word in named_engines(module)
        if word != FIELD_OF_THE_API
    ]
    assert_none(wrong)
