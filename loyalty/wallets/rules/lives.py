"""When value becomes usable and when it ends: whole local days of the program's zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.program import terms


def available_at(
    currency: terms.PointsCurrency, earned_at: datetime, zone: ZoneInfo
) -> datetime | None:
    """Give when points earned at an instant (naive UTC) become usable; None when at once.

    After whole local days, so that the points of one day share a lot.
    """
    if not currency.pending_days:
        return None
    return days_later(earned_at, currency.pending_days, zone)


def expires_at(expiry: terms.Expiry, earned_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Give when points earned at an instant (naive UTC) expire: an end of day, naive UTC.

    None where the lot has no end of its own: they never do, or end together by `idle_until`.
    """
    match expiry:
        case terms.Rolling(months=months):
            last_day = terms.add_months(terms.local_day(earned_at, zone), months)
        case terms.FixedDate(month=month, day=day, keep_months=keep):
            kept_until = terms.add_months(terms.local_day(earned_at, zone), keep)
            last_day = date(kept_until.year, month, day)
            if last_day < kept_until:
                last_day = date(kept_until.year + 1, month, day)
        case _:
            return None
    return terms.end_of_day(last_day, zone)


def idle_until(expiry: terms.Expiry, active_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Give until when everything is kept by being active at an instant; None where not by that."""
    if not isinstance(expiry, terms.Inactivity):
        return None
    return terms.end_of_day(terms.add_months(terms.local_day(active_at, zone), expiry.months), zone)


def days_later(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Give the end (naive UTC) of the local day so many days after an instant."""
    return terms.end_of_day(terms.local_day(at, zone) + timedelta(days=days), zone)


def local_month(at: datetime, zone: ZoneInfo) -> str:
    """Name the local month that an instant lies in, such as 2026-03."""
    return f"{terms.local_day(at, zone):%Y-%m}"
