"""Statements on their way to PostgreSQL: what needs no answer waits for what does, or for the end.

Each turn to the server and back costs more than most statements: two processes wake up for it, and
the server may be on another host. The driver's own pipeline saves turns too, but takes more of our
time than it saves; so this one is made of what the driver has of libpq.
"""

import select
from collections.abc import Sequence
from itertools import count
from typing import Any

from psycopg import Connection, Error, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from panoptes.database.channel import Answer, Channel

_SUCCESSES = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Pipeline(Channel):
    """Executes statements together, on one connection.

    A statement is prepared when it is first sent, for as long as the connection is open.
    """

    def __init__(self, driver: Connection[Any]) -> None:
        super().__init__(driver)
        self._server, self._adapt = driver.pgconn, Transformer(driver)
        self._names: dict[str, bytes] = {}
        self._numbers = count()
        self._waiting: list[tuple[str, Sequence[Any]]] = []

    def add(self, sql: str, values: Sequence[Any]) -> None:
        """Let a statement wait for the next turn, which raises what the server says of it."""
        # As text, which the server reads as whatever type the statement has there.
        formats = [PyFormat.TEXT] * len(values)
        self._waiting.append((sql, self._adapt.dump_sequence(values, formats)))

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Execute what waits, then an INSERT that returns the new row's id."""
        return int(self.ask(sql, values).rows[0][0])

    def ask(self, sql: str, values: Sequence[Any]) -> Answer:
        """Execute what waits, then a question, and return its answer."""
        self.add(sql, values)
        self._begin()
        return self._read(self._turn())

    def ask_alone(self, sql: str, values: Sequence[Any]) -> Answer:
        """Ask a question outside of any transaction."""
        self.add(sql, values)
        return self._read(self._turn())

    def send(self) -> None:
        """Execute what waits."""
        if self._waiting:
            self._begin()
            self._turn()

    def commit(self) -> None:
        """Execute what waits, and commit it in the same turn."""
        if self._waiting:
            self._begin()
            self.add("COMMIT", ())
            try:
                self._turn()
            except Error:
                self._driver.rollback()  # SQLAlchemy takes back nothing that it was to commit.
                raise

    def forget(self) -> None:
        """Let nothing wait any more: the transaction is taken back."""
        self._waiting.clear()

    def _begin(self) -> None:
        if self._server.transaction_status == TransactionStatus.IDLE:
            self._waiting.insert(0, ("BEGIN", ()))

    def _turn(self) -> PGresult:
        """Execute what waits, and return the result of the last statement."""
        server = self._server
        new: dict[str, bytes] = {}
        server.enter_pipeline_mode()
        for sql, values in self._waiting:
            name = self._names.get(sql) or new.get(sql)
            if name is None:
                name = new[sql] = b"panoptes_%d" % next(self._numbers)
                server.send_prepare(name, sql.encode())
            server.send_query_prepared(name, values)
        self._waiting.clear()
        server.pipeline_sync()
        results = self._results()
        server.exit_pipeline_mode()
        for result in results:
            if result.status not in _SUCCESSES:
                raise error_from_result(result)
        self._names |= new
        return results[-1]

    def _results(self) -> list[PGresult]:
        """Return what the server says to each statement of a turn."""
        server = self._server
        results: list[PGresult] = []
        poll = select.poll()
        poll.register(server.socket, select.POLLIN | select.POLLOUT)
        while server.flush():  # What is long doesn't leave at once.
            poll.poll()
            server.consume_input()
        poll.modify(server.socket, select.POLLIN)
        while True:
            while server.is_busy():
                poll.poll()
                server.consume_input()
            result = server.get_result()
            if result is None:  # What ends the result of a statement, or all that there ever is.
                if server.status != ConnStatus.OK:
                    raise OperationalError("The connection to the database is lost.")
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _read(self, result: PGresult) -> Answer:
        self._adapt.set_pgresult(result)
        rows = self._adapt.load_rows(0, result.ntuples, tuple)
        return Answer(rows, [result.ftype(column) for column in range(result.nfields)])
