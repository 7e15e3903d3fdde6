"""A thread for one connection to the journal's database."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .journal_errors import JournalError, journal_error
from .journal_query import DamagedRowError

type _Call = tuple[asyncio.Future[Any], Callable[[], Any]]


class Worker:
    """A thread with a connection of its own, and errors in the journal's words.

    An executor would do, but each event waits for the journal, and there and back it
    takes the event loop twice as long.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        """Start the thread."""
        self.engine = engine
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run[**P, T](
        self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function in the thread. Raises `JournalError`."""
        if self._stopped:
            raise JournalError("unavailable")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._calls.put((future, partial(func, *args, **kwargs)))
        try:
            return await future
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise journal_error(error) from error
        except (DamagedRowError, UnicodeDecodeError) as error:
            raise JournalError("damaged") from error

    async def stop(self) -> None:
        """Finish what was called, close the connection, and end the thread.

        By then the thread has nothing left to do: to wait for it takes no time.
        """
        try:
            await self.run(self.engine.dispose)
        finally:
            self._stopped = True
            self._calls.put(None)
            self._thread.join()

    def _work(self) -> None:
        """Do what is called, one after the other."""
        while (call := self._calls.get()) is not None:
            future, func = call
            # Who was cancelled before it began wants nothing any more.
            if not future.cancelled():
                # The loop may have ended meanwhile.
                with suppress(RuntimeError):
                    future.get_loop().call_soon_threadsafe(_answer, future, *_do(func))
            # Nothing of it is held until the next call.
            del call, future, func


def _do(func: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Return what a function returns, or what it raises."""
    try:
        return func(), None
    except BaseException as error:  # noqa: BLE001
        return None, error


def _answer(
    future: asyncio.Future[Any], result: Any, error: BaseException | None
) -> None:
    """Give the answer to whoever still waits for it."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
