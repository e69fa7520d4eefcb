"""Which jobs may make or use a job's files: opening the lists of files of all takes too long.

Those that have a wildcard's value that is the job's too, or stands in the name of one of its
files, and the first jobs of each rule, for rules that all jobs have to do with.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, false, func, or_, select

from panoptes.common.wildcards import brief, indexed_wildcards
from panoptes.database.connections import reading
from panoptes.models.job import Job
from panoptes.models.rule import Rule
from panoptes.models.sample import IS_SUM, Wildcard, WildcardCount
from panoptes.queries.asking import ask
from panoptes.queries.paging import ENOUGH_LETTERS, one_of
from panoptes.queries.results import JobView, RunView

# So many jobs are looked at for each of the two reasons; all of a run that has no more.
MOST = 500
FIRST_OF_RULE = 20
# So many names of files are taken to pieces, and so many pieces looked for.
_PATHS = 100
_PIECES = 400

_WORD = re.compile(r"[^._-]+")

_LETTERS_OF_RUN = select(func.coalesce(func.sum(Job.letters), 0)).where(
    Job.run_id == bindparam("run_id")
)
_LETTERS = select(Job.letters, Job.id)
_OF_RUN = _LETTERS.where(Job.run_id == bindparam("run_id"))
_OF_IDS = _LETTERS.where(one_of(Job.id, "ids"))


def candidates(run: RunView, job: JobView) -> list[int] | None:
    """Return the rows of the jobs to look at; None for all of the run.

    Those with the shortest lists come first, until it is enough.
    """
    wanted = _wanted(run, job)
    if wanted is None:
        if ask(_LETTERS_OF_RUN, run_id=run.run_id).scalar_one() <= ENOUGH_LETTERS:
            return None
        rows = ask(_OF_RUN, run_id=run.run_id)
    else:
        rows = ask(_OF_IDS, ids=wanted)
    letters_and_ids = sorted((letters, job_id) for letters, job_id in rows)
    read = accumulate(letters for letters, _ in letters_and_ids)
    number = sum(upto <= ENOUGH_LETTERS for upto in read)
    return [job_id for _, job_id in letters_and_ids[:number]]


def _wanted(run: RunView, job: JobView) -> list[int] | None:
    """Return the rows of the jobs that may have to do with a job; None for all of the run."""
    if sum(run.known.values()) <= MOST:
        return None
    rules = (
        reading().execute(select(Rule.name, Rule.wildcards).where(Rule.run_id == run.run_id)).all()
    )
    names = {name for rule in rules for name in rule.wildcards or ()}
    per_rule = max(1, min(FIRST_OF_RULE, MOST // max(1, len(rules))))
    return sorted({*_alike(run, job, names), *first_jobs(run, per_rule)})


def first_jobs(run: RunView, per_rule: int) -> list[int]:
    """Return the rows of the first jobs of each rule, read from an index rule by rule."""
    first = (
        select(Job.id)
        .where(Job.run_id == Rule.run_id, Job.rule == Rule.name)
        .order_by(Job.id)
        .limit(per_rule)
        .correlate(Rule)
        .subquery()
    )
    # Several rows in one: SQLite has no LATERAL.
    joined = select(func.aggregate_strings(cast(first.c.id, Text), " ")).scalar_subquery()
    rows = reading().scalars(select(joined).select_from(Rule).where(Rule.run_id == run.run_id))
    return [int(each) for ids in rows for each in (ids or "").split()]


def _alike(run: RunView, job: JobView, names: set[str]) -> list[int]:
    """Return the jobs that have one of the values, of values with few jobs first."""
    own = [value for _, value in indexed_wildcards(job.wildcards)]
    values = dict.fromkeys([*own, *_pieces([*job.input[:_PATHS], *job.output[:_PATHS]])])
    query = (
        select(WildcardCount.name, WildcardCount.value, WildcardCount.jobs)
        .where(WildcardCount.run_id == run.run_id, IS_SUM)
        .where(WildcardCount.name.in_(names), WildcardCount.value.in_(list(values)[:_PIECES]))
    )
    found = sorted(reading().execute(query), key=lambda row: (row.value not in own, row.jobs))
    chosen: list[ColumnElement[bool]] = []
    jobs = 0
    for name, value, number in found:
        if jobs + number <= MOST or not chosen:
            chosen.append(and_(Wildcard.name == name, Wildcard.value == value))
            jobs += number
    has_one = and_(Wildcard.run_id == run.run_id, or_(false(), *chosen))
    return list(reading().scalars(select(Wildcard.job_id).where(has_one).limit(2 * MOST)))


def _pieces(paths: Iterable[str]) -> Iterator[str]:
    """Yield what may be a wildcard's value in paths: words of names, alone and side by side."""
    for path in paths:
        for name in reversed(path.split("/")):
            words = [word.span() for word in _WORD.finditer(name)][:8]
            for number, (start, _) in enumerate(words):
                yield from (brief(name[start:end]) for _, end in words[number:])
