"""A workflow in a terminal: its head, its rules and what failed."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from panoptes.cli.remote.texts import (
    done_words,
    end,
    ends,
    harmless,
    job_words,
    last_lines,
    log_paths,
    one_line,
    progress,
    words_of,
)
from panoptes.cli.remote.widgets import (
    MUTED,
    CutName,
    JobBar,
    count_cell,
    muted,
    status_label,
    table,
)
from panoptes.client import Job, JobLog, LogLine, Rule, RunInShort, Workflow
from panoptes.common import clock
from panoptes.common.wording import DASH, ago, basis, duration, local, machine_name

# The end of an error says what happened; so many lines of it are shown.
ERROR_LINES = 12


def workflows(workflows: Sequence[Workflow], *, whole_names: bool) -> RenderableType:
    """Return workflows as a table; unless `whole_names`, those that a machine made up are short."""
    owned = any(workflow.owner for workflow in workflows)
    owner = ["OWNER"] if owned else []
    engines = {workflow.engine for workflow in workflows}
    engine = ["ENGINE"] if len(engines) > 1 else []
    labels = ["LABELS"] if any(workflow.labels for workflow in workflows) else []
    end_of = ["ENDS"] if any(workflow.estimate for workflow in workflows) else []
    numbers = ("STATUS", "DONE", "FAILED", "STARTED", "DURATION", *end_of)
    result = table("ID", "RUN", "NAME", *engine, *owner, *numbers, *labels)
    now = clock.utcnow()
    for workflow in map(harmless, workflows):
        name, short = workflow.name, machine_name(workflow.name)
        if short and not whole_names:  # The folder says more.
            name = f"{short} {PurePosixPath(workflow.workdir or '').name}".strip()
        result.add_row(
            Text(str(workflow.id)),
            Text(str(workflow.run)),
            CutName(name),
            *([CutName(words_of(workflow).in_lists)] if engine else []),
            *([CutName(workflow.owner or DASH)] if owned else []),
            status_label(workflow.status),
            Text(done_words(workflow)) if workflow.jobs_total else muted("–"),
            count_cell(workflow.jobs_failed, "red"),
            Text(ago(workflow.started_at, now)),
            Text(duration(workflow.duration)),
            *([Text(end(workflow) or DASH)] if end_of else []),
            *([CutName(", ".join(workflow.labels))] if labels else []),
        )
    return result


def runs(runs: Sequence[Workflow]) -> RenderableType:
    """Return the runs of one workflow as a table."""
    return runs_table(runs, [done_words(run) for run in runs])


def runs_table(runs: Sequence[Workflow | RunInShort], done: Sequence[str]) -> RenderableType:
    """Return runs as a table, of which so much is done; with their labels and notes, if any."""
    said = [", ".join(_said(run)) for run in runs]
    more = ["LABELS"] if any(said) else []
    result = table("RUN", "STATUS", "DONE", "FAILED", "STARTED", "DURATION", *more)
    for run, of_jobs, words in zip(runs, done, said, strict=True):
        result.add_row(
            Text(str(run.run)),
            status_label(one_line(run.status)),
            Text(of_jobs) if run.jobs_total else muted(DASH),
            count_cell(run.jobs_failed, "red"),
            Text(local(run.started_at)),
            Text(duration(run.duration)),
            *([CutName(one_line(words))] if more else []),
        )
    return result


def _said(run: Workflow | RunInShort) -> list[str]:
    """Return a run's labels and note, and whether it is the baseline."""
    baseline = ["baseline"] if run.is_baseline else []
    return [*baseline, *run.labels, *([run.note] if run.note else [])]


def job_log(log: JobLog, limit: int) -> RenderableType:
    """Return the last lines of a job's log."""
    return Padding(Text(last_lines(log.text, limit)), (0, 0, 0, 2), expand=False)


def log(lines: Sequence[LogLine]) -> RenderableType:
    """Return lines of a run's log, each with its time."""
    return Group(*map(_line, map(harmless, lines)))


def _line(line: LogLine) -> Text:
    style = {"error": "red", "warning": "yellow"}.get(line.level, "")
    time = Text(f"{line.time.astimezone():%H:%M:%S}  ", style=MUTED)
    return time.append(line.msg, style=style)


def head(workflow: Workflow) -> RenderableType:
    """Return a workflow's name, status and progress."""
    workflow = harmless(workflow)
    first = Text.assemble(status_label(workflow.status), "  ", (workflow.name, "bold"))
    if workflow.status == "Error" and workflow.is_live:
        first.append("  still running", style="blue")
    counts = (
        *(workflow.jobs_done, workflow.jobs_running, workflow.jobs_failed),
        *(workflow.jobs_cancelled, workflow.jobs_pending),
    )
    line = Text.assemble(progress(workflow), muted(f" · {duration(workflow.duration)}"))
    if workflow.is_late:
        line.append(f" · late, usually {duration(workflow.usual)}", style="yellow")
    parts: list[RenderableType] = [first, JobBar(counts, most=76), line]
    estimate = workflow.estimate
    if estimate is not None:
        ground = basis(estimate.basis_runs, estimate.past_error, rough=estimate.rough)
        parts.append(Text.assemble(f"ends {ends(workflow)}", muted(f", {ground}")))
    return Group(*parts)


def details(workflow: Workflow, address: str) -> RenderableType:
    """Return what else is known of a run."""
    workflow, now = harmless(workflow), clock.utcnow()
    ended = workflow.completed_at
    grid = Table.grid(padding=(0, 2, 0, 0))
    for name, value in (
        ("id", f"{workflow.id}, run {workflow.run} of {max(workflow.run, workflow.runs)}"),
        ("started", f"{local(workflow.started_at)}, {ago(workflow.started_at, now)}"),
        ("ended", ended and f"{local(ended)}, {ago(ended, now)}"),
        ("labels", ", ".join(workflow.labels)),
        ("note", workflow.note),
        ("baseline", "other runs are compared with it" if workflow.is_baseline else None),
        ("owner", workflow.owner),
        ("folder", workflow.workdir),
        ("command", workflow.command),
        ("page", address),
    ):
        if value:
            grid.add_row(muted(name), Text(value, overflow="fold"))
    return grid


def rules(workflow: Workflow, rules: Sequence[Rule], most: int | None = None) -> RenderableType:
    """Return how the jobs of each rule stand; at most so many rules, the busiest first."""
    unannounced = max(0, workflow.jobs_pending - sum(rule.pending or 0 for rule in rules))
    # Those say most where jobs failed, run and wait, in that order.
    chosen = sorted(rules, key=lambda rule: (-rule.error, -rule.running, -(rule.pending or 0)))
    names = {rule.name for rule in chosen[:most]}
    of_engine = words_of(workflow)
    short = of_engine.short_names(rule.name for rule in rules)
    result = table(
        of_engine.rule.upper(), "", "DONE", "RUNNING", "FAILED", "PENDING", "MEDIAN", "LONGEST"
    )
    for rule in (rule for rule in rules if rule.name in names):
        times = (rule.median_duration, rule.max_duration)
        result.add_row(
            CutName(one_line(short[rule.name])),
            _rule_bar(rule, unannounced, workflow.jobs_total),
            count_cell(rule.done),
            count_cell(rule.running, "blue"),
            count_cell(rule.error, "red"),
            count_cell(rule.pending),
            *(muted("–") if time is None else Text(duration(time)) for time in times),
        )
    left = len(rules) - result.row_count
    return Group(result, muted(f"and {left:,} more {of_engine.rules}")) if left else result


def _rule_bar(rule: Rule, unannounced: int, total: int) -> JobBar:
    counts = (rule.done, rule.running, rule.error, rule.cancelled, rule.pending or 0)
    # Without a plan, the run's jobs that were not announced may be any rule's.
    is_open = rule.planned is None and unannounced < total
    return JobBar(
        counts, 20, open_end=sum(counts) * unannounced // (total - unannounced) if is_open else 0
    )


def failures(jobs: Sequence[Job], workflow: Workflow, *, brief: bool) -> RenderableType:
    """Return failed jobs of a workflow, and how many more there are; `brief`: without errors."""
    workflow = harmless(workflow)
    parts = [part for job in jobs for part in _failure(harmless(job), workflow, brief=brief)]
    left = workflow.jobs_failed - len(jobs)
    if left > 0:
        parts.append(muted(f"and {left:,} more failed {words_of(workflow).jobs}"))
    return Group(*parts)


def _failure(job: Job, workflow: Workflow, *, brief: bool) -> Iterator[RenderableType]:
    rule, wildcards, ending = job_words(job, words_of(workflow))
    heading = Text.assemble(("✗ ", "red"), (rule, "bold"), wildcards and f" {wildcards}")
    if len(job.attempts) > 1:
        heading.append(f"  attempt {len(job.attempts)}", style=MUTED)
    if ending:
        heading.append(f"  {ending}", style="red")
    yield heading
    more = [Text.assemble(muted("log  "), path) for path in log_paths(job, workflow)]
    if brief:
        more = more[:1]
    elif job.error:
        more.append(_end(job.error))
    for text in more:
        yield Padding(text, (0, 0, 0, 2), expand=False)


def error(workflow: Workflow) -> Text:
    """Return the end of what the engine said of its run's failure."""
    return _end(harmless(workflow).error or "")


def _end(text: str) -> Text:
    lines = text.strip().splitlines()
    return Text("\n".join(lines if len(lines) <= ERROR_LINES else ["…", *lines[-ERROR_LINES:]]))
