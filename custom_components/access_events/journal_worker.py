"""A thread for one connection to the journal's database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
import sqlite3

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .journal_errors import JournalError, journal_error
from .journal_query import DamagedRowError


class Worker:
    """A thread with a connection of its own, and errors in the journal's words."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Prepare the thread; it starts with the first call."""
        self.engine = engine
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run[**P, T](
        self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function in the thread. Raises `JournalError`."""
        try:
            future = self._executor.submit(func, *args, **kwargs)
        except RuntimeError as error:  # the thread is stopped
            raise JournalError("unavailable") from error
        try:
            return await asyncio.wrap_future(future)
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
            self._executor.shutdown()
