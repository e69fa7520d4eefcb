"""The ends of jobs' logs, as clients sent them, and which of them somebody looks at now.

All of it is strangers' text of any length: each log, each job, each run and the whole database keep
no more than the limits below say. Who changes a run's logs holds the row of the run.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from panoptes.common.text import end_of_text
from panoptes.database.columns import RowId, inserted_id
from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model, column
from panoptes.models.run import Run
from panoptes.models.run_state import RunState

# Bytes that are kept of a log, and of each log of a run that has too much text.
MAX_BYTES = 64 * 1024
SHORT = 4 * 1024
# Bytes that a run may have; beyond them, its logs are shortened.
MOST_OF_RUN = 16 * 1024 * 1024
# Bytes of all runs; beyond them, what changed longest ago goes.
MOST_OF_ALL = 512 * 1024 * 1024
# Logs of a run, and of one attempt of a job; more are not kept.
MOST_LOGS = 2000
MOST_LOGS_OF_JOB = 10
# No system takes a longer path; what has one is no log.
LONGEST_PATH = 4096
# A page that follows a log asks for it every second or two. That is noted now and then, and the
# client is asked for the log until the note is so old; for so many logs at once.
NOTED_EVERY = timedelta(seconds=10)
FOLLOWED_FOR = timedelta(seconds=30)
MOST_FOLLOWED = 4
# So many go at once where all runs have too much.
CHUNK = 100


class LogText(Model):
    """The end of a log file of an attempt of a job: `text` ends at the file's byte `size`.

    `path` is as the client calls it, `bytes` how many the text has in UTF-8. `followed_at` is when
    somebody was last seen to have a page with it open.
    """

    __tablename__ = "log_texts"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"))
    part: ColumnClause[int] = column(Integer)
    key: ColumnClause[str] = column(String(100))
    attempt: ColumnClause[int] = column(Integer)
    path: ColumnClause[str] = column(String)
    size: ColumnClause[int] = column(BigInteger)
    bytes: ColumnClause[int] = column(Integer)
    text: ColumnClause[str] = column(String)
    changed_at: ColumnClause[datetime] = column(UTCDateTime)
    followed_at: ColumnClause[datetime | None] = column(UTCDateTime)

    __table_args__ = (
        Index("log_texts_of_job", "run_id", "key", "part", "attempt", "id", "bytes"),
        Index("log_texts_by_change", "changed_at", "bytes"),
    )


class LogName(NamedTuple):
    """Which log it is: of a run, a job's attempt, and the path by which the client calls it."""

    run_id: int
    part: int
    key: str
    attempt: int
    path: str


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of a log file: `text` ends at the file's byte `size`."""

    text: str
    size: int

    def then(self, offset: int, text: str, size: int) -> "LogEnd":
        """Return the end after the client sent `text` from `offset` on, of a file of `size` bytes.

        What overlaps is taken as it came last. Behind a gap, and where the file was begun anew,
        what was there before doesn't belong to it.
        """
        content = text.encode()
        # Bytes that are no UTF-8 became longer in the text: it never seems to end too early.
        end = min(size, offset + len(content))
        known = self.text.encode()
        start = self.size - len(known)
        if start < offset <= self.size <= end:
            content = known[: offset - start] + content
        return LogEnd(end_of_text(content, MAX_BYTES).decode("utf-8", "ignore"), end)


class FollowedLog(NamedTuple):
    """A log that somebody looks at: the client is to send what it has `from_byte` on."""

    key: str
    path: str
    from_byte: int


class _Known(NamedTuple):
    id: int
    text: str
    size: int
    followed_at: datetime | None


_TABLE = LogText.__table__
_FIND = select(*(_TABLE.c[name] for name in _Known._fields)).where(
    *(_TABLE.c[name] == bindparam(name) for name in LogName._fields)
)
_IS_OF_JOB = (
    (LogText.key == bindparam("key"))
    & (LogText.part == bindparam("part"))
    & (LogText.attempt == bindparam("attempt"))
)
_HOW_MANY = select(func.count(), func.coalesce(func.sum(case((_IS_OF_JOB, 1), else_=0)), 0)).where(
    LogText.run_id == bindparam("run_id")
)
_BYTES_OF_RUN = select(func.coalesce(func.sum(LogText.bytes), 0)).where(
    LogText.run_id == bindparam("run_id")
)
_LONG_OF_RUN = select(LogText.id, LogText.text).where(
    LogText.run_id == bindparam("run_id"), LogText.bytes > SHORT
)
_WRITE = update(LogText).where(LogText.id == bindparam("which"))
_LOCK = select(Run.id).where(Run.id == bindparam("which")).with_for_update()
_NOTE = update(Run).where(Run.id == bindparam("which"))
_FOLLOWED = (
    select(LogText.key, LogText.path, LogText.size)
    .where(
        LogText.run_id == bindparam("run_id"),
        LogText.followed_at >= bindparam("since", type_=UTCDateTime),
    )
    .order_by(LogText.followed_at.desc(), LogText.attempt.desc(), LogText.id)
    .limit(MOST_FOLLOWED)
)
_BYTES_OF_ALL = select(func.coalesce(func.sum(LogText.bytes), 0))
_OLDEST = select(LogText.id).order_by(LogText.changed_at, LogText.id).limit(bindparam("limit"))
_DELETE_OLDEST = delete(LogText).where(LogText.id.in_(_OLDEST))


def add_log_text(
    connection: Connection, name: LogName, offset: int, text: str, size: int, now: datetime
) -> None:
    """Keep what a client sent of a log: `text` from the byte `offset` on of a file of `size` bytes.

    Of a log beyond the limits on their number, nothing is kept.
    """
    known = _find_or_add(connection, name, now)
    if known is None:
        return
    end = LogEnd(known.text, known.size).then(max(0, offset), text, max(0, size))
    written = {"text": end.text, "bytes": len(end.text.encode()), "size": end.size}
    connection.execute(_WRITE.values(**written, changed_at=now), {"which": known.id})
    if (connection.scalar(_BYTES_OF_RUN, {"run_id": name.run_id}) or 0) > MOST_OF_RUN:
        _shorten_all(connection, name.run_id)


def note_follower(connection: Connection, name: LogName, now: datetime) -> None:
    """Note that somebody looks at a log now."""
    is_there = connection.scalar(_LOCK, {"which": name.run_id})
    known = _find_or_add(connection, name, now) if is_there else None
    if known is not None and is_note_old(known.followed_at, now):
        connection.execute(_WRITE.values(followed_at=now), {"which": known.id})
        connection.execute(_NOTE.values(logs_followed_at=now), {"which": name.run_id})


def is_note_old(followed_at: datetime | None, now: datetime) -> bool:
    """Return whether it is time to note again that somebody looks at a log."""
    return followed_at is None or followed_at < now - NOTED_EVERY


def followed_logs(connection: Connection, run: RunState, now: datetime) -> list[FollowedLog]:
    """Return the logs of a run that somebody looks at, and from where on more of each is wanted.

    Of a run at which nobody looks, the database isn't asked.
    """
    since = now - FOLLOWED_FOR
    if run.logs_followed_at is None or run.logs_followed_at < since:
        return []
    found: dict[tuple[str, str], FollowedLog] = {}
    for row in connection.execute(_FOLLOWED, {"run_id": run.id, "since": since}):
        # Who looked at an attempt a moment ago looks at the next one by now.
        found.setdefault((row.key, row.path), FollowedLog(*row))
    return list(found.values())


def are_too_much(connection: Connection) -> bool:
    """Return whether there is too much of all logs; to find out takes the longer, the more are."""
    return (connection.scalar(_BYTES_OF_ALL) or 0) > MOST_OF_ALL


def forget_oldest(connection: Connection) -> None:
    """Remove some of the logs that changed longest ago."""
    connection.execute(_DELETE_OLDEST, {"limit": CHUNK})


def _find_or_add(connection: Connection, name: LogName, now: datetime) -> _Known | None:
    """Return a log that is known, or new and empty; None where one more would be too many."""
    row = connection.execute(_FIND, name._asdict()).first()
    if row is not None:
        return _Known(*row)
    of_run, of_job = connection.execute(_HOW_MANY, name._asdict()).one()
    if of_run >= MOST_LOGS or of_job >= MOST_LOGS_OF_JOB or len(name.path) > LONGEST_PATH:
        return None
    new = {**name._asdict(), "text": "", "size": 0, "bytes": 0, "changed_at": now}
    result = connection.execute(insert(LogText).values(new))
    return _Known(inserted_id(result), "", 0, None)


def _shorten_all(connection: Connection, run_id: int) -> None:
    for log_id, text in connection.execute(_LONG_OF_RUN, {"run_id": run_id}).all():
        short = end_of_text(text.encode(), SHORT)
        values = {"text": short.decode("utf-8", "ignore"), "bytes": len(short)}
        connection.execute(_WRITE.values(values), {"which": log_id})
