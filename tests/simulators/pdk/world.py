"""What every happening of the PDK simulator is made of."""

from abc import abstractmethod
from pathlib import Path
import pickle
import random
import time
from typing import Any, Literal, override

from aiohttp import web

from tests.simulators.common import HttpListener, Simulator
from tests.simulators.common_tls import server_context

from .frames import LIVE, SYNC_TOPICS, Frames
from .log import CARD_READ, KINDS, Happening, ReportStore, report_row
from .modes import Modes
from .site import CloudNode, Credential, Device, Holder, build_site
from .socket_front import SocketFront
from .stream import Stream
from .tokens import Tokens

type DeviceLike = Device | str | int
type HolderLike = Holder | str | int
type NodeLike = CloudNode | Device | str | int

# What outlives the process.
KEPT = ("site", "reports", "truth", "openings")

# topic -> what is so at the device from then on
_STATES: dict[str, tuple[str, bool]] = {
    "device.input.dps.opened": ("is_open", True),
    "device.input.dps.closed": ("is_open", False),
    "device.input.relay.on": ("relay_on", True),
    "device.input.relay.off": ("relay_on", False),
    "device.input.rex.on": ("rex_on", True),
    "device.input.rex.off": ("rex_on", False),
    "device.alarm.forced": ("forced", True),
    "device.alarm.forced.cleared": ("forced", False),
    "device.alarm.propped.on": ("propped", True),
    "device.alarm.propped.off": ("propped", False),
    "device.autoopen.on": ("auto_open", True),
    "device.autoopen.off": ("auto_open", False),
    "device.forceopen.on": ("force_open", True),
    "device.forceopen.off": ("force_open", False),
    "device.forceclose.on": ("force_close", True),
    "device.forceclose.off": ("force_close", False),
}


class World(Simulator):
    """The system, its stream and its reports; `emit` joins them."""

    vendor = "pdk"

    def __init__(self, *, accounts_port: int = 0, **options: Any) -> None:
        """Set up the cloud; the options are those of `Simulator`.

        The accounts host has the port after `port`, if only that one is given.
        """
        super().__init__(**options)
        self.modes = Modes()
        self.tokens = Tokens()
        self.site = build_site(self.doors_wanted, self.seed, self.clock.ms())
        self.reports = ReportStore()
        self.truth: list[Happening] = []
        self.openings: list[dict[str, Any]] = []
        self.random = random.Random(self.seed)
        self.stream = Stream(self.modes, self.tokens, self.site.system_id)
        self.frames = Frames(self.site, self.modes)
        self._last_ms = 0
        self._socket: SocketFront | None = None
        port = self._wanted_port
        self._systems = HttpListener(self._systems_app, port)
        self._accounts = HttpListener(
            self._accounts_app, accounts_port or (port + 1 if port else 0)
        )

    # State that outlives the process.

    @override
    async def prepare(self) -> None:
        if self.state is not None and (file := self._state_file).exists():
            kept = pickle.loads(file.read_bytes())  # noqa: S301 - its own file
            for name, value in zip(KEPT, kept, strict=True):
                setattr(self, name, value)
            self.frames = Frames(self.site, self.modes)
            self.stream.system_id = self.site.system_id
            # The timers that would have ended them did not outlive the process.
            for device in self.site.devices:
                device.unlocked_until = 0.0
                device.rex_on = False
                device.relay_on = device.force_open or device.auto_open

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
        return self.state / "pdk.pickle"

    # The two servers.

    @property
    @override
    def port(self) -> int:
        return self._systems.port

    @property
    def accounts_port(self) -> int:
        """Return the port of the accounts host."""
        return self._accounts.port

    @override
    async def open(self) -> None:
        context = await server_context(self.certificate) if self.modes.tls else None
        await self._systems.start(context)
        await self._accounts.start(context)

    @override
    async def close(self) -> None:
        self.stream.drop()
        if self._socket is not None:
            await self._socket.stop()
        await self._systems.stop()
        await self._accounts.stop()

    @abstractmethod
    def accounts_routes(self, app: web.Application) -> None:
        """Add the routes of the accounts host."""

    @abstractmethod
    def systems_routes(self, app: web.Application) -> None:
        """Add the routes of the systems host, but for the stream."""

    def _accounts_app(self) -> web.Application:
        """Return a new application of the accounts host."""
        app = web.Application(middlewares=[self.faults.middleware])
        self.accounts_routes(app)
        return app

    def _systems_app(self) -> web.Application:
        """Return a new application of the systems host."""
        app = web.Application(middlewares=[self.faults.middleware])
        self._socket = SocketFront(self.stream)
        for path in ("/socket.io/", "/socket.io"):
            app.router.add_route("*", path, self._socket.handle)
        self.systems_routes(app)
        return app

    def new_system_token(self, seconds: float | None = None) -> str:
        """Return a new system token, which lives as long as the modes say."""
        modes = self.modes
        life = modes.system_token_seconds if seconds is None else seconds
        now = self.clock.time()
        claims = {
            "sub": self.site.client_id,
            "systemId": self.site.system_id,
            "iat": int(now),
            "exp": int(now + life),
        }
        jwt = claims if modes.token_shape == "jwt" else None
        return self.tokens.issue("system", life, jwt)

    # Happenings.

    def emit(
        self,
        name: str,
        topic: str,
        device: DeviceLike | None = None,
        holder: HolderLike | None = None,
        *,
        node: NodeLike | None = None,
        at_ms: int | None = None,
        push: bool = True,
        shown: Literal["all", "specific", "live"] = "all",
        credential: Credential | None = None,
        factor: str | None = None,
        report_event: str = "",
    ) -> Happening:
        """Let one thing happen: in the stream, in the reports and in truth.

        Args:
            name: What was done.
            topic: The vendor's word.
            device: Where, if it is a door's.
            holder: Who, if the system knows.
            node: The cloud node, if it is no door's.
            at_ms: When; None is now.
            push: Whether the stream shows it.
            shown: Whether the stream shows it and its `liveEvent`, or only one.
            credential: What was presented.
            factor: How, such as `CARD_ONLY`.
            report_event: The `event` of its report row, if it is not the topic.
        """
        where = None if device is None else self.site.device(device)
        who = None if holder is None else self.site.holder(holder)
        at = self.site.node(where or (0 if node is None else node))
        if where is not None and (state := _STATES.get(topic)) is not None:
            setattr(where, *state)
        if topic in SYNC_TOPICS:
            at.synced = topic == "sync.synced"
        request = topic.startswith("device.request.")
        granted = topic in ("device.request.allowed", "device.request.multiallowed")
        happening = Happening(
            number=len(self.truth),
            name=name,
            topic=topic,
            kind=KINDS.get(topic, "other"),
            at_ms=self._stamp(at_ms),
            event_id=self.site.uuid(f"event {len(self.truth)}"),
            node_id=at.id,
            device_id=where.id if where else None,
            device_name=where.name if where else None,
            holder_id=who.id if who else None,
            holder_name=who.name if who else None,
            credential_id=credential.id if credential and who else None,
            factor=factor,
            facility=credential.facility if credential else None,
            card=credential.number if credential else None,
            granted=granted if request else None,
            report_event=report_event or (CARD_READ if request else topic),
        )
        self.truth.append(happening)
        frames = self.frames.of(happening, at, where, who) if push else []
        if shown != "all":
            frames = [item for item in frames if (item[0] == LIVE) == (shown == "live")]
        happening.frames = frames
        happening.row = report_row(happening, self.modes)
        if at.connected or topic.startswith("cloudnode."):
            self._publish(happening)
        else:
            at.waiting.append(happening)
        return happening

    def _publish(self, happening: Happening, *, late: bool = False) -> None:
        """Let the cloud know what happened."""
        if happening.row is not None:
            findable_at = time.monotonic() + self.modes.report_delay
            self.reports.add(happening.row, findable_at)
        if late and not self.modes.late_frames:
            happening.frames = []
        for event, payload in happening.frames:
            clients = self.stream.push(event, payload)
            happening.clients = max(happening.clients, clients)

    def publish_waiting(self, node: CloudNode) -> int:
        """Let the cloud know what happened while a cloud node was off line."""
        waiting, node.waiting = node.waiting, []
        for happening in waiting:
            self._publish(happening, late=True)
        return len(waiting)

    def _stamp(self, at_ms: int | None) -> int:
        """Return the time of a happening: no two have the same, if not so wished."""
        if at_ms is not None:
            return int(at_ms)
        now = self.clock.ms()
        # After the clock was turned back, its time counts again.
        moment = max(now, self._last_ms + 1) if self._last_ms - now < 60_000 else now
        self._last_ms = moment
        return moment
