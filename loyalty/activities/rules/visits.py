"""Which visits count: of check-ins close together only one; sees instants, records nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

VISITS_KEPT = 10


def is_apart(at: datetime, counted_at: Sequence[datetime], interval: timedelta) -> bool:
    """Tell whether a visit is so far from those that counted that it counts itself."""
    return all(abs(at - other) >= interval for other in counted_at)


def counted_with(at: datetime, counted_at: Sequence[datetime]) -> list[datetime]:
    """Add a visit that counts; the newest are kept, which is where more may come close."""
    return sorted([*counted_at, at])[-VISITS_KEPT:]
