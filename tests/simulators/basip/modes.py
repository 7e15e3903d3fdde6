"""The switches for what differs between BAS-IP panels, versions and samples."""

from dataclasses import dataclass
from typing import Literal

from tests.simulators.common_modes import ModeSet


@dataclass(slots=True)
class Modes(ModeSet):
    """How this panel behaves; each default is what the Android page says.

    Args:
        tls: Serve HTTPS with the simulator's own certificate.
        family: The dialect of filters and orders, and how many locks there can be.
        api_prefix: The version of the API; the other one is 404.
        log_path: Where the log is.
        envelope: The name of the log's options.
        limits: The page sizes that are allowed.
        page_past_end: What a page after the last one gives.
        default_sort: The order without a sort parameter.
        filters: Whether the log can be filtered.
        sort_field: Camdroid 1.0.0: `sort_field` and `sort_type`, no `order_by`.
        from_alone: What a start of the log's window does without its end.
        totals: What `total_items` counts: the rows that were found, or all.
        timestamps: The unit of the rows' times.
        query_unit: The unit of `from` and `to`.
        numbers: Whether numbers of identifiers are text, as live, or numbers.
        locks: Whether numbers of locks are numbers or text.
        locales: The languages of the log.
        error_style: The error body; `family` is an object on Camdroid.
        admin_status: The HTTP status when administrator rights are needed.
        digest: How the password's digest has to be spelled.
        refused_status: The HTTP status of a refused login.
        empty_body: What a success without data answers.
        token_seconds: How long a token is valid.
        single_session: A login ends all sessions before it.
        basic_auth: Accept HTTP Basic with the MD5 digest as password.
        ban_after: How many refused logins in a row ban the address; 0 for never.
        ban_seconds: How long a ban lasts.
        ban_style: What a banned address gets.
        door_sensor: Whether the door has a sensor.
        door_keys: The keys of the door's rows.
        held_seconds: After how long an open door is a row.
        photo: What `/photo/file` answers.
        log_limit: How many rows the panel keeps; 0 for all.
        link_content_type: Whether pushes say that they are JSON.
        link_chunk: The largest number of events in one push.
        link_pong: Seconds between two heartbeats.
        link_refresh: Seconds between two refreshes of the token.
        link_retry: Seconds until a push that failed is tried again.
        link_login_each: Log in before every push.
    """

    tls: bool = False
    family: Literal["android", "camdroid"] = "android"
    api_prefix: Literal["v1", "v0"] = "v1"
    log_path: Literal["items", "list", "both"] = "items"
    envelope: Literal["list_option", "options"] = "list_option"
    limits: tuple[int, ...] = (10, 20, 30, 50)
    page_past_end: Literal["empty", "error"] = "empty"
    default_sort: Literal["asc", "desc"] = "asc"
    filters: bool = True
    sort_field: bool = False
    from_alone: Literal["taken", "ignored", "refused"] = "taken"
    totals: Literal["found", "all"] = "found"
    timestamps: Literal["ms", "s"] = "ms"
    query_unit: Literal["ms", "s"] = "ms"
    numbers: Literal["text", "number"] = "text"
    locks: Literal["number", "text"] = "number"
    locales: tuple[str, ...] = ("en", "es", "ru", "uk", "pl", "nl", "tr", "fr", "da")
    error_style: Literal["family", "string", "object"] = "family"
    admin_status: Literal[400, 403] = 403
    digest: Literal["any", "lower", "upper"] = "any"
    refused_status: Literal[400, 401] = 401
    empty_body: Literal["object", "none", "text"] = "object"
    token_seconds: float = 7200.0
    single_session: bool = False
    basic_auth: bool = False
    ban_after: int = 5
    ban_seconds: float = 300.0
    ban_style: Literal["403", "drop"] = "403"
    door_sensor: bool = True
    door_keys: Literal["door_sensor", "door"] = "door_sensor"
    held_seconds: float = 120.0
    photo: Literal["jpeg", "base64", "webp", "none"] = "jpeg"
    log_limit: int = 0
    link_content_type: bool = False
    link_chunk: int = 100
    link_pong: float = 10.0
    link_refresh: float = 1800.0
    link_retry: float = 60.0
    link_login_each: bool = False
