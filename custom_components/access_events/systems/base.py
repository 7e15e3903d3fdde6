"""The contract between a system's adapter and the Access Events integration."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Self, override

from ..models import (
    AccessEvent,
    Capability,
    Door,
    DoorMode,
    DoorState,
    Image,
    SystemInfo,
    SystemState,
    User,
    UserRequest,
    UserResult,
)
from .openings import Openings

_BATCH = 500

type Cursor = str
"""Where reading a system's history goes on; opaque to all but its adapter."""


type Detail = str | AccessSystemError | Sequence[AccessSystemError]
"""What fills a text in: as it is, or in words of its own."""


class AccessSystemError(Exception):
    """Something a system did, or failed to do.

    `key` names the words for it, which are translated (`exceptions.KEY.message`, and
    for a form `config.error.KEY` where it has some), `placeholders` fill them in.
    Neither ever holds a secret or a person's name. As text it is for the debug log.
    """

    key = "unknown"

    def __init__(self, key: str | None = None, /, **placeholders: Detail) -> None:
        """Keep the key, by default that of the class, and what fills its words in."""
        if key:
            self.key = key
        super().__init__(self.key)
        self.placeholders: Mapping[str, Detail] = placeholders

    @override
    def __str__(self) -> str:
        details = ", ".join(
            f"{name}: {detail if isinstance(detail, str | Exception) else _listed(detail)}"
            for name, detail in self.placeholders.items()
        )
        return f"{self.key} ({details})" if details else self.key


def _listed(errors: Sequence[AccessSystemError]) -> str:
    """Return several errors for the debug log."""
    return "; ".join(map(str, errors))


class AuthError(AccessSystemError):
    """The system refuses our credentials as such: ask the user for new ones."""

    key = "invalid_auth"


class ConnectError(AccessSystemError):
    """The system can't be reached, or talks nonsense: try again later."""

    key = "cannot_connect"


class CertificateChanged(ConnectError):
    """The system shows another certificate than the one that was pinned.

    Both fingerprints are SHA-256 of the DER certificate, in lower-case hex.
    """

    key = "certificate_changed"

    def __init__(self, expected: str, seen: str) -> None:
        """Keep both fingerprints."""
        super().__init__(expected=expected, seen=seen)
        self.expected = expected
        self.seen = seen


class RateLimited(ConnectError):
    """The system asks for a pause. `retry_after` is in seconds, None if not told."""

    key = "rate_limited"

    def __init__(
        self, key: str | None = None, /, *, retry_after: float | None = None
    ) -> None:
        """Keep how long to wait."""
        super().__init__(key)
        self.retry_after = retry_after


class PermissionMissing(AccessSystemError):
    """Our credentials are good, but lack a permission of the vendor's name."""

    key = "missing_permission"

    def __init__(self, permission: str) -> None:
        """Keep the vendor's name of the permission."""
        super().__init__(permission=permission)
        self.permission = permission


class NotSupported(AccessSystemError):
    """This system can't do that, now or ever; the words say what to do instead."""

    key = "not_supported"


class RequestRejected(AccessSystemError):
    """The system understood, and said no; the placeholder `reason` is its own text."""

    key = "rejected"

    @property
    def reason(self) -> str:
        """Return the system's own text, empty where there is none."""
        reason = self.placeholders.get("reason")
        return reason if isinstance(reason, str) else ""

    @classmethod
    def said(cls, text: str | None, code: str | int) -> Self:
        """Return a refusal with the system's own text, or else with its code."""
        if text:
            return cls(reason=text)
        return cls("rejected_with_code", code=str(code))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events, and the cursor behind them, to be committed together.

    `cursor` None leaves the stored one as it is. `live` counts only for what comes
    out of `live()`: an adapter sets it to False for what it can tell is late without
    looking at our clock.
    """

    events: Sequence[AccessEvent] = ()
    cursor: Cursor | None = None
    live: bool = True


@dataclass(frozen=True, slots=True)
class DoorUpdate:
    """A door's state, as a whole, after something changed."""

    door_id: str
    state: DoorState


@dataclass(frozen=True, slots=True)
class DoorList:
    """All doors there are: new ones appear, missing ones are gone for good."""

    doors: Sequence[Door]


@dataclass(frozen=True, slots=True)
class SystemUpdate:
    """The state of the system as a whole after something changed."""

    state: SystemState


@dataclass(frozen=True, slots=True)
class HistoryNeeded:
    """The stream has a hole: read history again before going on.

    `reason` is for the debug log.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something between two times is gone for good and can't be read any more."""

    start: datetime
    end: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A payload that could not be understood; it is counted and skipped.

    `payload` is already free of values: its keys and the types of what they hold.
    """

    where: str
    payload: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the user should mend while the rest works, or that is mended.

    `code` names a repair's translation, `key` tells several of one code apart. A
    placeholder `feature` names a translation of its own (`common.feature_…`).
    """

    code: str
    key: str
    active: bool = True
    placeholders: Mapping[str, str] = field(default_factory=dict)


type Signal = (
    Batch
    | DoorUpdate
    | DoorList
    | SystemUpdate
    | HistoryNeeded
    | Gap
    | Unreadable
    | Problem
)
"""What an adapter tells, while it reads history or is live."""


def between(
    events: Iterable[AccessEvent], start: datetime, end: datetime
) -> Iterator[Batch]:
    """Return those of some events that happened between two times, in batches."""
    wanted = (event for event in events if start <= event.occurred_at < end)
    for part in batched(wanted, _BATCH, strict=False):
        yield Batch(events=part, live=False)


class AccessSystem(ABC):
    """One system of one vendor, as its adapter presents it.

    The owner calls `resume` once, then `connect`, `prime`, `subscribe`, `doors`,
    `history` and `live` in that order, and starts over with `connect` after any error.
    `doors` may also be asked for before. Commands that open a door are never retried.

    Methods raise `AccessSystemError` and nothing else: any of them `AuthError`,
    `PermissionMissing` and `ConnectError` (after which nobody knows whether a command was
    carried out), what the system has no capability for `NotSupported`, and what it
    refuses `RequestRejected`. Times are aware; ids are those of `Door`, `User` and
    `AccessEvent`.
    """

    capabilities: Capability = Capability(0)
    user_fields: frozenset[str] = frozenset()
    """The fields of `UserRequest` that this system has a use for."""
    overlap_seconds: int = 0
    """How far before the newest event `prime` wants to know what is recorded."""

    async def resume(self, cursor: Cursor) -> None:  # noqa: B027
        """Take what an earlier run learned and kept in its cursor, before `connect`."""

    def adopt(self, openings: Openings) -> None:  # noqa: B027
        """Take where to keep which doors we must release, before `connect`.

        Called where the system has the capability `RELEASES`.
        """

    @abstractmethod
    async def connect(self) -> SystemInfo:
        """Check address, trust and credentials, and tell what the system is.

        The key of the error that it raises names the cause, for a form to show.
        """

    @abstractmethod
    async def doors(self) -> list[Door]:
        """Read all doors with their states."""

    async def system_state(self) -> SystemState:
        """Read the state of the system as a whole."""
        return SystemState()

    async def prime(self, recent: Sequence[AccessEvent]) -> None:  # noqa: B027
        """Take what is recorded of the last `overlap_seconds`, to recognise it again."""

    async def subscribe(self) -> None:  # noqa: B027
        """Open the stream and keep what it brings until `live` is read."""

    @abstractmethod
    async def start_cursor(self, import_days: int) -> Cursor:
        """Return the cursor that reads `import_days` days back; 0 is from now on."""

    @abstractmethod
    def history(self, cursor: Cursor) -> AsyncIterator[Signal]:
        """Read what happened since the cursor, oldest first, in bounded batches."""

    @abstractmethod
    def live(self, cursor: Cursor) -> AsyncIterator[Signal]:
        """Tell what happens from now on; ends only by an error or by being closed."""

    def pushed(self, payload: object) -> AsyncIterator[Signal]:
        """Tell what is in something that the system sent by itself, beside `live`."""
        raise NotSupported

    @abstractmethod
    async def close(self) -> None:
        """End the stream and free what was opened; may be called at any time."""

    async def forget_door(self, door_id: str) -> None:
        """List a door no more, until something new happens at it."""
        raise NotSupported

    async def open_door(self, door_id: str) -> None:
        """Open a door for as long as the system keeps it open at a time."""
        raise NotSupported

    async def hold_unlocked(self, door_id: str) -> None:
        """Unlock a door until it is released."""
        raise NotSupported

    async def release(self, door_id: str) -> None:
        """Return a door to normal: locked, and credentials work."""
        raise NotSupported

    async def set_mode(self, door_id: str, mode: DoorMode) -> None:
        """Set one of the door's `modes`."""
        raise NotSupported

    async def set_lock_rule(
        self, door_id: str, rule: str, interval: int | None
    ) -> None:
        """Set a temporary lock rule.

        `rule` is `keep_lock`, `keep_unlock`, `reset`, `lock_early`, or `custom` with an
        `interval` in minutes, which is None for all others.
        """
        raise NotSupported

    async def set_evacuation(self, active: bool) -> None:
        """Unlock all doors, or end it."""
        raise NotSupported

    async def set_lockdown(self, active: bool) -> None:
        """Lock all doors, or end it."""
        raise NotSupported

    async def set_exit_button(self, enabled: bool) -> None:
        """Let exit buttons open doors, or not."""
        raise NotSupported

    async def image(self, ref: str) -> Image:
        """Fetch the picture that an event's or a door state's `image_ref` names.

        Raises `RequestRejected` if the system does not hold it any more.
        """
        raise NotSupported

    async def clip(self, ref: str) -> Image:
        """Fetch the film that belongs to the picture of an event, by its `image_ref`.

        Raises `RequestRejected` if the system does not hold it any more.
        """
        raise NotSupported

    async def set_image_filter(
        self, door_ids: Sequence[str], events: Sequence[str]
    ) -> None:
        """Have the devices at some doors (none: all) take pictures of these only.

        `events` are kinds of events (`access_denied`), or the vendor's own codes.
        """
        raise NotSupported

    async def clear_log(self, door_ids: Sequence[str]) -> None:
        """Delete what the devices at some doors (none: all) have recorded."""
        raise NotSupported

    def export(
        self, start: datetime, end: datetime, time_zone: str
    ) -> AsyncIterator[bytes]:
        """Read the system's own log file between two aware times, in pieces of bytes.

        `time_zone` is the name of the one that the file's times are to be in.
        """
        raise NotSupported

    def reread(self, start: datetime, end: datetime) -> AsyncIterator[Signal]:
        """Read again what happened between two aware times, whatever was read before.

        `start` is included, `end` is not. The batches are bounded and have no cursor:
        reading goes on where it was. Their events have the keys that `history` gives.
        """
        raise NotSupported

    async def users(self) -> list[User]:
        """List the people in the system's register."""
        raise NotSupported

    async def register_user(self, request: UserRequest) -> UserResult:
        """Register a person; tells which fields were set, and which were not, and why.

        Raises `RequestRejected` with the placeholder `field` if nobody was registered.
        """
        raise NotSupported

    async def update_user(self, request: UserRequest) -> UserResult:
        """Change a person; `request.user_id` says whom, and what is None stays.

        Raises `RequestRejected` with the placeholder `field` if nothing was changed.
        """
        raise NotSupported

    async def remove_user(self, user_id: str) -> None:
        """Remove a person from the register."""
        raise NotSupported

    def diagnostics(self) -> dict[str, object]:
        """Return counters and protocol facts, free of secrets and people."""
        return {}
