"""Child processes that never outlive the process that started them."""

import asyncio
import atexit
import contextlib
import os
from pathlib import Path
import signal
import sys

LAUNCHER = Path(__file__).with_name("launch.py")
_RUNNING: set[int] = set()


def _signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and to all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


@atexit.register
def _kill_all() -> None:
    """Leave nothing behind when the interpreter ends without having stopped them."""
    for pid in _RUNNING:
        _signal_group(pid, signal.SIGKILL)


class ProcessEndedError(Exception):
    """A process ended by itself; the message is the end of its output."""


class Process:
    """A program in a process group of its own, its output appended to a file.

    The group keeps a terminal's Ctrl-C away from it, so that the parent can end its
    children in the order that suits them.
    """

    def __init__(
        self,
        arguments: list[str],
        *,
        cwd: Path,
        output: Path,
        environment: dict[str, str],
    ) -> None:
        """Remember what to run; the environment is added to this process's own."""
        self.arguments = arguments
        self.cwd = cwd
        self.output = output
        self.environment = environment
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._process is not None
        return self._process.pid

    async def start(self, *, pipe_output: bool = False) -> asyncio.StreamReader | None:
        """Start it; with `pipe_output` its stdout is returned instead of filed."""
        assert not self.running
        with self.output.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-S", LAUNCHER, str(os.getpid())),
                *self.arguments,
                cwd=self.cwd,
                env=os.environ | self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if pipe_output else output,
                stderr=output,
                start_new_session=True,
            )
        _RUNNING.add(self._process.pid)
        return self._process.stdout

    async def stop(self, timeout: float = 30) -> None:
        """End it with SIGTERM, and with SIGKILL if that takes too long."""
        if self.running:
            _signal_group(self.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await self.wait(timeout)
        await self.kill()

    async def kill(self) -> None:
        """End it with SIGKILL, and what it started."""
        if self._process is None:
            return
        _signal_group(self.pid, signal.SIGKILL)
        await self.wait()

    async def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended and return its exit code.

        Raises:
            TimeoutError: It still runs after that many seconds.
        """
        assert self._process is not None
        async with asyncio.timeout(timeout):
            code = await self._process.wait()
        _RUNNING.discard(self._process.pid)
        return code

    def check(self) -> None:
        """Raise ProcessEndedError with the end of its output if it has ended."""
        if not self.running:
            lines = self.read_output().splitlines()[-20:]
            raise ProcessEndedError("\n".join([f"{self.arguments[0]} ended:", *lines]))

    def read_output(self) -> str:
        """Return all it ever wrote."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""
