"""The switches for what the vendor's pages, samples and live systems differ in."""

from dataclasses import dataclass
from typing import Literal

from tests.simulators.common_modes import ModeSet


@dataclass(slots=True)
class Modes(ModeSet):
    """How this cloud behaves.

    Args:
        tls: Serve HTTPS with the simulator's own certificate.
        id_token_seconds: How long an id_token lives.
        system_token_seconds: How long a system token lives.
        token_shape: Whether a system token is a JWT or tells nothing.
        permission: Whether the client may use the organization; 403 if not.
        error_body: What a refusal looks like.
        accounts_total: Requests a second to the accounts host.
        accounts_writes: Requests a second that are no GET, of those.
        systems_total: Requests a second to the systems host.
        systems_writes: Requests a second that are no GET, of those.
        page_size: Rows of a page where `per_page` does not say.
        page_limit: The largest page.
        links: Whether lists have `Link` and `X-Total-Count`.
        device_connection: Whether a device has its connection's id or all of it.
        strict_fields: Refuse fields that are not known, with 400.
        created_status: The status of an answer to a POST that made something.
        created_body: Whether that answer has all fields or the id only.
        patch_status: The status of a change; 204 has no body.
        offline_status: The status of a door command to a cloud node off line.
        preview_quota: Previews a day.
        generate_quota: Generated reports a day.
        quota_status: The status beyond a quota.
        report_pending: Seconds until a report is made.
        report_executing: Seconds that takes.
        report_rows: The most rows of a report; the rest is dropped.
        report_order: The order of a report's rows.
        report_timezone: Where a report's days begin and end.
        report_delay: Seconds until a happening can be found in reports.
        state_rows: The `result` of rows that are no requests, or no such rows.
        empty_details: Whether details without a value are left out or null.
        generation: Which Socket.IO there is: `new` speaks Engine.IO 4 only, `both`
            3 as well, `old` 3 only, whatever a client asks for.
        bad_token: What a connect without a valid token gets: a refusal by
            Socket.IO, HTTP 401, a closed connection, or all but events.
        refuse_connect: Refuse all connects by Socket.IO with this text.
        ping_interval: Seconds between heartbeats, for new connections; whole ones
            for Engine.IO 4.
        ping_timeout: Seconds to wait for a heartbeat.
        invalid_token_argument: What `invalidToken` carries.
        device_ids: How `deviceId` goes with `device.id`: as in the vendor's
            samples, the same, another one, or only one of the two.
        cloudnode_time: How connects and disconnects tell their time.
        live_events: Whether `liveEvent` comes beside the specific event.
        live_first: Whether it comes before it.
        live_offset_ms: By how much its time is another.
        numeric_cards: Card numbers and facility codes as numbers.
        late_frames: Whether frames of a time off line come when it is over.
        relay_delay: Seconds between a command and the relay.
        dwell_factor: What all dwell times are multiplied with.
    """

    tls: bool = False
    id_token_seconds: float = 300.0
    system_token_seconds: float = 300.0
    token_shape: Literal["jwt", "opaque"] = "jwt"
    permission: bool = True
    error_body: Literal["text", "json", "empty"] = "text"
    accounts_total: int = 35
    accounts_writes: int = 10
    systems_total: int = 70
    systems_writes: int = 20
    page_size: int = 20
    page_limit: int = 100
    links: bool = True
    device_connection: Literal["id", "object"] = "id"
    strict_fields: bool = True
    created_status: Literal[200, 201] = 201
    created_body: Literal["object", "id"] = "object"
    patch_status: Literal[200, 204] = 200
    offline_status: int = 504
    preview_quota: int = 500
    generate_quota: int = 150
    quota_status: Literal[429, 403] = 429
    report_pending: float = 0.2
    report_executing: float = 0.3
    report_rows: int = 100_000
    report_order: Literal["newest", "oldest"] = "newest"
    report_timezone: str = "UTC"
    report_delay: float = 0.0
    state_rows: Literal["same", "null", "absent", "none"] = "same"
    empty_details: Literal["absent", "null"] = "absent"
    generation: Literal["both", "new", "old"] = "both"
    bad_token: Literal["refuse", "http", "close", "accept"] = "refuse"
    refuse_connect: str = ""
    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    invalid_token_argument: Literal["none", "null", "object"] = "none"
    device_ids: Literal["seed", "same", "other", "device_only", "plain_only"] = "seed"
    cloudnode_time: Literal["seed", "iso", "ms"] = "seed"
    live_events: bool = True
    live_first: bool = False
    live_offset_ms: int = 0
    numeric_cards: bool = False
    late_frames: bool = False
    relay_delay: float = 0.0
    dwell_factor: float = 1.0
