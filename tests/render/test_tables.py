"""Which columns a table of jobs has, and how its cells are written."""

from datetime import datetime, timezone
from typing import Any

import pytest
from orjson import dumps

from panoptes.queries.results import JOB_FIELDS
from panoptes.render import tables
from panoptes.render.tables import COLUMNS, TABLES, lines_of


def test_columns_stay_where_programs_look_for_them() -> None:
    assert COLUMNS == (
        "jobid", "name", "wildcards", "status", "attempt", "started_at", "completed_at",
        "duration", "threads", "resources", "error", "shell_command", "input", "output", "log",
        "external_id", "group", "requested_memory", "requested_seconds", "max_memory",
        "cpu_seconds", "read_bytes", "written_bytes",
    )  # fmt: skip


def test_no_two_fields_of_a_job_claim_one_column() -> None:
    places = sorted(field.place for field in JOB_FIELDS.values() if field.place)
    assert places == list(range(1, len(places) + 1))


@pytest.mark.parametrize(
    "values",
    [
        [], [""], ["", ""], ["a"], ["a", "b"], ["a,b", "c"], ['a","b'], ['"'], ["a\\", "b"],
        ["a\nb"], ["]"], ['["a"]'], ["é", "日"], ["a", 1], ["a", None], ["a", ["b"]], [1, "a"],
        ["", " "],
    ],
    ids=str,
)  # fmt: skip
def test_a_list_is_the_same_however_it_is_read(values: list[Any]) -> None:
    assert tables._listed(dumps(values).decode()) == "; ".join(map(str, values))


def test_each_value_of_a_column_is_written_as_what_it_is() -> None:
    at = datetime(2026, 11, 28, 9, 30, tzinfo=timezone.utc)
    values = [1, 1.0, True, "1", None, at, ["a", True], {"a": 1.5}, "=1", " -1; +1", "a;b"]
    written = [
        *("1", "1.0", "yes", "1", "", "2026-11-28T09:30:00Z", "a; True", "a=1.5"),
        *("'=1", "' -1; '+1", "a;b"),
    ]
    rows = [(value, place) for place, value in enumerate(values)]
    lines = b"".join(lines_of(TABLES["csv"], ["value", "place"], rows)).decode().splitlines()
    assert lines[1:] == [f"{cell},{place}" for place, cell in enumerate(written)]


def test_a_tables_rows_are_all_there_however_many_are_written_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "LINES", 3)
    for number in (0, 2, 3, 7):
        rows = [(place, None, f"a\t{place}") for place in range(number)]
        table = b"".join(lines_of(TABLES["tsv"], ["n", "none", "text"], rows)).decode()
        assert table == "n\tnone\ttext\n" + "".join(f"{n}\t\ta {n}\n" for n in range(number))
