"""The subscribers of the stream, whatever protocol they speak."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.common import Json
from tests.simulators.common_faults import PushFaults

from .frames import TOPICS
from .modes import Modes
from .tokens import Tokens

type Frame = tuple[str, Json]

_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "none": (),
    "null": (None,),
    "object": ({"message": "invalid token"},),
}


@dataclass(slots=True, eq=False)
class Subscriber:
    """A connected client.

    Args:
        token: The system token it showed last.
        emit: Puts an event with its arguments on its way.
        cut: Cuts the connection without a word.
        stall: Lets the connection die while it stays open.
        topics: What it asked for.
        withheld: The events for which it got `invalidToken` so far.
        stalled: The connection is dead.
    """

    token: str
    emit: Callable[[str, tuple[Any, ...]], None]
    cut: Callable[[], None]
    stall: Callable[[], None]
    topics: set[str] = field(default_factory=set)
    withheld: list[Frame] = field(default_factory=list)
    stalled: bool = False


class Stream:
    """All clients of the stream."""

    def __init__(self, modes: Modes, tokens: Tokens, system_id: str) -> None:
        """Start without clients."""
        self.modes = modes
        self.tokens = tokens
        self.system_id = system_id
        self.subscribers: set[Subscriber] = set()
        self.faults = PushFaults[Frame](self._deliver)
        self.connects = 0
        self.refused = 0
        self.subscriptions: list[list[str]] = []
        self.invalid = 0
        self.renewals = 0

    # Clients.

    def refusal(self, query: dict[str, str]) -> str | None:
        """Return why a connect is refused by Socket.IO, None if it is not."""
        if self.modes.refuse_connect:
            reason: str | None = self.modes.refuse_connect
        elif self.modes.bad_token == "accept" or self.known(query):
            reason = None
        else:
            reason = "unauthorized"
        self.refused += reason is not None
        return reason

    def known(self, query: dict[str, str]) -> bool:
        """Tell whether a query has the system's id and a token that lives."""
        return query.get("systemId") == self.system_id and self.tokens.valid(
            "system", query.get("token", "")
        )

    def add(self, subscriber: Subscriber) -> None:
        """Let a client take part, so far without topics."""
        self.connects += 1
        self.subscribers.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Forget a client and what was withheld from it."""
        self.subscribers.discard(subscriber)

    def received(self, subscriber: Subscriber, event: str, data: object) -> None:
        """Take an event from a client; what makes no sense is ignored."""
        if subscriber.stalled or not isinstance(data, dict):
            return
        if event == "subscribeIsolated" and isinstance(data.get("topics"), list):
            topics = [item for item in data["topics"] if item in TOPICS]
            self.subscriptions.append(topics)
            subscriber.topics.update(topics)
        elif event == "renewedToken":
            self._renew(subscriber, str(data.get("token", "")))

    def _renew(self, subscriber: Subscriber, token: str) -> None:
        """Take a new token, and send at once what was withheld."""
        subscriber.token = token
        if not self.tokens.valid("system", token):
            self._send_invalid(subscriber)
            return
        self.renewals += 1
        withheld, subscriber.withheld = subscriber.withheld, []
        for event, payload in withheld:
            subscriber.emit(event, (payload,))

    # Events.

    def push(self, event: str, payload: Json) -> int:
        """Send an event to its subscribers; return how many there are."""
        self.faults.push((event, payload))
        return sum(
            event in item.topics and not item.stalled for item in self.subscribers
        )

    def push_raw(self, event: str, arguments: list[Any]) -> None:
        """Send any event to all, whatever they asked for and whatever is planned."""
        for subscriber in self.subscribers:
            if not subscriber.stalled:
                subscriber.emit(event, tuple(arguments))

    def drop(self) -> int:
        """Cut all connections; return how many there were."""
        self.faults.forget()
        for subscriber in list(self.subscribers):
            subscriber.cut()
        return len(self.subscribers)

    def stall(self) -> int:
        """Let all connections die while they stay open; return how many."""
        for subscriber in self.subscribers:
            subscriber.stalled = True
            subscriber.stall()
        return len(self.subscribers)

    def counts(self) -> Json:
        """Return what happened on the stream so far."""
        return {
            "clients": len(self.subscribers),
            "connects": self.connects,
            "refused": self.refused,
            "subscriptions": self.subscriptions,
            "invalid_tokens": self.invalid,
            "renewals": self.renewals,
            "withheld": sum(len(item.withheld) for item in self.subscribers),
            "pushed": self.faults.pushed,
            "lost": self.faults.lost,
        }

    def _deliver(self, frame: Frame) -> None:
        """Put an event on its way to its subscribers."""
        event, payload = frame
        for subscriber in self.subscribers:
            if event not in subscriber.topics or subscriber.stalled:
                continue
            if self.tokens.valid("system", subscriber.token):
                subscriber.emit(event, (payload,))
            else:
                subscriber.withheld.append(frame)
                self._send_invalid(subscriber)

    def _send_invalid(self, subscriber: Subscriber) -> None:
        """Tell a client that its token is over."""
        self.invalid += 1
        argument = _ARGUMENTS[self.modes.invalid_token_argument]
        subscriber.emit("invalidToken", argument)
