"""What is added to a Toil, and what is told of what it writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from panoptes.sender import Address
from panoptes.wrapper.adapter import STDERR, End, Plan, Tell, Wishes
from panoptes.wrapper.adapters.toil import ToilListener
from tests.wrapper.adapters.conftest import Install, Planned, executable

WISHES = Wishes(Address("http://127.0.0.1:1"))
NEW, OLD = "toil-9.6.0", "toil-5.7.1"


def texts(told: list[Mapping[str, Any]]) -> list[Any]:
    return [event.get("text", event.get("status")) for event in told]


def listening(plan: Plan, tell: Tell) -> Any:
    assert plan.listen is not None
    return plan.listen(tell, WISHES)


def test_its_messages_go_to_a_file_that_is_removed_at_last(
    planned: Planned, install: Install
) -> None:
    install("toil-cwl-runner", NEW)
    plan = planned("nice toil-cwl-runner --jobStore s main.cwl in.yml")
    nice, program, option, path, *rest = plan.words
    assert (nice, program, option) == ("nice", "toil-cwl-runner", "--writeMessages")
    assert rest == ["--jobStore", "s", "main.cwl", "in.yml"]
    assert (plan.engine, plan.reads, plan.rewrites) == ("toil-cwl", STDERR, False)
    assert plan.description == {"main_file": "main.cwl"}
    told: list[Mapping[str, Any]] = []
    listener = listening(plan, told.append)
    Path(path).write_text("toil.bus.A\t1\ntoil.b")
    listener.take(b"one\ntw")
    with Path(path).open("a") as file:
        file.write("us.B\t2\n")
    listener.take(b"o\n")
    with Path(path).open("a") as file:
        file.write("toil.bus.C\t3\n")
    listener.ended(End(0))
    listener.close()
    assert texts(told) == ["toil.bus.A\t1", "one", "toil.bus.B\t2", "two", "toil.bus.C\t3", 0]
    assert not Path(path).parent.exists()


@pytest.mark.parametrize("option", ["--writeMessages bus", "--writeMessages=bus", "--writeM bus"])
def test_a_file_that_the_call_names_is_read_from_where_this_run_begins(
    planned: Planned, install: Install, option: str
) -> None:
    install("toil-wdl-runner", NEW)
    Path("bus").write_text("toil.bus.Earlier\t1\n")
    typed = f"toil-wdl-runner main.wdl {option}"
    plan = planned(typed)
    assert " ".join(plan.words) == typed
    told: list[Mapping[str, Any]] = []
    listener = listening(plan, told.append)
    listener.take(b"one\n")
    Path("bus").write_text("toil.bus.Now\t2\n")
    listener.take(b"two\n")
    listener.ended(End(None, 9))
    listener.close()
    assert texts(told) == ["one", "toil.bus.Now\t2", "two", None]
    assert told[-1]["signal"] == "SIGKILL"
    assert Path("bus").exists()


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
def test_a_call_that_runs_nothing_is_as_it_is(
    planned: Planned, install: Install, option: str
) -> None:
    install("toil-cwl-runner", NEW)
    plan = planned(f"toil-cwl-runner {option}")
    assert (" ".join(plan.words), plan.listen) == (f"toil-cwl-runner {option}", None)


def test_a_toil_without_the_option_is_watched_as_any_command(
    planned: Planned, install: Install
) -> None:
    install("toil-cwl-runner", OLD)
    plan = planned("toil-cwl-runner main.cwl")
    assert (plan.engine, " ".join(plan.words)) == ("generic", "toil-cwl-runner main.cwl")


def test_a_toil_whose_packages_cant_be_seen_is_asked_for_its_version(
    planned: Planned, tmp_path: Path
) -> None:
    program = tmp_path / "env/bin/toil-cwl-runner"
    for version, engine in (("9.6.0", "toil-cwl"), ("5.7.1", "generic"), ("", "generic")):
        executable(program, f"#!/bin/sh\necho {version}")
        plan = planned("toil-cwl-runner main.cwl")
        assert plan.engine == engine
        listening(plan, lambda _event: None).close()


def test_a_module_is_called_with_its_own_arguments(planned: Planned, install: Install) -> None:
    install("python3", NEW)
    plan = planned("python3 -m toil.wdl.wdltoil main.wdl")
    assert plan.words[:4] == ("python3", "-m", "toil.wdl.wdltoil", "--writeMessages")
    assert plan.engine == "toil-wdl"
    listening(plan, lambda _event: None).close()


def test_a_file_that_is_never_written_is_no_trouble(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    listener = ToilListener(tmp_path / "gone/messages", told.append, WISHES, is_ours=False)
    listener.take(b"error: oh\n")
    listener.ended(End(2))
    assert texts(told) == ["error: oh", 2]
