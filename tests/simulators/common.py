"""The frame of all simulators: life cycle, clock, control server, HTTP listener."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import contextlib
import dataclasses
from datetime import UTC, datetime
import inspect
import logging
from pathlib import Path
import ssl
import time
from typing import Any, ClassVar, Self, override

from aiohttp import web

from .common_faults import HttpFault, HttpFaults, as_json
from .common_tls import Certificate, server_context

_LOGGER = logging.getLogger(__name__)

HOST = "127.0.0.1"

type Command = Callable[..., Awaitable[object]]
type Json = dict[str, Any]


class SimClock:
    """The simulator's own clock, which can be wrong."""

    def __init__(self) -> None:
        """Start right."""
        self.offset = 0.0

    def time(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() + self.offset

    def ms(self) -> int:
        """Return the milliseconds since the epoch."""
        return int(self.time() * 1000)

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)


class HttpListener:
    """An aiohttp server that can stop and come back on the same port."""

    def __init__(self, build: Callable[[], web.Application], port: int = 0) -> None:
        """Serve what `build` makes; port 0 takes a free one at the first start."""
        self._build = build
        self._runner: web.AppRunner | None = None
        self.port = port

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        """Listen, if it does not yet."""
        if self._runner is not None:
            return
        runner = web.AppRunner(self._build(), access_log=None, shutdown_timeout=0.05)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, self.port, ssl_context=context)
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self.port = runner.addresses[0][1]
        self._runner = runner

    async def stop(self) -> None:
        """Stop listening and cut all connections, if it listens."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()


class Simulator(ABC):
    """A vendor's system on loopback.

    Use it as `async with SomeSimulator() as sim:`, or call `start` and `stop`.
    """

    vendor: ClassVar[str]

    def __init__(
        self,
        *,
        port: int = 0,
        control_port: int = 0,
        doors: int | None = None,
        day: bool = False,
        speed: float = 1.0,
        seed: int = 1,
        history_days: int = 0,
        state: Path | None = None,
    ) -> None:
        """Set up the simulator.

        Args:
            port: The port to serve on; 0 takes a free one.
            control_port: The port for commands; 0 takes a free one.
            doors: How many doors there are; None is the vendor's own site.
            day: Play the scripted day over and over.
            speed: How many times faster than written the day is played.
            seed: What all invented data depends on.
            history_days: How many days of history there are at the start.
            state: The folder where the certificate and all data outlive the
                process; None keeps nothing.
        """
        self.doors_wanted = doors
        self.play = day
        self.speed = speed
        self.seed = seed
        self.history_days = history_days
        self.state = state
        self.clock = SimClock()
        self.faults = HttpFaults()
        self.certificate = Certificate(b"", b"")
        self.paused = True
        self._wanted_port = port
        self._control = HttpListener(self._control_app, control_port)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._day: asyncio.Task[Any] | None = None

    # What a vendor provides.

    @property
    @abstractmethod
    def port(self) -> int:
        """Return the port it serves on."""

    @abstractmethod
    async def open(self) -> None:
        """Start to serve, on the same port as before."""

    @abstractmethod
    async def close(self) -> None:
        """Stop serving and cut all connections; the data stay."""

    @abstractmethod
    def config(self) -> Json:
        """Return the fields of the config flow that reach this simulator."""

    @abstractmethod
    async def day(self) -> None:
        """Play one scripted day; wait with `self.wait`."""

    async def prepare(self) -> None:  # noqa: B027 - a vendor may have nothing to do
        """Make or load the data, before the first `open`."""

    async def save(self) -> None:  # noqa: B027 - a vendor may have nothing to keep
        """Write the data to the `state` folder, if there is one."""

    def hints(self) -> list[str]:
        """Return lines for people about how to reach it."""
        return []

    def commands(self) -> dict[str, Command]:
        """Return the commands of the control server by name."""
        return {
            "info": self.info,
            "pause": self.pause,
            "resume": self.resume,
            "turn_clock": self.turn_clock,
            "change_certificate": self.change_certificate,
            "fault": self.fault,
            "clear_faults": self.clear_faults,
            "requests": self.requests,
            "clear_requests": self.clear_requests,
            "play_day": self.play_day,
            "stop_day": self.stop_day,
            "save": self.save,
        }

    # Life.

    @property
    def control(self) -> str:
        """Return the address of the control server."""
        return f"http://{HOST}:{self._control.port}"

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate now in use."""
        return self.certificate.fingerprint

    async def start(self) -> None:
        """Make the data, serve, and play the day if so wanted."""
        self.certificate = await asyncio.to_thread(
            Certificate.load_or_create, self.state, f"{self.vendor} simulator"
        )
        await self.prepare()
        await self.resume()
        await self._control.start()
        if self.play:
            await self.play_day()

    async def stop(self) -> None:
        """End everything it started."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.pause()
        await self._control.stop()
        await self.save()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Run `work` in the background until it or the simulator ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def later(
        self, seconds: float, work: Callable[[], object]
    ) -> asyncio.Task[object] | None:
        """Call `work` after some seconds; at once if they are 0."""
        if seconds <= 0:
            work()
            return None

        async def wait_and_work() -> None:
            await asyncio.sleep(seconds)
            work()

        return self.spawn(wait_and_work())

    async def wait(self, seconds: float) -> None:
        """Wait within the scripted day, at its speed."""
        await asyncio.sleep(seconds / self.speed)

    def _ended(self, task: asyncio.Task[object]) -> None:
        """Forget a task; tell if it failed."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("Background work of the simulator failed", exc_info=error)

    # Commands.

    async def info(self) -> Json:
        """Return how to reach it, for tests and demos."""
        return {
            "vendor": self.vendor,
            "host": HOST,
            "port": self.port,
            "control": self.control,
            "fingerprint": self.fingerprint,
            "config": self.config(),
        }

    async def pause(self) -> None:
        """Be unplugged: stop serving; what happens meanwhile is kept."""
        if not self.paused:
            self.paused = True
            await self.close()

    async def resume(self) -> None:
        """Be plugged in again."""
        if self.paused:
            await self.open()
            self.paused = False

    async def turn_clock(self, seconds: float = 0.0) -> Json:
        """Set the clock wrong by that many seconds (0 sets it right)."""
        self.clock.offset = float(seconds)
        return {"now": self.clock.now().isoformat()}

    async def change_certificate(self) -> Json:
        """Serve with a new certificate on the same port."""
        self.certificate = await asyncio.to_thread(
            Certificate.create, f"{self.vendor} simulator"
        )
        if self.state is not None:
            await asyncio.to_thread(self.certificate.save, self.state)
        if not self.paused:
            await self.pause()
            await self.resume()
        return {"fingerprint": self.fingerprint}

    async def fault(self, **rule: Any) -> Json:
        """Plan a misbehaviour; the fields are those of `HttpFault`."""
        self.faults.add(HttpFault(**rule))
        return {"rules": len(self.faults.rules)}

    async def clear_faults(self) -> None:
        """Behave again."""
        self.faults.clear()

    async def requests(self, recent: int = 0) -> Json:
        """Return how often each method and path was asked, and the last few."""
        answer: Json = {"counts": dict(self.faults.counts)}
        if recent:
            answer["recent"] = list(self.faults.recent)[-recent:]
        return answer

    async def clear_requests(self) -> None:
        """Start counting requests anew."""
        self.faults.forget_requests()

    async def play_day(self, speed: float | None = None, loop: bool = True) -> None:
        """Play the scripted day, over and over unless `loop` is false."""
        await self.stop_day()
        if speed is not None:
            self.speed = float(speed)

        async def play() -> None:
            await self.day()
            while loop:
                await self.day()

        self._day = self.spawn(play())

    async def stop_day(self) -> None:
        """Stop playing the scripted day."""
        if self._day is not None:
            self._day.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._day
            self._day = None

    # The control server.

    def _control_app(self) -> web.Application:
        """Return the application of the control server."""
        app = web.Application()
        app.router.add_get("/", self._list_commands)
        app.router.add_post("/{command}", self._run_command)
        return app

    async def _list_commands(self, _: web.Request) -> web.Response:
        """List the commands with their first line of help."""
        return web.json_response(
            {
                name: (inspect.getdoc(command) or "").partition("\n")[0]
                for name, command in self.commands().items()
            }
        )

    async def _run_command(self, request: web.Request) -> web.Response:
        """Run one command; its arguments are the JSON object in the body."""
        name = request.match_info["command"]
        if (command := self.commands().get(name)) is None:
            return web.json_response({"error": f"no command {name}"}, status=404)
        try:
            arguments = await request.json() if await request.read() else {}
            result = await command(**arguments)
        except (TypeError, ValueError, LookupError) as error:
            return web.json_response({"error": repr(error)}, status=400)
        return web.json_response(text=as_json(plain(result)))


class HttpSimulator(Simulator):
    """A simulator that is one HTTP server."""

    tls: ClassVar[bool] = True

    def __init__(self, **options: Any) -> None:
        """Set up the simulator; the options are those of `Simulator`."""
        super().__init__(**options)
        self._listener = HttpListener(self._app, self._wanted_port)

    @abstractmethod
    def routes(self, app: web.Application) -> None:
        """Add the vendor's routes and middlewares to a new application."""

    @property
    @override
    def port(self) -> int:
        return self._listener.port

    @override
    async def open(self) -> None:
        context = await server_context(self.certificate) if self.tls else None
        await self._listener.start(context)

    @override
    async def close(self) -> None:
        await self._listener.stop()

    def _app(self) -> web.Application:
        """Return a new application with the fault plan before all else."""
        app = web.Application(
            middlewares=[self.faults.middleware], client_max_size=32 * 2**20
        )
        self.routes(app)
        return app


def plain(value: object) -> Any:
    """Return what `json` can write: dataclasses as objects, times as ISO text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value
