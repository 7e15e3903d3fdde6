"""The switches for what differs between UniFi Access sites and versions."""

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(slots=True)
class Modes:
    """How this site behaves; each default is what most sites do.

    Args:
        version: The version of the Access application; newer endpoints are 404.
        id_style: The `_id` of log rows.
        published_style: How `event.published` is written.
        row_style: `live` rows are full, `doc` rows as in the vendor's own sample.
        door_id: The id in a row's door target; `device` is each door's own habit.
        numeric_issuer: Write an issuer of digits only as a number, in rows and in what is
            pushed of them. Insights have it as text.
        unlock_source_field: The field of the `unlock_source` target that tells who.
        page_shape: Where a log answer keeps its rows and its counts.
        ignores_paging: Answer all rows for each page.
        export_ends_bare: Leave out what ends the last line of an export.
        page_limit: The largest page that it gives.
        topic_all: Whether the topic `all` is accepted.
        until_inclusive: Whether a row at `until` itself is given.
        index_delay: Seconds until a happening can be found in the log.
        dps_topics: The topics of door position rows.
        missed_result: The result of a missed call's row.
        ring_type: The event type of a ring's row.
        push_logs: Which log frames are pushed; `device` is each door's own habit.
        log_delay: Seconds by which log frames come after the door has opened.
        insights_gap: Seconds between the two log frames of one happening.
        insights_lists: Write door and device in insights as lists.
        insights_empty: Leave the metadata of insights empty.
        insights_lower: Write the credential in insights in lower case.
        null_category: Send `category` null in device frames.
        null_state: Send `state` null in location frames.
        hello_interval: Seconds between `Hello` frames.
        answer_pings: Whether WebSocket pings are answered.
        ping_interval: Seconds between the console's own pings, which must be
            answered; 0 for none.
        call_receivers: Whether anybody can take a doorbell's call; no frames if not.
        call_end: How the frame at the end of a call is spelt: with `reason_code`,
            with `reason`, or under the name `access.remote_call.change`.
        scope_status: The HTTP status for a token without the permission key.
        invalid_token_code: The code for a token that is not valid.
        identity_enterprise: The site was upgraded; nothing works any more.
        errors_as_200: Refuse under HTTP 200, with the code in the body only.
        schedules_code: The code of the list of schedules; one sample is odd.
        visitor_status: How a visitor's status is written.
        visitor_list: Whether the list of visitors is a bare list.
        relock_seconds: Seconds until a door locks again.
        pass_seconds: Seconds a door stands open when somebody passes.
        call_seconds: Seconds until a ring that nobody answers is missed.
    """

    version: str = "4.2.16"
    id_style: Literal["number", "empty", "opaque"] = "number"
    published_style: Literal["ms", "seconds", "rfc3339", "ms_text"] = "ms"
    row_style: Literal["live", "doc"] = "live"
    door_id: Literal["device", "uuid", "hub_mac", "absent"] = "device"
    numeric_issuer: bool = True
    unlock_source_field: Literal["id", "display_name", "alternate_name"] = (
        "display_name"
    )
    page_shape: Literal["hits", "inner_pagination", "list"] = "hits"
    ignores_paging: bool = False
    export_ends_bare: bool = False
    page_limit: int = 1000
    topic_all: bool = True
    until_inclusive: bool = True
    index_delay: float = 0.0
    dps_topics: tuple[str, ...] = ("door_openings",)
    missed_result: Literal["INCOMPLETE", "BLOCKED", "ACCESS", ""] = "INCOMPLETE"
    ring_type: Literal["access.remotecall.request", "access.door.unlock"] = (
        "access.remotecall.request"
    )
    push_logs: Literal["device", "both", "logs", "insights", "neither"] = "device"
    log_delay: tuple[float, float] = (0.0, 0.0)
    insights_gap: float = 0.004
    insights_lists: bool = False
    insights_empty: bool = False
    insights_lower: bool = False
    null_category: bool = False
    null_state: bool = False
    hello_interval: float = 5.0
    answer_pings: bool = True
    ping_interval: float = 0.0
    call_receivers: bool = True
    call_end: Literal["reason_code", "reason", "remote_call"] = "reason_code"
    scope_status: Literal[401, 403] = 401
    invalid_token_code: Literal["ACCESS_TOKEN_INVALID", "AUTH_FAILED"] = (
        "ACCESS_TOKEN_INVALID"
    )
    identity_enterprise: bool = False
    errors_as_200: bool = False
    schedules_code: Literal["SUCCESS", "SUCCEED"] = "SUCCESS"
    visitor_status: Literal["text", "number"] = "text"
    visitor_list: Literal["array", "hits"] = "array"
    relock_seconds: float = 3.0
    pass_seconds: float = 2.0
    call_seconds: float = 30.0

    def set(self, values: dict[str, Any]) -> None:
        """Change some switches. Raises ValueError for a name or value unknown."""
        hints = get_type_hints(Modes)
        known = {item.name for item in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no mode {name}")
            if get_origin(hints[name]) is Literal and value not in (
                allowed := get_args(hints[name])
            ):
                raise ValueError(f"{name} is one of {allowed}")
        for name, value in values.items():
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def at_least(self, version: str) -> bool:
        """Tell whether the application is as new as `version`."""
        return _numbers(self.version) >= _numbers(version)


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers."""
    return tuple(int(part) for part in version.split("."))
