"""The words of `liveEvent` messages, brought to the events that they are about.

Source: developer.pdk.io 2.0, "Streaming API", liveEvent. It has no id, and tells again
in words what a message of its own tells in fields, before or after it.
"""

from collections import deque
from dataclasses import replace
import time

from ...models import AccessEvent
from .events import Happening, Text
from .topics import SAME

_APART = 5000
"""How many ms the two may be apart, by the device's clock."""
_KEPT = 300
_WAITS = 30.0


class Texts:
    """Remembers what came last of both."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._events: deque[Happening] = deque(maxlen=_KEPT)
        self._waiting: deque[tuple[float, Text]] = deque(maxlen=_KEPT)
        self.unmatched = 0

    def clear(self) -> None:
        """Forget all, since the stream broke."""
        self._events.clear()
        self._waiting.clear()

    def worded(self, happening: Happening) -> AccessEvent:
        """Return an event with its words, if they came before it."""
        self._drop_old()
        near = [
            (abs(text.at - happening.at), at, entry)
            for at, entry in enumerate(self._waiting)
            if _belong((text := entry[1]), happening)
        ]
        if not near:
            self._events.append(happening)
            return happening.event
        _, _, entry = min(near, key=lambda found: found[:2])
        self._waiting.remove(entry)
        return replace(happening.event, message=entry[1].words)

    def completed(self, text: Text) -> AccessEvent | None:
        """Return the event that words are about; None if it has not come yet."""
        near = [
            (abs(text.at - happening.at), at, happening)
            for at, happening in enumerate(self._events)
            if _belong(text, happening)
        ]
        if not near:
            self._waiting.append((time.monotonic(), text))
            return None
        _, at, happening = min(near, key=lambda found: found[:2])
        del self._events[at]
        return replace(happening.event, message=text.words)

    def _drop_old(self) -> None:
        """Let go of words whose event did not come."""
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] < now - _WAITS:
            self._waiting.popleft()
            self.unmatched += 1


def _belong(text: Text, happening: Happening) -> bool:
    """Return whether words are about an event."""
    person = happening.event.person
    holder = person.id if person else None
    return (
        SAME.get(text.topic, text.topic) == SAME.get(happening.topic, happening.topic)
        and abs(text.at - happening.at) <= _APART
        and (text.device is None or text.device == happening.device)
        and (text.holder is None or holder is None or text.holder == holder)
    )
