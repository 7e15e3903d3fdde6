"""Tests that no process outlives the one that started it."""

import asyncio
import os
from pathlib import Path
import signal
import sys

import pytest

from .ha import ROOT
from .process import Process, ProcessEndedError

# A parent that starts a child, says its process id, and then waits for its own end.
PARENT = """
import asyncio, sys
from pathlib import Path
from tests.e2e.process import Process

async def main():
    process = Process(
        [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)"],
        cwd=Path(), output=Path(sys.argv[1]), environment={},
    )
    await process.start()
    print(process.pid, flush=True)
    if sys.argv[2] == "exit":
        sys.exit()
    await asyncio.sleep(300)

asyncio.run(main())
"""


def alive(pid: int) -> bool:
    """Tell whether a process exists and is more than a record of its end."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError, ProcessLookupError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="The kernel's help is Linux's")
@pytest.mark.parametrize("end", ["exit", "SIGKILL"])
async def test_a_child_ends_with_its_parent(end: str, tmp_path: Path) -> None:
    """A child that ignores SIGTERM is gone when its parent ends, however it ends."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(tmp_path / "output"), end),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    if end == "SIGKILL":
        assert alive(child)
        os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(5):
        while alive(child):
            await asyncio.sleep(0.05)


async def test_says_how_a_program_ended(tmp_path: Path) -> None:
    """A program that ends by itself leaves its last words in the error."""
    process = Process(
        [sys.executable, "-c", "raise SystemExit('No room left')"],
        cwd=tmp_path,
        output=tmp_path / "output",
        environment={},
    )
    await process.start()
    assert await process.wait(10) == 1
    with pytest.raises(ProcessEndedError, match="No room left"):
        process.check()
