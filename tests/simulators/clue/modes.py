"""The switches for what differs between CLUe's revisions, samples and tables."""

from dataclasses import dataclass
from typing import Literal

from tests.simulators.common_modes import ModeSet


@dataclass(slots=True)
class Modes(ModeSet):
    """How this cloud behaves; each default is what the vendor's samples show.

    Args:
        tls: Serve HTTPS with the simulator's own certificate.
        base_path: Where the API is; the other revision's path answers 404.
        error_body: What a refusal looks like; `gateway` is a page of the proxy.
        errors_as_200: Refuse under HTTP 200, with the code in the body only.
        bare_key: Accept an API key without `Bearer` before it.
        window_days: The longest time range of a search for events.
        end_inclusive: Whether an event at `endTime` itself is given.
        size_limit: The largest page.
        order: The order of events: `newest` and `oldest` by their time, `id` as
            the request's `sort` says, `shuffled` mixes each page.
        total: What `total` counts; one table says it is the rows retrieved.
        past_end: The status that refuses a page after the last; 0 for an empty page.
        ids: The type of all ids, `sample` is a mixture.
        empty: Whether a field without a value is left out or null.
        person_field: The name of the field with the person's name.
        drop_fields: Fields that no row has.
        registration_gap: The least number of seconds between registrations.
        registration_status: The `code` and HTTP status of a key taken already.
        rate_limit: How many requests a key has in `rate_seconds`; 0 for no limit.
        rate_seconds: The length of the rate limit's window, and of a refusal.
        vendor_fail: The event when the third party refuses; empty for none.
        relay_seconds: How long a relay stays on.
        relay_delay: Seconds from the authentication to the relay.
        upload_delay: Seconds until an event of a device is in the cloud.
    """

    tls: bool = False
    base_path: Literal["/v1/be", "/v1"] = "/v1/be"
    error_body: Literal["envelope", "gateway"] = "envelope"
    errors_as_200: bool = False
    bare_key: bool = False
    window_days: float = 7.0
    end_inclusive: bool = True
    size_limit: int = 1000
    order: Literal["newest", "oldest", "id", "shuffled"] = "newest"
    total: Literal["exact", "page", "absent", "text"] = "exact"
    past_end: int = 0
    ids: Literal["sample", "number", "text"] = "sample"
    empty: Literal["absent", "null"] = "absent"
    person_field: Literal["userName", "useName", "both"] = "userName"
    drop_fields: tuple[str, ...] = ()
    registration_gap: float = 0.3
    registration_status: int = 409
    rate_limit: int = 0
    rate_seconds: float = 300.0
    vendor_fail: str = "VENDOR_AUTH_FAIL"
    relay_seconds: float = 1.0
    relay_delay: float = 0.058
    upload_delay: float = 0.0
