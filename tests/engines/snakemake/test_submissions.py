"""What executors say when a cluster took jobs."""

import pytest

from panoptes.engines.snakemake.sayings import Submitted
from panoptes.engines.snakemake.submissions import MAX_LOG, MAX_TASKS, read_submission

ARRAY = (
    "Submitted array job with Snakemake IDs {} and SLURM job ID 4711."
    " The individual task IDs are {}."
)
GROUP = "7b5acade-d360-5472-95c7-eabfceb0184c"


@pytest.mark.parametrize(
    ("text", "submitted"),
    [
        ("Submitted job 1 with external jobid '4318'.", Submitted({"1": "4318"})),
        (f"Submitted group job {GROUP} with external jobid '4147'.", Submitted({GROUP: "4147"})),
        (
            "Submitted job 7 with external jobid 'Your job 12 (\"x\") has been submitted'.",
            Submitted({"7": 'Your job 12 ("x") has been submitted'}),
        ),
        ("Submitted DRMAA job 3 with external jobid 812.hpc.", Submitted({"3": "812.hpc"})),
        (
            "Job 2 has been submitted with SLURM jobid 4711002 (log: .snakemake/slurm (a)/2.log).",
            Submitted({"2": "4711002"}, ".snakemake/slurm (a)/2.log"),
        ),
        (
            f"Job {GROUP} has been submitted with SLURM jobid 4711 (log: /w/group_pair/4711.log).",
            Submitted({GROUP: "4711"}, "/w/group_pair/4711.log"),
        ),
        (
            "Job 2 has been submitted with LSF jobid 99 (log: .snakemake/lsf_logs/a/99.log).",
            Submitted({"2": "99"}, ".snakemake/lsf_logs/a/99.log"),
        ),
        (
            "Job 4 submitted to HTCondor Cluster ID 4560949 with batch name align\nThe logs …",
            Submitted({"4": "4560949"}),
        ),
        (
            ARRAY.format("5,2,9", "4-6"),
            Submitted({"5": "4711_4", "2": "4711_5", "9": "4711_6"}),
        ),
    ],
)
def test_a_cluster_gives_jobs_ids_of_its_own(text: str, submitted: Submitted) -> None:
    assert read_submission(text) == submitted


@pytest.mark.parametrize(
    "text", ["Job 2 has been cancelled.", "Submitted a form", "Job submitted to SLURM", ""]
)
def test_other_lines_tell_of_no_cluster(text: str) -> None:
    assert read_submission(text) is None


def test_what_is_too_long_is_cut() -> None:
    found = read_submission(
        f"Job 2 has been submitted with SLURM jobid {'4' * 999} (log: /{'x' * 9999})."
    )
    assert found is not None
    assert found.external_ids == {"2": "4" * 100}
    assert len(found.log or "") == MAX_LOG
    keys = ",".join(map(str, range(MAX_TASKS * 2)))
    found = read_submission(ARRAY.format(keys, "1-2000"))
    assert found is not None
    assert len(found.external_ids) == MAX_TASKS
