"""Local days: of which an instant is, when one is over, and months after it; naive UTC."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Give the local day that an instant (naive UTC) lies in."""
    return at.replace(tzinfo=UTC).astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Give the instant (naive UTC) at which a local day is over."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def add_months(day: date, months: int) -> date:
    """Add calendar months; a day that the month lacks becomes its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
