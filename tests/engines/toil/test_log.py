"""What a line of Toil's log says, and what the log of a failed job's worker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.engines.toil import log
from panoptes.engines.toil.names import Job

STAMP = "[2026-11-28T04:09:27+0000] [MainThread] [I] [toil.leader] "
JOB = Job("main.cwl.1.greet.cwl", "kind-CWLJob/instance-0v4qyykt")
REST = "memory: 256.0 Mi, cores: 1, accelerators: [], preemptible: False"
SHOWN = f"'CWLJob' {JOB.name} {JOB.store_id} v1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"Issued job {SHOWN} with job batch system ID: 4 and disk: 3.0 Gi, {REST}",
            log.Asked(JOB, 4, 268_435_456, 3_221_225_472, 1.0),
        ),
        (
            f"Issued job {SHOWN} with job batch system ID: 4 and memory: 2147483648, cores: 0.1",
            log.Asked(JOB, 4, 2_147_483_648, None, 0.1),
        ),
        (
            f"The job seems to have left a log file, indicating failure: {SHOWN}",
            log.Blamed(JOB),
        ),
        (f"No log file is present, despite job failing: {SHOWN}", log.Blamed(JOB)),
        (f'Log from job "{JOB.store_id}" follows:', log.WorkerLog(JOB.store_id)),
        (f"{JOB.name}.stderr follows:", log.Stderr(JOB.name)),
        (
            f"Got message from job at time 11-28-2026 04:09:28: CWL step complete: {JOB.name}",
            log.StepComplete(JOB.name),
        ),
        ("Running Toil version 9.6.0-6793fc7f on host vm.", log.Version("9.6.0")),
        ("Finished toil run with 5 failed jobs.", log.Finished()),
        ("Workflow 139f6ed3-a6db stopped. Success: True", log.Stopped(success=True)),
        ("Starting workflow", None),
    ],
)
def test_a_line_of_the_log_says_something(text: str, said: log.Said | None) -> None:
    assert log.said(log.read_line(STAMP + text, None)) == said
    # A job may write the same.
    assert log.said(log.read_line(text, None)) is None
    assert log.said(log.read_line(f"\t{STAMP}{text}", None)) is None


def test_a_line_is_read_behind_what_a_terminal_shows() -> None:
    blue, off, up = "\x1b[34m", "\x1b[0m", "\x1b[6n\x1b[0;1H\r\x1b[K\x1bP+q544e\x1b\\"
    bar = f"{up}Workflow Progress   0%|\x1b[30m| 0/1 (0 failures) [00:01<?, 0.00 jobs/s]"
    line = f"{blue}[2026-11-28T04:09:27+0000]{off} [MainThread] {blue}[W]{off} [toil.leader] Oh\r"
    assert log.read_line(f"{bar}\x1b[1;1H{line}", 1.0) == ("warning", "Oh", 1.0)
    assert log.read_line(bar, 1.0) == ("", "", 1.0)


CWL = """[2026-11-28T04:09:40+0000] [MainThread] [I] [cwltool] [job a] /tmp/x$ sh \\
    -c \\
    'echo catting >&2
  exit 3' \\
    bad > /tmp/x/out.txt
{}[2026-11-28T04:09:40+0000] [MainThread] [W] [cwltool] [job a] exited with status: 3
[2026-11-28T04:09:40+0000] [MainThread] [W] [cwltool] [job a] completed permanentFail
{}[2026-11-28T04:09:40+0000] [MainThread] [C] [toil.worker] Worker crashed with traceback:
Traceback (most recent call last):
  File "/usr/lib/toil/worker.py", line 623, in workerScript
    job._runner(
    ^^^
cwl_utils.errors.WorkflowException: permanentFail

[2026-11-28T04:09:40+0000] [MainThread] [E] [toil.worker] Exiting the worker
"""
ERROR = "[2026-11-28T04:09:40+0000] [MainThread] [E] "
NEW = f"{ERROR}[toil.cwl.cwltoil] Failed command standard error:\ncatting\n\n"


@pytest.mark.parametrize("text", [CWL.format("", NEW), CWL.format("catting\n", "")])
def test_a_workers_log_tells_how_a_tool_failed(text: str) -> None:
    assert log.read_failure(text) == (
        3,
        "sh -c 'echo catting >&2\n  exit 3' bad > /tmp/x/out.txt",
        "catting\ncwl_utils.errors.WorkflowException: permanentFail",
    )


def test_a_workers_log_tells_how_a_task_failed() -> None:
    stamp = "[2026-11-28T04:19:29+0000] [MainThread] [E] [toil.wdl.wdltoil] "
    mark = f"{stamp}====TASK ERROR LOG===="
    text = f"{mark}\n{stamp}> one\n{stamp}> two\n{mark}\n"
    error = "WDL.runtime.error.CommandFailed: task command failed with exit status 7"
    text += f"Traceback (most recent call last):\n  File\n    raise (\n{error}\n"
    assert log.read_failure(text) == (7, None, f"one\ntwo\n{error}")


def test_a_log_that_tells_nothing_tells_nothing() -> None:
    assert log.read_failure("") == (None, None, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "usage: toil [-h]\n  [--x]\ntoil: error: no such option: --y\n",
            "toil: error: no such option: --y",
        ),
        (
            f"{log.TRACEBACK}\n  File\n    x()\nValueError: one\n  two\n\n🚨🚨🚨\nthree",
            "ValueError: one\n  two\nthree",
        ),
        ("It broke.", "It broke."),
    ],
)
def test_the_last_words_say_why_a_run_ended(text: str, words: str) -> None:
    assert log.last_words(text) == words


@given(st.text())
def test_no_line_is_too_odd(text: str) -> None:
    log.said(log.read_line(text, None))
    log.said(log.read_line(STAMP + text, None))
    log.read_failure(text)
    log.last_words(text)
