"""How members want to be reached, and when they were last heard of; consents are of the profile."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from loyalty.errors import BadInput
from loyalty.program import terms

MUTED_LIMIT = 20
CATEGORY_LIMIT = 40
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Engagement:
    """When a member last used the app, opened a message, and followed one; None for never."""

    seen_at: datetime | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None

    def after(self, news: "Engagement") -> "Engagement":
        """Take in what is newer by an hour or more; what is not is not worth a write."""
        newer = {}
        for field in fields(self):
            old, new = getattr(self, field.name), getattr(news, field.name)
            if new is not None and (old is None or new - old >= NOTED_EVERY):
                newer[field.name] = new
        return replace(self, **newer)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Which categories of messages a member does not want, and their own quiet hours.

    The hours are of the member's zone, and take the place of the program's; None leaves those.
    """

    muted: frozenset[str] = frozenset()
    quiet: terms.Hours | None = None


def preferences(muted: Iterable[str], quiet: terms.Hours | None) -> Preferences:
    """Make preferences of what a member said. Raises BadInput."""
    wanted = frozenset(muted)
    if len(wanted) > MUTED_LIMIT or not all(1 <= len(one) <= CATEGORY_LIMIT for one in wanted):
        raise BadInput(f"at most {MUTED_LIMIT} categories", ("muted",))
    if quiet is not None and quiet.since == quiet.until:
        raise BadInput("quiet hours end at another time than they begin", ("quietHours",))
    return Preferences(wanted, quiet)
