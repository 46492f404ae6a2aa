"""When a member may be written to: quiet hours and local times by the member's own clock; pure."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from loyalty.program import terms

MINUTE = timedelta(minutes=1)
LONGEST_HOLD = timedelta(hours=24)
BUCKETS = 10_000


@lru_cache(maxsize=1_000)
def held_until(at: datetime, zone: ZoneInfo, quiet: tuple[terms.Hours, ...]) -> datetime | None:
    """Give when a message of an instant may go; None where it may at once. Both naive UTC.

    Quiet is what the member's clock says, also where it is put on or back in between. Where hours
    together leave no time free, the wait ends after a day, to be looked at again. It is the same
    for everybody in a zone, and asked for a batch at one instant.
    """
    free_at = at
    while (hours := _quiet_at(free_at, zone, quiet)) and free_at - at < LONGEST_HOLD:
        free_at = _end(free_at, zone, hours)
    return free_at if free_at > at else None


def local_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Give the first instant (naive UTC) of a local day at which its clock shows a time or later.

    A time that is skipped as clocks are put on is that by which they were late.
    """
    return _utc(datetime.combine(day, clock, zone))


def bucket(campaign_id: str, member_id: str, salt: str) -> int:
    """Put a member in one of 10,000 buckets of a campaign, always the same; evenly, by a hash.

    Different salts (holdout, variant, ramp) are independent of each other.
    """
    digest = hashlib.sha256(f"{campaign_id}:{member_id}:{salt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def _quiet_at(at: datetime, zone: ZoneInfo, quiet: Sequence[terms.Hours]) -> terms.Hours | None:
    shown = _clock(at, zone)
    return next((hours for hours in quiet if hours.hold(shown)), None)


def _end(at: datetime, zone: ZoneInfo, hours: terms.Hours) -> datetime:
    """Give the first instant after a quiet one at which the clock shows no quiet time.

    What is free of a day may be skipped as clocks are put on: then it is that of the next day.
    """
    today = at.replace(tzinfo=UTC).astimezone(zone).date()
    ends = [
        _utc(datetime.combine(today + timedelta(days=days), hours.until, zone).replace(fold=fold))
        for days in (0, 1, 2)
        for fold in (0, 1)
    ]
    free = (end for end in ends if end > at and not hours.hold(_clock(end, zone)))
    end = min(free, default=at + LONGEST_HOLD)
    while end - MINUTE > at and not hours.hold(_clock(end - MINUTE, zone)):
        end -= MINUTE  # the clock was put on over the end of the hours
    return end


def _clock(at: datetime, zone: ZoneInfo) -> time:
    return at.replace(tzinfo=UTC).astimezone(zone).time()


def _utc(local: datetime) -> datetime:
    return local.astimezone(UTC).replace(tzinfo=None)
