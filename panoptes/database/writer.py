"""How this process writes: in short transactions, on SQLite one at a time for several events."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InternalError, OperationalError

from panoptes.common.errors import Unavailable

T = TypeVar("T")
Work = Callable[[Connection], T]

# Waiting for this process's other writers and then for another process takes at most twice this:
# less than the 10 s after which Snakemake 9 gives up, and registers once more.
WRITER_PATIENCE = 4.0
BUSY = "The database can't take this right now; try again in a moment."
# So many events share a transaction at most: the first one waits for the last.
MOST_TOGETHER = 32


class Writer:
    """Whoever writes in this process: on PostgreSQL all at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        driver: Any = engine.dialect.loaded_dbapi
        # What the driver raises where the database is busy, full, away or a standby.
        own = (driver.OperationalError, driver.InterfaceError, driver.InternalError)
        self._not_now = (*own, OperationalError, InternalError)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction; it commits at the end, or not at all. Raises errors.Unavailable."""
        try:
            with self._transaction() as connection:
                yield connection
        except self._not_now as error:
            raise Unavailable(BUSY) from error

    def run(self, work: Work[T]) -> T:
        """Do short work in a transaction, and return what it returns once that is committed.

        `work` may be called again, after its first transaction was taken back. Raises
        errors.Unavailable, and what `work` raises.
        """
        try:
            return self._run_once(work)
        except Unavailable:  # The server may have been restarted: all connections are new now.
            return self._run_once(work)

    def _run_once(self, work: Work[T]) -> T:
        with self.writing() as connection:
            return work(connection)

    def close(self) -> None:
        """Let go of what it holds open: on PostgreSQL nothing."""

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            try:
                transaction = connection.begin()
                yield connection
                transaction.commit()
            except self._not_now:
                connection.invalidate()
                self._engine.dispose()  # What cut this connection cut the others.
                raise


class _Turn:
    """Work that waits for its transaction; then it has a result or an error."""

    def __init__(self, work: Work[Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: Exception | None = None
        self.is_over = False

    def end(self, result: Any = None, error: Exception | None = None) -> None:
        self.result, self.error, self.is_over = result, error, True


class SqliteWriter(Writer):
    """Of a SQLite file's writers one at a time, all on one connection.

    A lock is fairer and faster than SQLite's own waiting, and taking a connection from the pool
    for each event would take as long as the event. Whoever gets the lock does the work of all who
    wait, in one transaction: to begin and to commit costs more than what is between.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._waiting: deque[_Turn] = deque()

    def run(self, work: Work[T]) -> T:
        """Do short work, perhaps with that of others."""
        turn = _Turn(work)
        self._waiting.append(turn)
        try:
            with self._locked():
                while not turn.is_over:
                    self._work_off()
        except Unavailable:
            turn.is_over = True  # Nobody waits for it any more.
            raise
        if isinstance(turn.error, self._not_now):
            raise Unavailable(BUSY) from turn.error
        if turn.error is not None:
            raise turn.error
        result: T = turn.result
        return result

    def close(self) -> None:
        """Close the connection; whoever writes next opens another one."""
        with self._locked():
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.detach()  # The pool would keep it open.
                connection.close()

    def _work_off(self) -> None:
        count = min(len(self._waiting), MOST_TOGETHER)
        turns = [self._waiting.popleft() for _ in range(count)]
        self._do_together([turn for turn in turns if not turn.is_over])

    def _do_together(self, turns: list[_Turn]) -> None:
        try:
            with self._connected() as connection:
                results = [turn.work(connection) for turn in turns]
        except self._not_now as error:
            for turn in turns:
                turn.end(error=error)
        except Exception as error:  # noqa: BLE001  # Who waits for it raises it.
            if len(turns) == 1:
                turns[0].end(error=error)
                return
            for turn in turns:  # One failed, and took the others with it.
                self._do_together([turn])
        else:
            for turn, result in zip(turns, results, strict=True):
                turn.end(result)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._locked(), self._connected() as connection:
            yield connection

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=WRITER_PATIENCE):
            others = f"others in this process were writing for {WRITER_PATIENCE:g} s"
            raise Unavailable(BUSY) from TimeoutError(others)
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Open a transaction; a connection in which anything failed isn't used again."""
        connection = self._connection = self._connection or self._engine.connect()
        try:
            with connection.begin():
                yield connection
        except Exception:
            self._connection = None
            connection.close()
            raise
