"""Servers as a client may find them: far away, or silent."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from urllib.parse import urlsplit


@contextmanager
def far(url: str, seconds: float) -> Iterator[str]:
    """Yield an address that leads to a server, all bytes taking so many seconds each way."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    listening = socket.create_server(("127.0.0.1", 0))
    line = _Line(urlsplit(url).port or 80, seconds)
    opening = asyncio.start_server(line.connect, sock=listening)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Line:
    """Carries connections to a port."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port, self._seconds = port, seconds

    async def connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry what both sides say; who connects hears after one way there and one back."""
        await asyncio.sleep(2 * self._seconds)
        there, forth = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._carry(near, forth), self._carry(there, back))

    async def _carry(self, source: asyncio.StreamReader, goal: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await source.read(65_536):
                loop.call_later(self._seconds, goal.write, data)
            await asyncio.sleep(self._seconds)
        except ConnectionError:
            pass  # It was cut off, which is an end as well.
        finally:
            goal.close()


async def _end(server: asyncio.Server) -> None:
    """Stop listening, and end what is still carried."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a server to which one can connect, and that never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
