"""The services that only a master gateway has: login and its gateways."""

from collections.abc import AsyncIterator, Callable
import hashlib
from typing import Any, NamedTuple

import grpc

from .api import Api
from .certs import Authority
from .happenings import Happenings
from .rpc import Fields, RpcError
from .stream import Channel

GATEWAY_ID = "gateway1"
OTHER_GATEWAY_ID = "gateway2"
ADMINISTRATOR = "administrator"


class Change(NamedTuple):
    """A change of a gateway's connection with the master."""

    gateway: str
    connected: bool


class LoginApi(Api):
    """The service gsdk.login.Login."""

    service = "gsdk.login.Login"

    def __init__(self, world: Happenings) -> None:
        """Serve without tokens."""
        super().__init__(world)
        self.tenants: dict[str, str] = {}
        self._tokens: dict[str, float] = {}
        self.logins = 0

    def issue(self, authority: Authority, tenant: str) -> tuple[str, str]:
        """Return a new tenant's certificate and key in PEM."""
        made = authority.client(tenant)
        pem = made.certificate_pem.decode()
        self.tenants[pem.strip()] = tenant
        return pem, made.key_pem.decode()

    def expire(self) -> int:
        """Let all tokens end now; return how many there were."""
        count = len(self._tokens)
        self._tokens.clear()
        return count

    def valid(self, token: object) -> bool:
        """Tell whether a token is one."""
        until = self._tokens.get(str(token))
        return until is not None and until > self.world.clock.time()

    async def login(self, request: Any) -> Fields:
        """Return a token for a tenant's certificate."""
        if self.tenants.get(request.tenantCert.strip(), ADMINISTRATOR) == ADMINISTRATOR:
            raise RpcError(
                grpc.StatusCode.UNAUTHENTICATED, "Invalid tenant certificate"
            )
        return self._token()

    async def login_admin(self, request: Any) -> Fields:
        """Return a token for the administrator's certificate."""
        name = self.tenants.get(request.adminTenantCert.strip())
        if name != ADMINISTRATOR or request.tenantID != ADMINISTRATOR:
            raise RpcError(
                grpc.StatusCode.UNAUTHENTICATED, "Invalid administrator certificate"
            )
        return self._token()

    async def logout(self, _: Any) -> None:
        """End all tokens."""
        self.expire()

    def _token(self) -> Fields:
        """Return a new token."""
        self.logins += 1
        seed = f"{self.world.seed} token {self.logins}".encode()
        token = f"eyJhbGciOiJIUzI1NiJ9.{hashlib.sha256(seed).hexdigest()}"
        lasts = self.world.modes.token_seconds or float("inf")
        self._tokens[token] = self.world.clock.time() + lasts
        return {"jwtToken": token}


class GatewayApi(Api):
    """The service gsdk.gateway.Gateway."""

    service = "gsdk.gateway.Gateway"

    def __init__(self, world: Happenings) -> None:
        """Serve with all gateways connected but the last."""
        super().__init__(world)
        self.connected = {GATEWAY_ID: True, OTHER_GATEWAY_ID: False}
        self.changes: Channel[Change] = Channel()

    def set(self, gateway: str, connected: bool) -> None:
        """Let a gateway come or go."""
        if gateway not in self.connected:
            raise LookupError(f"no gateway {gateway}")
        self.connected[gateway] = connected
        self.changes.offer(Change(gateway, connected))

    async def get_list(self, _: Any) -> Fields:
        """Return the IDs of all gateways."""
        return {"gatewayIDs": list(self.connected)}

    async def get(self, request: Any) -> Fields:
        """Return gateways with their devices."""
        if missing := [key for key in request.gatewayIDs if key not in self.connected]:
            raise RpcError(
                grpc.StatusCode.NOT_FOUND, f"Cannot find the gateways: {missing}"
            )
        elsewhere = self.world.elsewhere
        own = [item.id for item in self.world.site.devices.values() if item.listed]
        held = {
            GATEWAY_ID: [key for key in own if key not in elsewhere],
            OTHER_GATEWAY_ID: [key for key in own if key in elsewhere],
        }
        return {
            "gatewayInfos": [
                {
                    "gatewayID": key,
                    "deviceIDs": held[key],
                    "isConnected": self.connected[key],
                }
                for key in request.gatewayIDs
            ]
        }

    async def subscribe_status(self, request: Any) -> AsyncIterator[Fields]:
        """Give changes of gateways' connections as they happen."""
        every: Callable[[Change], bool] = bool
        async for change in self.changes.subscribe(request.queueSize, every):
            yield {
                "gatewayID": change.gateway,
                "status": int(change.connected),
                "timestamp": int(self.world.clock.time()),
            }
