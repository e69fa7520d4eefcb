"""What each engine is called, and what it calls the parts of a workflow, for texts people read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from panoptes.common.wording import plural


@dataclass(frozen=True, slots=True)
class Terms:
    """An engine's name and its own words, in lower case but for `name` and `main_file`.

    `noun` is what a sentence calls it, where that isn't its name, and `mark` what tells it from
    others in a list.

    A rule (process, step, call) is a part of the workflow, a job (task) is one execution of it.
    `resume` is the option with which its command goes on where a run stopped, if that has the
    option `resume_needs`. `moving` are the options that name another folder than the one where it
    is typed. `log_command` shows, in a run's folder, the newest log that the engine itself writes.
    `measuring` tells how its users get to know what jobs use. `wildcard` is what tells a rule's
    jobs apart, `external_id` the id of a job on a cluster. `names_jobs`: the engine calls a job by
    a name, which says what its rule and wildcards say. `quotes_command`: it tells its command with
    the quotes that a shell needs. `graphless` says why a run may have no graph, where its engine
    never tells which files jobs read. `scope_mark` stands between a rule's name and that of its
    holder. `language` is GA4GH's word for the language of its workflows; it `owns_language` if no
    other engine runs that, so that both have one version.
    """

    name: str
    rule: str = "rule"
    job: str = "job"
    main_file: str = "Main file"
    resume: str | None = None
    resume_needs: str | None = None
    moving: tuple[str, ...] = ()
    log_command: str | None = None
    measuring: str | None = None
    wildcard: str = "wildcard"
    external_id: str = "Cluster id"
    names_jobs: bool = False
    quotes_command: bool = False
    graphless: str | None = None
    scope_mark: str | None = None
    noun: str = ""
    language: str = ""
    owns_language: bool = False
    mark: str = ""

    @property
    def workflow_type(self) -> str:
        """What GA4GH calls its workflows: their language, or the engine where they have none."""
        return self.language or self.name.upper()

    @property
    def in_lists(self) -> str:
        """What a list calls the engine."""
        return self.mark or self.name

    @property
    def it(self) -> str:
        """What a sentence calls the engine, but at its beginning."""
        return self.noun or self.name

    @property
    def subject(self) -> str:
        """What a sentence calls the engine at its beginning."""
        return self.noun.capitalize() or self.name

    @property
    def rules(self) -> str:
        """The word for several rules."""
        return plural(self.rule)

    @property
    def wildcards(self) -> str:
        """The word for several of what tells a rule's jobs apart."""
        return plural(self.wildcard)

    @property
    def jobs(self) -> str:
        """The word for several jobs."""
        return plural(self.job)

    def own_name(self, rule: str) -> tuple[str, str]:
        """Return a rule's own name, and the name of what holds it: empty where nothing does."""
        scope, _, name = rule.rpartition(self.scope_mark) if self.scope_mark else ("", "", rule)
        return (name, scope) if scope and name.isidentifier() else (rule, "")

    def short_names(self, rules: Iterable[str]) -> dict[str, str]:
        """Return rules' own names, with as much of what holds them as tells them apart."""
        names = {rule: self.own_name(rule)[0] for rule in rules}
        while True:
            uses = Counter(names.values())
            alike = {rule: name for rule, name in names.items() if uses[name] > 1 and name != rule}
            if not alike:
                return names
            for rule, name in alike.items():
                holder = rule[: -len(name) - 1].rpartition(self.scope_mark or "")[2]
                names[rule] = f"{holder}{self.scope_mark}{name}"

    def job_name(self, rule: str, key: str) -> str:
        """Return what people call a job: its rule, or a name of its own that begins with it."""
        if not self.names_jobs:
            return rule or f"{self.job} {key} (not announced)"
        return self.own_name(rule)[0] + key[len(rule) :] if rule and key.startswith(rule) else key


_TOIL: dict[str, Any] = {
    "resume": "--restart",
    "resume_needs": "--jobStore",
    "wildcard": "shard",
    "external_id": "Batch system's id",
    "names_jobs": True,
    "quotes_command": True,
    "graphless": "Toil doesn't tell what feeds what, so there is no graph.",
}
_TERMS = {
    "snakemake": Terms(
        "Snakemake",
        main_file="Snakefile",
        resume="--rerun-incomplete",
        moving=("--directory", "-d"),
        log_command='less +G "$(ls -t .snakemake/log/*.log | head -n 1)"',
        language="SMK",
        owns_language=True,
        measuring="Snakemake measures the jobs of rules that have a benchmark: file, and the"
        " plugin panoptes-ui reports what it measured.",
    ),
    "generic": Terms("Generic", noun="the program", mark="Program"),
    "nextflow": Terms(
        "Nextflow",
        "process",
        "task",
        "Script",
        resume="-resume",
        log_command="less +G .nextflow.log",
        wildcard="tag",
        external_id="Native id",
        names_jobs=True,
        quotes_command=True,
        language="NFL",
        owns_language=True,
        scope_mark=":",
        graphless="Nextflow tells which process feeds which from version 26.05 on, and only with"
        " -with-tower. This run didn't, so there is no graph.",
    ),
    "cwltool": Terms(
        "cwltool",
        "step",
        "job",
        "CWL file",
        wildcard="shard",
        names_jobs=True,
        quotes_command=True,
        scope_mark="/",
        graphless="cwltool doesn't tell which step feeds which, so there is no graph.",
        measuring="cwltool tells the memory of jobs that took a second or more.",
        language="CWL",
    ),
    "toil-cwl": Terms(
        "Toil", "step", "job", "CWL file", language="CWL", mark="Toil CWL", scope_mark="/", **_TOIL
    ),
    "miniwdl": Terms(
        "miniwdl",
        "call",
        "task",
        "WDL file",
        wildcard="shard",
        names_jobs=True,
        quotes_command=True,
        scope_mark=".",
        graphless="miniwdl doesn't tell which call feeds which, so there is no graph.",
        language="WDL",
    ),
    "toil-wdl": Terms(
        "Toil", "call", "task", "WDL file", language="WDL", mark="Toil WDL", scope_mark=".", **_TOIL
    ),
}


def shared_terms(engines: Iterable[str]) -> Terms:
    """Return the words that engines have in common, and panoptes' own where they differ."""
    known = [terms(engine) for engine in engines]
    words = {name: {getattr(each, name) for each in known} for name in ("rule", "job", "wildcard")}
    return Terms("", **{name: said.pop() for name, said in words.items() if len(said) == 1})


def terms(engine: str) -> Terms:
    """Return the words of the engine that a run names; an unknown one gets panoptes' own."""
    return _TERMS.get(engine.lower()) or Terms(engine[:1].upper() + engine[1:])


def all_terms() -> Mapping[str, Terms]:
    """Return the words of each engine that panoptes knows, by the name that a run has for it."""
    return MappingProxyType(_TERMS)
