"""How often a member may get marketing: what was sent lately against the caps; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` marketing messages to a member in `days` times 24 hours."""

    count: int
    days: int

    def since(self, now: datetime) -> datetime:
        """Give from when on a message counts: what was sent at this instant does no more."""
        return now - timedelta(days=self.days)


def is_capped(sent_at: Sequence[datetime], caps: Sequence[Cap], now: datetime) -> bool:
    """Tell whether one more message is above a cap, given when the last ones were sent."""
    return any(sum(at > cap.since(now) for at in sent_at) >= cap.count for cap in caps)
