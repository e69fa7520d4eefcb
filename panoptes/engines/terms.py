"""What each engine is called, and what it calls the parts of a workflow, for texts people read."""

from dataclasses import dataclass

from panoptes.common.wording import plural


@dataclass(frozen=True, slots=True)
class Terms:
    """An engine's name and its own words, in lower case but for `name` and `main_file`.

    A rule (process, step, call) is a part of the workflow, a job (task) is one execution of it.
    """

    name: str
    rule: str = "rule"
    job: str = "job"
    main_file: str = "Main file"

    @property
    def rules(self) -> str:
        """The word for several rules."""
        return plural(self.rule)

    @property
    def jobs(self) -> str:
        """The word for several jobs."""
        return plural(self.job)


_TERMS = {
    "snakemake": Terms("Snakemake", main_file="Snakefile"),
    "nextflow": Terms("Nextflow", "process", "task", "Script"),
    "cwltool": Terms("cwltool", "step", "job", "CWL file"),
    "toil-cwl": Terms("Toil", "step", "job", "CWL file"),
    "miniwdl": Terms("miniwdl", "call", "task", "WDL file"),
    "toil-wdl": Terms("Toil", "call", "task", "WDL file"),
}


def terms(engine: str) -> Terms:
    """Return the words of the engine that a run names; an unknown one gets panoptes' own."""
    return _TERMS.get(engine.lower()) or Terms(engine[:1].upper() + engine[1:])
