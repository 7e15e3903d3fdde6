"""The file of a journal on SQLite, and what SQLite keeps beside it."""

from datetime import UTC, datetime
import glob
import os
from pathlib import Path

from .journal_errors import file_work

_HEADER = b"SQLite format 3\x00"
_PARTS = ("-wal", "-shm", "")
_ASIDE = ("damaged", "moved")


def make_file(file: Path) -> None:
    """Make the file if it is not there; it is nobody's to read but ours."""
    with file_work():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))


def is_no_database(file: Path) -> bool:
    """Look at the file before SQLite does, which would remove the log beside it."""
    if not file.exists():
        return False
    with file_work(), file.open("rb") as opened:
        return opened.read(len(_HEADER)) not in (_HEADER, b"")


def set_aside(file: Path, why: str = "damaged") -> Path | None:
    """Rename the file, and say when and why; None if there is none."""
    if not file.exists():
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = file.with_name(f"{file.name}.{why}-{stamp}")
    with file_work():
        for end in _PARTS:
            part = file.with_name(file.name + end)
            if part.exists():
                part.rename(aside.with_name(aside.name + end))
    return aside


def delete_file(file: Path) -> None:
    """Delete the file."""
    with file_work():
        for end in _PARTS:
            file.with_name(file.name + end).unlink(missing_ok=True)


def delete_all(file: Path) -> None:
    """Delete the file, and all that was ever set aside of it."""
    delete_file(file)
    with file_work():
        for why in _ASIDE:
            for aside in file.parent.glob(f"{glob.escape(file.name)}.{why}-*"):
                aside.unlink(missing_ok=True)


def file_size(file: Path) -> int:
    """Return how many bytes are taken."""
    parts = (file, file.with_name(f"{file.name}-wal"))
    with file_work():
        return sum(part.stat().st_size for part in parts if part.exists())
