"""Keyed delivery of events and states to the few entities concerned."""

from collections.abc import Callable, Hashable, Iterable
import logging

from homeassistant.core import Context

from .models import EventKind, Person, StoredEvent

type EventCallback = Callable[[StoredEvent, Context | None], None]
"""The context is that of a live event; what follows from it shares it."""
type StateCallback = Callable[[], None]
type ForgetCallback = Callable[[Iterable[Person]], None]

_LOGGER = logging.getLogger(__name__)


class _Channel[**P]:
    """Callbacks by key; a callback that fails does not stop its neighbours."""

    def __init__(self) -> None:
        """Start with no callbacks."""
        self._callbacks: dict[Hashable, list[Callable[P, None]]] = {}

    def add(
        self, keys: Iterable[Hashable], callback: Callable[P, None]
    ) -> Callable[[], None]:
        """Register a callback for some keys and return what takes it back."""
        keys = tuple(keys)
        for key in keys:
            self._callbacks.setdefault(key, []).append(callback)

        def remove() -> None:
            for key in keys:
                callbacks = self._callbacks[key]
                callbacks.remove(callback)
                if not callbacks:
                    del self._callbacks[key]

        return remove

    def send(self, key: Hashable, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call what is registered for the key."""
        if not (callbacks := self._callbacks.get(key)):
            return
        for callback in tuple(callbacks):
            try:
                callback(*args, **kwargs)
            except Exception:
                _LOGGER.exception("Delivery to %s failed", callback)

    def send_all(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call everything that is registered, whatever its key."""
        for key in tuple(self._callbacks):
            self.send(key, *args, **kwargs)


class Router:
    """Brings what happened at a door to the entities of that door only."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._events: _Channel[[StoredEvent, Context | None]] = _Channel()
        self._latest: _Channel[[StoredEvent, Context | None]] = _Channel()
        self._states: _Channel[[]] = _Channel()
        self._forgotten: _Channel[[Iterable[Person]]] = _Channel()

    def on_event(
        self, door_id: str | None, kinds: Iterable[EventKind], callback: EventCallback
    ) -> Callable[[], None]:
        """Hear live events of some kinds at a door (None: at no known door)."""
        return self._events.add(((door_id, kind) for kind in kinds), callback)

    def on_latest(self, door_id: str, callback: EventCallback) -> Callable[[], None]:
        """Hear each event of a door, live or replayed, and what is learned of it later."""
        return self._latest.add((door_id,), callback)

    def on_state(
        self, door_id: str | None, callback: StateCallback
    ) -> Callable[[], None]:
        """Hear that a door's state changed (None: the system's), or availability."""
        return self._states.add((door_id,), callback)

    def on_forget(self, callback: ForgetCallback) -> Callable[[], None]:
        """Hear who is to be shown no more."""
        return self._forgotten.add((None,), callback)

    def event(self, stored: StoredEvent, context: Context) -> None:
        """Deliver a live event."""
        self._events.send((stored.event.door_id, stored.event.kind), stored, context)

    def latest(self, stored: StoredEvent, context: Context | None) -> None:
        """Deliver what may be the newest event at its door."""
        if stored.event.door_id is not None:
            self._latest.send(stored.event.door_id, stored, context)

    def state(self, door_id: str | None) -> None:
        """Tell that a door's state changed."""
        self._states.send(door_id)

    def availability(self) -> None:
        """Tell everybody that the system was lost or is back."""
        self._states.send_all()

    def forget(self, people: Iterable[Person]) -> None:
        """Tell everybody who is to be shown no more."""
        self._forgotten.send_all(people)
        self._states.send_all()
