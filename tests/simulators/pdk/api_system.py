"""The systems host: system, cloud nodes, connections, devices and their commands."""

from aiohttp import web

from tests.simulators.common import Json

from .api import Api, ApiError, answer, body_of, done, only
from .frames import connection_of
from .site import CloudNode, Device, iso

_MAX_DWELL = 5400


class SystemApi:
    """What there is, and what can be done with doors."""

    def __init__(self, api: Api) -> None:
        """Serve a simulator."""
        self.sim = api.sim
        self._api = api

    def routes(self, app: web.Application) -> None:
        """Add the routes."""
        handler, add = self._api.systems, app.router
        for path in ("/{system}", "/{system}/"):
            add.add_get(path, handler(self._system))
        base = "/{system}/cloud-nodes"
        add.add_get(base, handler(self._nodes))
        add.add_get(f"{base}/{{node}}", handler(self._node))
        add.add_get(f"{base}/{{node}}/devices", handler(self._devices))
        one = f"{base}/{{node}}/devices/{{device}}"
        add.add_get(one, handler(self._device))
        for command in ("try-open", "open", "close", "virtual-read"):
            add.add_post(f"{one}/{command}", handler(self._command))
        add.add_get("/{system}/connections", handler(self._connections))
        add.add_get("/{system}/devices", handler(self._devices))

    async def _system(self, _: web.Request) -> web.Response:
        """Return the system."""
        site = self.sim.site
        return answer(
            {
                "id": site.system_id,
                "name": "Test System",
                "organizationId": site.organization_id,
            }
        )

    async def _nodes(self, request: web.Request) -> web.Response:
        """Return the cloud nodes."""
        return self._api.page(request, [node_of(node) for node in self.sim.site.nodes])

    async def _node(self, request: web.Request) -> web.Response:
        """Return one cloud node."""
        return answer(node_of(self._node_of(request)))

    async def _connections(self, request: web.Request) -> web.Response:
        """Return the controllers."""
        rows = [connection_of(item) for item in self.sim.site.connections]
        return self._api.page(request, rows)

    async def _devices(self, request: web.Request) -> web.Response:
        """Return the devices, of all cloud nodes or of one."""
        node = self._node_of(request) if "node" in request.match_info else None
        rows = [
            self._row(item)
            for item in self.sim.site.devices
            if node is None or item.node is node
        ]
        return self._api.page(request, rows)

    async def _device(self, request: web.Request) -> web.Response:
        """Return one device."""
        return answer(self._row(self._device_of(request)))

    async def _command(self, request: web.Request) -> web.Response:
        """Carry out a command for a door; there is nothing to return."""
        what = request.path.rpartition("/")[2]
        device = self._device_of(request)
        body = await body_of(request, empty=True)
        known = {"try-open": ("dwell",), "virtual-read": ("holderId",)}.get(what, ())
        only(body, known, strict=self.sim.modes.strict_fields)
        dwell, holder = body.get("dwell"), body.get("holderId", "")
        if dwell is not None and (
            not isinstance(dwell, int)
            or isinstance(dwell, bool)
            or not 1 <= dwell <= _MAX_DWELL
        ):
            raise ApiError(400, f'"dwell" must be a number from 1 to {_MAX_DWELL}')
        if what == "virtual-read" and all(
            item.id != holder for item in self.sim.site.holders
        ):
            raise ApiError(404 if holder else 400, "holder not found")
        if not device.node.connected:
            raise ApiError(self.sim.modes.offline_status, "cloud node is not connected")
        self.sim.command(what, device, dwell, holder)
        return done()

    def _node_of(self, request: web.Request) -> CloudNode:
        """Return the cloud node of a path. Raises ApiError 404."""
        for node in self.sim.site.nodes:
            if node.id == request.match_info["node"]:
                return node
        raise ApiError(404, "cloud node not found")

    def _device_of(self, request: web.Request) -> Device:
        """Return the device of a path, at that cloud node. Raises ApiError 404."""
        node = self._node_of(request)
        for device in self.sim.site.devices:
            if device.id == request.match_info["device"] and device.node is node:
                return device
        raise ApiError(404, "device not found")

    def _row(self, device: Device) -> Json:
        """Return a device as the API gives it: settings, no state."""
        connection = device.connection
        whole = connection_of(connection)
        return {
            "id": device.id,
            "name": device.name,
            "connection": connection.id
            if self.sim.modes.device_connection == "id"
            else whole,
            "port": device.port,
            "type": device.kind,
            "publicIcon": device.icon,
            "delay": device.delay,
            "dwell": device.dwell,
            "dps": device.dps,
            "rex": device.rex,
            "propAlarm": device.prop_alarm,
            "propDelay": device.prop_delay,
            "forcedAlarm": device.forced_alarm,
            "readerType": "wiegand",
            "serialNumber": f"{device.node.serial}-{device.port}",
            "firmwareVersion": "1.24.3",
            "partition": [],
        }


def node_of(node: CloudNode) -> Json:
    """Return a cloud node as the API gives it."""
    return {
        "id": node.id,
        "name": node.name,
        "serialNumber": node.serial,
        "timezone": node.timezone,
        "locale": "en",
        "offlinePolicy": 2,
        "killTimer": 300,
        "ecards": [],
        "cardFormat": [],
        "syncStatus": {"synced": node.synced, "details": {}},
        "connectionStatus": {
            "connected": node.connected,
            "details": {"timestamp": iso(node.changed_ms)},
        },
        "created": node.created,
    }
