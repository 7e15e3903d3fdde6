"""Hours and days of a time zone, for charts of the Access Events integration."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo

LIMIT = 2500
"""How many spans a chart may have."""

_HOUR = timedelta(hours=1)


def edges(bucket: str, start: datetime, end: datetime, zone: tzinfo) -> list[datetime]:
    """Return where the hours or days (`hour`, `day`) from start to end begin.

    Times are aware, those returned in UTC; the last is where the last span ends. A day
    is as long as it is in the zone. Raises `ValueError` for more than `LIMIT` spans.
    """
    step: Callable[[datetime, tzinfo], datetime]
    first, step = (
        (_day(start, zone), _next_day)
        if bucket == "day"
        else (_hour(start, zone), _next_hour)
    )
    found = [first]
    while found[-1] < end:
        if len(found) > LIMIT:
            raise ValueError(f"More than {LIMIT} spans")
        found.append(step(found[-1], zone))
    return found


def _day(time_: datetime, zone: tzinfo, days: int = 0) -> datetime:
    """Return where a day in the zone begins."""
    day = time_.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _next_day(begin: datetime, zone: tzinfo) -> datetime:
    """Return where the next day begins."""
    return _day(begin, zone, 1)


def _hour(time_: datetime, zone: tzinfo) -> datetime:
    """Return where an hour of the zone's clocks begins."""
    local = time_.astimezone(zone)
    past = timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    return time_.astimezone(UTC) - past


def _next_hour(begin: datetime, zone: tzinfo) -> datetime:
    """Return where the next hour begins; few zones change by less than one."""
    return max(_hour(begin + _HOUR, zone), begin + _HOUR / 2)
