"""Reading the journal's file as another program would."""

from dataclasses import dataclass
from pathlib import Path
import sqlite3

_ROWS = """
SELECT entry.entry_id, event.event_key, event.occurred, event.kind, event.live,
  door.ref, person.ref
FROM access_events AS event
JOIN access_events_entries AS entry ON entry.id = event.entry
LEFT JOIN access_events_places AS door ON door.id = event.door
LEFT JOIN access_events_people AS person ON person.id = event.person
ORDER BY event.seq
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `at_ms` is milliseconds since 1970."""

    entry_id: str
    key: str
    at_ms: int
    kind: str
    live: bool
    door_id: str | None
    person_id: str | None


def read_journal(folder: Path) -> list[Row]:
    """Return what the journal of a config folder holds."""
    path = folder / "access_events.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return [
            Row(entry, key, at // 1000, kind, bool(live), door or None, person or None)
            for entry, key, at, kind, live, door, person in database.execute(_ROWS)
        ]
