"""What people do at the panel."""

import asyncio
from typing import Any

from .keys import OTHER_KEYS, SEED_KEYS
from .log import Happening
from .site import FACES, LOCKS, Identifier
from .world import World

type Json = dict[str, Any]

# The log's word differs from the API's for one type.
_LOG_TYPES = {"inputCode": "input_code"}


class Happenings(World):
    """The commands that make something happen."""

    async def use(
        self, person: int | str = "Jane Doe", kind: str = "", at_ms: int | None = None
    ) -> Happening:
        """Let somebody use an identifier: granted while it is valid.

        Args:
            person: The identifier's uid, owner or number.
            kind: Its type, where its owner has several.
            at_ms: When; None is now.
        """
        item = self.site.find(person, kind)
        model = self._model(item)
        if not self._valid(item):
            return self.emit(
                "use", "access_denied_by_not_valid_identifier", model, at_ms=at_ms
            )
        if item.passes_left > 0:
            item.passes_left -= 1
        if at_ms is None:
            self.open_lock(LOCKS[item.lock], "identifier")
        text = (
            f"Valid identifier {item.number} was used, owner {item.owner},"
            f" lock {LOCKS[item.lock]} was opened"
        )
        return self.emit(
            "use", "access_granted_by_valid_identifier", model, at_ms=at_ms, text=text
        )

    def _model(self, item: Identifier) -> Json:
        """Return what the log says of an identifier."""
        return {
            "number": item.number,
            "type": _LOG_TYPES.get(item.type, item.type),
            "owner": item.owner,
            "apartment_address": item.apartment,
            "lock": LOCKS[item.lock],
        }

    def _valid(self, item: Identifier) -> bool:
        """Tell whether an identifier opens now; its times are in seconds."""
        span = item.valid.get("time", {})
        if not span.get("is_permanent", True):
            now = self.clock.time()
            if not span.get("from", 0) <= now <= span.get("to", 2**40):
                return False
        return item.passes_left != 0

    async def deny(
        self, person: int | str = "John Roe", at_ms: int | None = None
    ) -> Happening:
        """Let somebody use an identifier that is not valid now."""
        model = self._model(self.site.find(person))
        return self.emit(
            "use", "access_denied_by_not_valid_identifier", model, at_ms=at_ms
        )

    async def unknown(self, kind: str = "card", number: str = "9999999") -> Happening:
        """Let somebody use a card, QR code, plate or PIN that nobody has."""
        key, model = {
            "card": ("access_denied_by_unknown_card", {"card": number}),
            "qr": ("access_denied_by_unknown_qr", {"qr": number}),
            "input_code": ("access_denied_by_not_valid_input_code", {"code": number}),
        }.get(
            kind,
            (
                "access_denied_unknown_identifier",
                {"identifier_number": number, "identifier_type": kind},
            ),
        )
        return self.emit("unknown", key, model)

    async def face(self, index: int = 0, granted: bool = True) -> Happening:
        """Let a face be recognised."""
        owner, number = FACES[index]
        model: Json = {
            "number": number,
            "type": "face_id",
            "owner": owner,
            "apartment_address": "",
            "lock": 1,
        }
        if not granted:
            return self.emit(
                "face", "access_denied_by_not_valid_face_identifier", model
            )
        self.open_lock(1, "face")
        return self.emit(
            "face", "access_granted_by_valid_face_identifier", model | {"link_id": None}
        )

    async def ring(self, number: str = "12", answered: bool = True) -> Happening:
        """Let somebody call an apartment."""
        key = "outgoing_call" if answered else "outgoing_call_missed"
        return self.emit("ring", key, {"number": number, "answered": answered})

    async def answer_and_open(self, host: str = "1012", lock: int = 1) -> Happening:
        """Let the apartment open the door during a call."""
        self.open_lock(lock, "call")
        return self.emit(
            "answer", "access_granted_by_call_host", {"host": host, "lock": lock}
        )

    async def press_exit(self, lock: int = 1) -> Happening | None:
        """Let somebody press the exit button, which can be switched off."""
        if not self.site.exit_button:
            return None
        self.open_lock(lock, "exit")
        return self.emit("exit", "lock_was_opened_by_exit_btn", {"lock": lock})

    async def open_door(self) -> Happening | None:
        """Open the door; after a while that is a row of its own."""
        door = self.site.door
        if door.is_open or not self.modes.door_sensor:
            return None
        door.is_open = True
        door.opened_at = opened_at = self.clock.time()
        made = self.emit("open_door", f"{self.modes.door_keys}_was_opened", {})
        self.later(self.modes.held_seconds, lambda: self._held(opened_at))
        return made

    def _held(self, opened_at: float) -> None:
        """Write that the door is open too long, if it still is."""
        door = self.site.door
        if door.is_open and door.opened_at == opened_at and not door.exceeded:
            door.exceeded = True
            seconds = round(self.modes.held_seconds)
            self.emit(
                "held", "door_was_not_closed_too_long", {"lock_opened_time": seconds}
            )

    async def close_door(self) -> Happening | None:
        """Close the door."""
        door = self.site.door
        if not door.is_open:
            return None
        door.is_open = door.exceeded = False
        return self.emit("close_door", f"{self.modes.door_keys}_was_closed", {})

    async def tamper(self) -> Happening:
        """Take the panel from the wall."""
        return self.emit("tamper", "tamper_event")

    async def reboot(self) -> Happening:
        """Restart the panel: all sessions end."""
        self.tokens.clear()
        return self.emit("reboot", "device_booted")

    # Rows as such.

    async def write(
        self,
        key: str,
        model: Json | None = None,
        at_ms: int | None = None,
        copies: int = 1,
        category: str = "",
        priority: str = "",
    ) -> list[Happening]:
        """Write rows of any key and shape; copies are equal in all they say."""
        moment = self.clock.ms() if at_ms is None else at_ms
        return [
            self.emit(
                "write",
                key,
                model,
                at_ms=moment,
                category=category,
                priority=priority,
            )
            for _ in range(copies)
        ]

    async def write_all(
        self, others: bool = False, step_ms: int = 1
    ) -> list[Happening]:
        """Write a row of every key of the seed, or of all other keys.

        Args:
            others: Keys of other versions, and unknown ones, in place of the seed's.
            step_ms: The time between two rows.
        """
        keys = OTHER_KEYS if others else SEED_KEYS
        start = self.clock.ms() - len(keys) * step_ms
        return [
            self.emit("write", key, at_ms=start + index * step_ms)
            for index, key in enumerate(keys)
        ]

    async def burst(self, n: int = 100, rate: float = 0.0) -> list[Happening]:
        """Let `n` people use their identifiers, `rate` a second (0: at once).

        At once, many rows have the same millisecond and some are equal. Each
        ninth is denied.
        """
        items = list(self.site.identifiers.values())[:6]
        made = []
        for index in range(n):
            if rate > 0:
                await asyncio.sleep(1 / rate)
            elif index % 500 == 499:
                await asyncio.sleep(0)
            verdict = "denied_by_not" if index % 9 == 8 else "granted_by"
            model = self._model(items[index % len(items)])
            made.append(self.emit("use", f"access_{verdict}_valid_identifier", model))
        return made

    async def start_burst(self, n: int = 100, rate: float = 50.0) -> dict[str, int]:
        """Start a burst and return at once; `history` with `after` tells it."""
        after = len(self.truth)
        self.spawn(self.burst(n, rate))
        return {"after": after}
