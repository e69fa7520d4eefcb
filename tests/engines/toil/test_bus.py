"""What a line of the file says that --writeMessages fills."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.engines.toil.bus import (
    Completed,
    External,
    Failed,
    Issued,
    Message,
    read_message,
)
from panoptes.engines.toil.names import Job

JOB = "kind-CWLJob/instance-0v4qyykt"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"toil.bus.JobIssuedMessage\ta.cwl\t{JOB}\t4", Issued(Job("a.cwl", JOB), 4)),
        (f"toil.bus.JobCompletedMessage\ta.cwl\t{JOB}\t0", Completed(Job("a.cwl", JOB), 0)),
        (f"toil.bus.JobCompletedMessage\ta.cwl\t{JOB}\t-9\n", Completed(Job("a.cwl", JOB), -9)),
        (f"toil.bus.JobCompletedMessage\ta\t{JOB}\tNone", Completed(Job("a", JOB), None)),
        (f"toil.bus.JobFailedMessage\ta.cwl\t{JOB}", Failed(Job("a.cwl", JOB))),
        ("toil.bus.ExternalBatchIdMessage\t4\t4711\tSlurmBatchSystem", External(4, "4711")),
        (
            r"toil.bus.JobFailedMessage\t".replace(r"\t", "\t")
            + rf"\xe4\u20ac\U0001f600\\\n\d	{JOB}",
            Failed(Job("ä€😀\\\n\\d", JOB)),
        ),
        (
            rf"toil.bus.JobFailedMessage	\ud800\x00\Uffffffff	{JOB}",
            Failed(Job("\ufffd\ufffd\\Uffffffff", JOB)),
        ),
        ("toil.bus.QueueSizeMessage\t1", None),
        (f"toil.bus.JobUpdatedMessage\t{JOB}\t1", None),
        (f"toil.bus.JobIssuedMessage\ta.cwl\t{JOB}\tfour", None),
        (f"toil.bus.JobIssuedMessage\ta.cwl\t{JOB}\t99999999999", None),
        (f"toil.bus.JobIssuedMessage\ta.cwl\t{JOB}", None),
        (f"JobIssuedMessage\ta.cwl\t{JOB}\t4", None),
        ("", None),
    ],
)
def test_a_line_is_a_message(line: str, message: Message | None) -> None:
    assert read_message(line) == message


def test_a_huge_name_is_cut() -> None:
    read = read_message(f"toil.bus.JobFailedMessage\t{'x' * 90_000}\t{'y' * 9_000}")
    assert isinstance(read, Failed)
    assert [len(text) for text in read.job] == [300, 300]


@given(st.text())
def test_no_line_is_too_odd(text: str) -> None:
    read_message(text)
    for kind in ("JobIssued", "JobCompleted", "JobFailed", "ExternalBatchId"):
        read_message(f"toil.bus.{kind}Message\t{text}\t{text}\t{text}")
