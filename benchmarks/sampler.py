"""Looks at what the event loop is doing, to tell whose work it is."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
import signal
from types import FrameType
from typing import Self

ROOT = Path(__file__).parents[1]
OURS = {"access_events": (str(ROOT / "custom_components"),)}
"""Folders by the name of the integration that is in them."""
_BENCHMARKS = str(ROOT / "benchmarks")
_EVERY = 0.00073
"""Seconds; no whole number of them is a tick of the kernel, or the time between events."""
_WRITES = ("async_write_ha_state", "async_fire", "async_fire_internal")


class Sampler:
    """Looks more than a thousand times a second at what the loop is doing.

    A profiler that counts calls makes many small ones look dearer than they are. A timer
    of processor time looks at the kernel's ticks only, and what happens fifty times a
    second keeps step with these: it would be seen at the same place each time.

    Whose work it is, is decided by the innermost function that is either the integration's
    or one of those in which Home Assistant writes a state or fires an event:

    - `own`: the integration's, with all that it calls: the standard library, aiohttp, JSON,
      the hand-over to the journal's thread, and Home Assistant's own helpers;
    - `writes`: Home Assistant's, with all that hears of the state or the event in there:
      recorder, triggers, open dashboards. What they do later, in tasks or threads of their
      own, is not counted. A property that Home Assistant asks an entity for is `own`.

    All else is neither: bytes on their way through TLS, the loop's own work, the benchmark.
    """

    def __init__(self, folders: Mapping[str, tuple[str, ...]] = OURS) -> None:
        """Count nothing yet."""
        self.own: Counter[str] = Counter()
        """The samples of each integration."""
        self.writes = 0
        self.places: Counter[str] = Counter()
        """In which functions of the integrations the samples fell."""
        self._folders = folders

    def __enter__(self) -> Self:
        """Start to look."""
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _EVERY, _EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)

    def seconds(self, name: str = "access_events") -> float:
        """Return about what an integration took.

        While the machine does something else, one look is waiting, and no more.
        """
        return self.own[name] * _EVERY

    def ratio(self, name: str = "access_events") -> float:
        """Return an integration's work as a multiple of Home Assistant's."""
        return self.own[name] / max(self.writes, 1)

    def _look(self, _: int, frame: FrameType | None) -> None:
        """Give a sample to who works."""
        while frame is not None:
            code = frame.f_code
            for name, folders in self._folders.items():
                if code.co_filename.startswith(folders):
                    self.own[name] += 1
                    self.places[f"{Path(code.co_filename).name} {code.co_name}"] += 1
                    return
            if code.co_filename.startswith(_BENCHMARKS):
                return
            if code.co_name in _WRITES and "homeassistant" in code.co_filename:
                self.writes += 1
                return
            frame = frame.f_back
