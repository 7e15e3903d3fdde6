"""The switches for what differs between gateways, or is not known for sure."""

from dataclasses import dataclass
import re
from typing import Literal

from tests.simulators.common_modes import ModeSet

from .schema import Version

CertificateMode = Literal[
    "good", "wrong_name", "cn_only", "dns_only", "wrong_ca", "expired"
]


@dataclass(slots=True)
class Modes(ModeSet):
    """How this gateway and its devices behave.

    Args:
        version: What Admin.GetInfo tells; paths and field numbers are those of then.
        master: Be a master gateway: mutual TLS, login, gateway IDs.
        tls: Whether the port speaks TLS at all.
        certificate: What is wrong with the server's certificate. `wrong_name` is made
            for another host, `cn_only` has no alternative names, `dns_only` has no
            address, `wrong_ca` is signed by another authority than the one to give.
        token_seconds: How long a login at the master gateway lasts; 0 for ever.
        no_user: The userID of rows that are about nobody.
        slave_events: The deviceID of rows about a reader attached to a device.
        ids_after_clear: Whether a cleared log starts at 1 again.
        clear_row: Write a row about the clearing, as the first of the new log.
        link_rows: Devices log when they lose and find the gateway.
        door_requests: Requests to doors are logged as codes with a sub code, or as
            codes of their own; `version` as gateways of that version do.
        alarm_rows: Log an alarm's own code after that of a forced or held door.
        device_error: The words for a device that cannot be reached.
        multi_errors: Where the errors of calls for many devices are told.
        monitoring_lost: Monitoring ends when a device loses its connection.
        forgets_devices: A restarted gateway knows no device until it is told.
        past_end: What GetLog answers after the newest row.
        image_delay: Seconds until an image can be read after its event.
        relock_seconds: Seconds until a door locks again after somebody was let in.
        pass_seconds: Seconds that a door stands open when somebody passes.
        connect_seconds: Seconds until a connection asked for is there.
        restart_seconds: Seconds that a device needs to start.
        keep_rows: How many rows `history` remembers.
    """

    version: str = "V1.9.1"
    master: bool = False
    tls: bool = True
    certificate: CertificateMode = "good"
    token_seconds: float = 0.0
    no_user: Literal["4294967295", "", "0"] = "4294967295"
    slave_events: Literal["master", "slave"] = "master"
    ids_after_clear: Literal["restart", "continue"] = "restart"
    clear_row: bool = True
    link_rows: bool = True
    door_requests: Literal["version", "sub", "code"] = "version"
    alarm_rows: bool = True
    device_error: Literal["timeout", "not_connected", "unknown"] = "timeout"
    multi_errors: Literal["trailer", "response"] = "trailer"
    monitoring_lost: bool = True
    forgets_devices: bool = False
    past_end: Literal["empty", "error"] = "empty"
    image_delay: float = 0.0
    relock_seconds: float = 3.0
    pass_seconds: float = 2.0
    connect_seconds: float = 0.05
    restart_seconds: float = 1.0
    keep_rows: int = 1_000_000

    @property
    def number(self) -> Version:
        """Return the version as numbers."""
        found = re.match(r"V?(\d+)\.(\d+)(?:\.(\d+))?", self.version)
        if found is None:
            return (99, 0, 0)
        return (int(found[1]), int(found[2]), int(found[3] or 0))

    @property
    def requests_as_codes(self) -> bool:
        """Tell whether a door request is a code of its own."""
        if self.door_requests == "version":
            return self.number >= (1, 9, 1)
        return self.door_requests == "code"
