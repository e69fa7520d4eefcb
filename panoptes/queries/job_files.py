"""Which jobs make the files that a job reads, and which read those that it makes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, String, bindparam, column, func, or_, select, true

from panoptes.common.status import Status
from panoptes.database.connections import sql_engine
from panoptes.models.job import Job
from panoptes.queries.asking import ask, built_once
from panoptes.queries.candidates import candidates
from panoptes.queries.paging import Query, one_of
from panoptes.queries.results import JobView, RunView

# A page shows so many of a job's files with their jobs, of which so many are looked at.
LOOKED_UP = 50
MOST_FOUND = 1000
# What follows a slash in the order of letters.
AFTER_SLASH = chr(ord("/") + 1)
# Of a file's folders, so many from the file up may be what a job made as a whole.
MAX_FOLDERS = 12

_REFERENCE = (Job.id, Job.key, Job.part, Job.rule, Job.status, Job.wildcards)
_PATH = column("value", String)


@dataclass(frozen=True, slots=True)
class JobLink:
    """What a link to a job needs."""

    id: int
    key: str
    part: int
    workflow_id: int
    rule: str
    status: Status
    wildcards: dict[str, str]


@dataclass(frozen=True, slots=True)
class FileJobs:
    """A job's neighbours: the maker of an input, the users of an output, by the file's path.

    `waits_for` are makers that have to be done first, `all_users` each user once. Of very many
    users, some weren't looked at (`more_users`); of very many jobs, only so many were (`looked_at`,
    None where it was all of them).
    """

    makers: dict[str, JobLink]
    users: dict[str, list[JobLink]]
    waits_for: list[JobLink]
    all_users: list[JobLink]
    more_users: bool
    looked_at: int | None


def file_jobs(run: RunView, job: JobView) -> FileJobs:
    """Return who makes a job's inputs and who uses its outputs, within the run."""
    outputs = job.output[:LOOKED_UP]
    among = candidates(run, job) if job.output or job.input else None
    found = _jobs_with(run, job, "input", outputs, among, below=True) if outputs else []
    users: dict[str, list[JobLink]] = {path: [] for path in outputs}
    for link, path in found:  # Who reads an output, or a file below it.
        for name in _with_folders(path):
            if name in users:
                users[name].append(link)
    makers = _makers(run, job, among)
    return FileJobs(
        makers=makers,
        users={path: _once(links) for path, links in users.items()},
        waits_for=_waits_for(job, makers),
        all_users=_once(link for links in users.values() for link in links),
        more_users=len(found) == MOST_FOUND,
        looked_at=None if among is None else len(among),
    )


def _makers(run: RunView, job: JobView, among: list[int] | None) -> dict[str, JobLink]:
    """Return the maker of each input: of the file itself, else of a folder in which it lies."""
    wanted = {path: _with_folders(path) for path in job.input[:LOOKED_UP]}
    names = {name for names in wanted.values() for name in names}
    by_output: dict[str, JobLink] = {}
    made = _jobs_with(run, job, "output", names, among) if names else []
    for link, path in made:
        # Of subworkflows, which use paths again, the job's own counts.
        if path not in by_output or link.part == job.part:
            by_output[path] = link
    makers = {
        path: next((by_output[name] for name in names if name in by_output), None)
        for path, names in wanted.items()
    }
    return {path: link for path, link in makers.items() if link is not None}


def _once(links: Iterable[JobLink]) -> list[JobLink]:
    return list({link.id: link for link in links}.values())


def _waits_for(job: JobView, makers: dict[str, JobLink]) -> list[JobLink]:
    # What runs or is done has had its inputs, whatever became of a maker since.
    if job.status in (Status.RUNNING, Status.DONE):
        return []
    return _once(link for link in makers.values() if link.status is not Status.DONE)


# --- paths ----------------------------------------------------------------------------------------


def _with_folders(path: str) -> list[str]:
    """Return a path and its folders, from the inside out; "." and "/" belong to nobody."""
    folders = [str(folder) for folder in PurePosixPath(path).parents]
    return [path, *(folder for folder in folders[:MAX_FOLDERS] if folder not in (".", "/"))]


# --- the question ---------------------------------------------------------------------------------


def _is_below(place: int) -> ColumnElement[bool]:
    """Return the condition that a file lies below the folder at a place, which ends with a slash.

    LIKE would take ten times as long, for each of very many files.
    """
    folder = bindparam(f"folder_{place}", type_=String)
    if _is_sqlite():
        return (folder < _PATH) & (bindparam(f"behind_{place}", type_=String) > _PATH)
    found: ColumnElement[bool] = func.starts_with(_PATH, folder)
    return found


def _below(paths: Iterable[str]) -> dict[str, str]:
    """Return the values of the parameters of `_is_below`; paths may end with a slash."""
    values = {}
    for place, path in enumerate(paths):
        folder = path.rstrip("/")
        values[f"folder_{place}"] = f"{folder}/"
        values[f"behind_{place}"] = f"{folder}{AFTER_SLASH}"
    return values


def _is_sqlite() -> bool:
    return sql_engine().dialect.name == "sqlite"


def _jobs_with(
    run: RunView,
    job: JobView,
    files: str,
    paths: Collection[str],
    among: list[int] | None,
    *,
    below: bool = False,
) -> list[tuple[JobLink, str]]:
    """Return other jobs of the run that have a file at one of some paths, with that file's path.

    `files` is the column to look in, `input` or `output`; `among` are the rows of the jobs to look
    at, None for all. With `below`, files in folders at these paths count, too.
    """
    folders = _below(paths) if below else {}
    query = _with_files(files, len(paths) if below else 0, among is None)
    of = {"run_id": run.run_id} if among is None else {"ids": among}
    rows = ask(query, job_id=job.id, paths=list(paths), **folders, **of)
    return [
        (JobLink(row_id, key, part, run.workflow_id, rule, Status(status), wildcards or {}), path)
        for row_id, key, part, rule, status, wildcards, path in rows
    ]


@built_once
def _with_files(files: str, folders: int, are_all: bool) -> Query:
    """Return the query of the jobs with files at some paths or below so many folders.

    The database opens the lists itself: a tenth of the time of a text search, and exact.
    """
    opened = func.json_each if _is_sqlite() else func.json_array_elements_text
    # The list is a column of the job beside it: no condition joins the two.
    values = opened(getattr(Job, files)).table_valued(_PATH, joins_implicitly=True)
    if not _is_sqlite():
        values = values.render_derived()
    fits = or_(_PATH.in_(bindparam("paths", expanding=True)), *map(_is_below, range(folders)))
    of_run = Job.run_id == bindparam("run_id")
    among = of_run if are_all else one_of(Job.id, "ids")
    return (
        select(*_REFERENCE, values.c.value)
        .select_from(Job)
        .join(values, true())
        .where(among, Job.id != bindparam("job_id"), fits)
        .order_by(Job.id)
        .limit(MOST_FOUND)
    )
