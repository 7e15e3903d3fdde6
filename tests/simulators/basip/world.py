"""What every happening of the BAS-IP simulator is made of."""

import base64
import copy
import hashlib
import io
from pathlib import Path
import pickle
import random
import time
from typing import Any, override

from PIL import Image, ImageDraw

from tests.simulators.common import HttpSimulator, Json
from tests.simulators.common_tls import server_context

from .keys import ALL_KEYS
from .log import Happening, LogStore, Row
from .modes import Modes
from .site import Account, build_site

# What outlives the process.
KEPT = ("site", "log", "truth")


class World(HttpSimulator):
    """The panel, its log and its sessions; `emit` joins them."""

    vendor = "basip"

    def __init__(self, **options: Any) -> None:
        """Set up the panel; the options are those of `Simulator`, doors are locks."""
        super().__init__(**options)
        self.modes = Modes()
        self.site = build_site(self.doors_wanted, self.seed)
        self.log = LogStore()
        self.truth: list[Happening] = []
        self.random = random.Random(self.seed)
        self.tokens: dict[str, tuple[Account, float]] = {}
        self.refused_logins = 0
        self.banned_until = 0.0
        self.logins = 0

    # State that outlives the process.

    @override
    async def prepare(self) -> None:
        if self.state is not None and (file := self._state_file).exists():
            kept = pickle.loads(file.read_bytes())  # noqa: S301 - its own file
            for name, value in zip(KEPT, kept, strict=True):
                setattr(self, name, value)

    @override
    async def save(self) -> None:
        if self.state is not None:
            self.state.mkdir(parents=True, exist_ok=True)
            kept = [getattr(self, name) for name in KEPT]
            self._state_file.write_bytes(pickle.dumps(kept))

    @property
    def _state_file(self) -> Path:
        """Return where the data outlive the process."""
        assert self.state is not None
        return self.state / "basip.pickle"

    @override
    async def open(self) -> None:
        context = await server_context(self.certificate) if self.modes.tls else None
        await self._listener.start(context)

    # Rows.

    def emit(
        self,
        name: str,
        key: str,
        model: Json | None = None,
        *,
        at_ms: int | None = None,
        text: str = "",
        category: str = "",
        priority: str = "",
    ) -> Happening:
        """Write one row.

        Args:
            name: What was done.
            key: The vendor's key, which may be one that nobody knows.
            model: `info.model`; None takes the key's sample.
            at_ms: When; None is now. Rows can have the same time.
            text: The human text; empty takes the key's name.
            category: Other than the key has.
            priority: Other than the key has.
        """
        known = ALL_KEYS.get(key)
        if model is None:
            model = copy.deepcopy(known.model) if known else {}
        name_text = known.text if known else key.replace("_", " ").capitalize()
        row = Row(
            number=self.log.written,
            at_ms=self.clock.ms() if at_ms is None else int(at_ms),
            key=key,
            category=category or (known.category if known else "access"),
            priority=priority or (known.priority if known else "medium"),
            name_text=name_text,
            info_text=text or name_text,
            model=model,
        )
        happening = Happening(
            number=len(self.truth),
            name=name,
            kind=known.kind if known else "other",
            at_ms=row.at_ms,
            key=key,
            category=row.category,
            person_name=_person(model),
            lock=_lock(model),
        )
        self.truth.append(happening)
        self.log.add(row, self.modes.log_limit)
        self.written()
        return happening

    def written(self) -> None:
        """Note that there is a new row."""

    # Locks.

    def open_lock(self, number: int, via: str, seconds: float | None = None) -> None:
        """Open a lock, or all for 0, and count it."""
        self.site.openings.append(
            {"lock": number, "via": via, "at_ms": self.clock.ms()}
        )
        for lock in self.site.locks.values():
            if number in (0, lock.number):
                hold = lock.timeout if seconds is None else seconds
                lock.open_until = self.clock.time() + hold

    # Sessions.

    def new_token(self, account: Account) -> str:
        """Start a session and return its token."""
        self.logins += 1
        if self.modes.single_session:
            self.tokens.clear()
        digest = hashlib.sha256(f"{self.seed}:{self.logins}".encode()).digest()
        token = base64.urlsafe_b64encode(digest).decode()[:32]
        self.tokens[token] = (account, time.monotonic() + self.modes.token_seconds)
        return token

    # Pictures.

    def photo(self, kind: str) -> bytes:
        """Return what the camera sees now."""
        image = Image.new("RGB", (320, 180), (40, 60, 90))
        draw = ImageDraw.Draw(image)
        fill = (200, 170, 90) if self.site.door.is_open else (110, 80, 50)
        draw.rectangle((120, 40, 200, 180), fill=fill)
        draw.text((8, 6), self.clock.now().isoformat(), fill=(255, 255, 255))
        out = io.BytesIO()
        image.save(out, kind)
        return out.getvalue()


def _person(model: Json) -> str | None:
    """Return the name in a row's data, whatever its shape."""
    if owner := model.get("owner"):
        return str(owner)
    for name in ("used_identifiers_list", "users_list"):
        for item in model.get(name) or ():
            if user := item.get("user_name"):
                return str(user)
    user = model.get("info", {}).get("user", {}).get("name")
    return str(user) if user else None


def _lock(model: Json) -> int | None:
    """Return the lock in a row's data."""
    value = model.get("lock", model.get("lock_number"))
    return None if value is None else int(value)
