"""What our own plugin for Snakemake 9 sends (`plugins/`), as messages that the translator knows.

An event has the fields of a record of Snakemake's log, by Snakemake's names, and any of them may be
missing. Most say what those of Snakemake 8 said, with other names; so they are read as such.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from panoptes.common.usage import figure
from panoptes.engines.events import GraphTold, JobId, LogLine, LogTail
from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_RULE,
    MAX_TEXT,
    Fields,
    client_time,
    count,
    edges_of,
    is_offset,
    text_of,
)
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.fields import as_key, job_key
from panoptes.engines.snakemake.levels import sayings_of
from panoptes.engines.snakemake.run_info import MAX_RULES
from panoptes.engines.snakemake.sayings import (
    Alive,
    Described,
    JobDone,
    JobError,
    JobStats,
    JobUsed,
    Message,
    RunOver,
    Saying,
    Started,
)

Reading = list[Saying]


def read_event(event: Fields) -> Message:
    """Return what an event says, of one that nobody knows nothing. Raises Broken."""
    kind = event.get("event")
    if not isinstance(kind, str):
        raise Broken("event", "Give the kind of the event, as a text.")
    reader = _EVENTS.get(kind)
    sayings = reader(event) if reader else []
    return Message(tuple(sayings), client_time(event.get("time")))


# --- jobs ---------------------------------------------------------------------------------------

# Snakemake 9's names -> those of 5 to 8.
_NAMES = {"rule_name": "name", "rule_msg": "msg"}
# What the scheduler counts, of which a job says more by `threads`.
_OF_THE_SCHEDULER = ("_cores", "_nodes", "_job_count")


def _older(level: str, event: Fields) -> dict[str, Any]:
    fields = {_NAMES.get(name, name): value for name, value in event.items() if name != "msg"}
    resources = fields.get("resources")
    if isinstance(resources, dict):
        fields["resources"] = {
            name: value for name, value in resources.items() if name not in _OF_THE_SCHEDULER
        }
    return {**fields, "level": level}


def _job_info(event: Fields) -> Reading:
    return sayings_of(_older("job_info", event))


def _job_started(event: Fields) -> Reading:
    """Groups have a UUID; of their jobs, the announcements follow."""
    jobs = event.get("jobs")
    own = [job for job in jobs if isinstance(job, int)] if isinstance(jobs, list) else []
    return sayings_of({"level": "job_started", "jobs": own}) if own else []


def _job_finished(event: Fields) -> Reading:
    """What a log says (`panoptes import`) may name the rule of a job that nothing announced."""
    rule = text_of(event, "rule_name", MAX_RULE) or ""
    return [JobDone(as_key(event.get("job_id"), "job_id"), rule)]


def _job_error(event: Fields) -> Reading:
    """The text of an error came before it, as in 8."""
    return [
        JobError(each.key, each.rule, each.error, each.details)
        for each in sayings_of(_older("job_error", event))
        if isinstance(each, JobError)
    ]


def _group_info(event: Fields) -> Reading:
    return sayings_of({"level": "group_info", "groupid": event.get("group_id")})


def _group_error(event: Fields) -> Reading:
    """A job_error of each member follows, but without the group's logs and its id in a cluster."""
    members = event.get("job_error_info")
    if not isinstance(members, list):
        return []
    aux = {"external_jobid": event.get("external_jobid")}
    told = [each for each in members if isinstance(each, dict)]
    older = [_older("job_error", {"aux": aux, **each}) for each in told]
    whole = {"level": "group_error", "job_error_info": older, "aux_logs": event.get("aux_logs")}
    return [
        JobError(each.key, each.rule, each.error, each.details)
        for each in sayings_of(whole)
        if isinstance(each, JobError)
    ]


def _log_tail(event: Fields) -> Reading:
    path, text = text_of(event, "path", MAX_ITEM), event.get("text")
    offset, size = event.get("from"), event.get("size")
    if path is None or not isinstance(text, str):
        raise Broken("log_tail", "path, text: Not two texts.")
    if not is_offset(offset) or not is_offset(size):
        raise Broken("log_tail", "from, size: Not two sizes in bytes.")
    return [LogTail(JobId(job_key(event)), path, offset, text, size)]


# Columns of a benchmark's table -> what `jobs.usage` calls them, and in how many of its units.
_MEGABYTE = 1024 * 1024
_USAGE = {
    "s": ("seconds", 1),
    "cpu_time": ("cpu_seconds", 1),
    "mean_load": ("cpu_percent", 1),
    "max_rss": ("max_memory", _MEGABYTE),
    "max_vms": ("max_virtual_memory", _MEGABYTE),
    "io_in": ("read_bytes", _MEGABYTE),
    "io_out": ("written_bytes", _MEGABYTE),
}


def _benchmark(event: Fields) -> Reading:
    row = event.get("row")
    if not isinstance(row, dict):
        return []
    found = {name: _amount(row.get(column)) for column, (name, _) in _USAGE.items()}
    units = dict(_USAGE.values())
    usage = {name: units[name] * value for name, value in found.items() if value is not None}
    return [JobUsed(job_key(event), usage)] if usage else []


def _amount(value: object) -> float | None:
    """Return a number of a table, in which `-` and `NA` stand for none."""
    try:
        return figure(float(value)) if isinstance(value, (str, int, float)) else None
    except (ValueError, OverflowError):
        return None


# --- the run ------------------------------------------------------------------------------------


def _run_info(event: Fields) -> Reading:
    """A log (`panoptes import`) has the table alone."""
    stats = event.get("stats")
    if not isinstance(stats, dict):
        return sayings_of({"level": "run_info", "msg": event.get("msg")})
    counts = {str(rule)[:MAX_RULE]: count(number) for rule, number in stats.items()}
    total = counts.pop("total", None)
    rules = {rule: number for rule, number in list(counts.items())[:MAX_RULES] if number}
    return [JobStats(rules, sum(rules.values()) if total is None else total)]


def _rulegraph(event: Fields) -> Reading:
    graph = event.get("rulegraph")
    links = graph.get("links") if isinstance(graph, dict) else None
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    if not isinstance(links, list) or not isinstance(nodes, list):
        return []
    pairs = [
        [link.get("sourcerule"), link.get("targetrule")] for link in links if isinstance(link, dict)
    ]
    rules = [
        text_of(node, "rule", MAX_RULE) for node in nodes[:MAX_RULES] if isinstance(node, dict)
    ]
    return [GraphTold([rule for rule in rules if rule], edges_of(pairs))]


def _resources_info(event: Fields) -> Reading:
    cores, text = count(event.get("cores")), text_of(event, "msg", MAX_TEXT)
    told: Reading = [Described({"cores": cores})] if cores else []
    return [*told, LogLine("info", text)] if text else told


def _progress(event: Fields) -> Reading:
    return sayings_of({**event, "level": "progress"})


# How the line begins that names Snakemake's own logs, when all is over.
_LOG = re.compile(r"Complete log(?:\(s\))?: (.*)")
_LEVELS = {"warning": "warning", "error": "error", "critical": "error"}


def _log(event: Fields) -> Reading:
    text = text_of(event, "msg", MAX_TEXT)
    if text is None:
        return []
    level = _LEVELS.get(str(event.get("level")), "info")
    log = _LOG.match(text)
    if log:
        return [Described({"log_file": log[1]}), LogLine("info", text)]
    return sayings_of({"level": level, "msg": text})


def _error(event: Fields) -> Reading:
    """An exception, of Snakemake itself or of a job."""
    text = text_of(event, "msg", MAX_TEXT) or text_of(event, "exception", MAX_TEXT)
    return sayings_of({"level": "error", "msg": text, "exception": event.get("exception")})


_ENDED_BY = {
    "KeyboardInterrupt": "Snakemake was interrupted (Ctrl-C, or SIGINT).",
    "SystemExit": "Snakemake was ended before its end (SystemExit).",
}


def _end(event: Fields) -> Reading:
    """Of a log that has no end (`panoptes import`), `msg` says so."""
    raised = text_of(event, "exception", MAX_RULE)
    if raised is None:
        return [RunOver(text_of(event, "msg", MAX_TEXT))]
    return [RunOver(_ENDED_BY.get(raised, f"Snakemake ended with {raised}."))]


_EVENTS: Mapping[str, Callable[[Fields], Reading]] = {
    "workflow_started": lambda _event: [Started()],
    "rulegraph": _rulegraph,
    "run_info": _run_info,
    "resources_info": _resources_info,
    "job_started": _job_started,
    "job_info": _job_info,
    "job_finished": _job_finished,
    "job_error": _job_error,
    "benchmark": _benchmark,
    "group_info": _group_info,
    "group_error": _group_error,
    "progress": _progress,
    "error": _error,
    "log": _log,
    "log_tail": _log_tail,
    "heartbeat": lambda _event: [Alive()],
    "end": _end,
}
