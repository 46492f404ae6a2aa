"""What counts for a member, and over which window of days; knows no tier."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from loyalty.program import terms
from loyalty.values import value

PERIODS_KEPT = 3
GREENWICH = ZoneInfo("UTC")


@value
class Tally:
    """What counts: `spend` in minor units, `purchases`, qualifying `points`, `visits`."""

    spend: int = 0
    purchases: int = 0
    points: int = 0
    visits: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Add two tallies."""
        return Tally(
            self.spend + other.spend,
            self.purchases + other.purchases,
            self.points + other.points,
            self.visits + other.visits,
        )

    def minus(self, other: "Tally") -> "Tally":
        """Take a tally away."""
        return Tally(
            self.spend - other.spend,
            self.purchases - other.purchases,
            self.points - other.points,
            self.visits - other.visits,
        )

    def at_least_nothing(self) -> "Tally":
        """Give the tally with what fell below nothing at nothing."""
        return Tally(
            max(0, self.spend), max(0, self.purchases), max(0, self.points), max(0, self.visits)
        )


@value
class Course:
    """A ladder as one member climbs it.

    From which local day, with money of how many decimals, in which zone days begin and end.
    """

    ladder: terms.Ladder
    enrolled_on: date
    exponent: int
    zone: ZoneInfo = GREENWICH


@value
class Standing:
    """Where a member stands on one ladder.

    `tallies` holds what counted, by the local day (rolling window) or the first day of the period
    (other windows) it belongs to. `valid_until` is the last local day of the tier's validity, and
    `due_at` the instant (naive UTC) at which the clock alone may change something.
    """

    tier: str | None = None
    reached_at: datetime | None = None
    tallies: Mapping[date, Tally] = field(default_factory=dict)
    valid_until: date | None = None
    due_at: datetime | None = None


def bucket(course: Course, on: date) -> date:
    """Give the day under which something that happened on a local day is counted."""
    match course.ladder.window:
        case terms.WindowKind.LIFETIME:
            return date.min
        case terms.WindowKind.CALENDAR_YEAR:
            return date(on.year, 1, 1)
        case terms.WindowKind.ANNIVERSARY:
            return _anniversary(course.enrolled_on, on)
        case terms.WindowKind.ROLLING_12M:
            return on


def _anniversary(enrolled_on: date, on: date) -> date:
    """Give the last anniversary of the enrolment on or before a day."""
    years = on.year - enrolled_on.year
    this_year = terms.add_months(enrolled_on, 12 * years)
    return this_year if this_year <= on else terms.add_months(enrolled_on, 12 * (years - 1))


def window_end(course: Course, on: date) -> date | None:
    """Give the last local day of the window that a day lies in; None where windows do not end."""
    start = bucket(course, on)
    match course.ladder.window:
        case terms.WindowKind.CALENDAR_YEAR:
            return date(start.year, 12, 31)
        case terms.WindowKind.ANNIVERSARY:
            years = start.year + 1 - course.enrolled_on.year
            return terms.add_months(course.enrolled_on, 12 * years) - timedelta(days=1)
    return None


def counted(standing: Standing, course: Course, on: date) -> Tally:
    """Add up what the window that a local day lies in holds."""
    return _window(standing.tallies, course, on)


def _window(tallies: Mapping[date, Tally], course: Course, on: date) -> Tally:
    if course.ladder.window is not terms.WindowKind.ROLLING_12M:
        return tallies.get(bucket(course, on), Tally())
    since = terms.add_months(on, -12)
    spend = purchases = points = visits = 0
    for day, tally in tallies.items():
        if since < day <= on:
            spend += tally.spend
            purchases += tally.purchases
            points += tally.points
            visits += tally.visits
    return Tally(spend, purchases, points, visits)


def windows(tallies: Mapping[date, Tally], course: Course, on: date) -> Iterator[Tally]:
    """Add up each window that holds a local day; of rolling ones, those that end on counted days.

    A rolling window that ends in between holds no more than the one that ended before it.
    """
    if course.ladder.window is not terms.WindowKind.ROLLING_12M or on >= max(tallies):
        yield _window(tallies, course, on)
        return
    days = sorted(tallies)
    upto = list(accumulate((tallies[d] for d in days), Tally.plus, initial=Tally()))
    for until in days[bisect_left(days, on) :]:
        since = terms.add_months(until, -12)
        if since >= on:
            return
        yield upto[bisect_right(days, until)].minus(upto[bisect_right(days, since)])


def recent(ladder: terms.Ladder, tallies: dict[date, Tally], counted_on: date) -> dict[date, Tally]:
    """Forget days that no window can reach any more, so that the document stays small.

    A tier in its grace days is still looked at by the window in which its validity ended.
    """
    if ladder.window is terms.WindowKind.ROLLING_12M:
        since = terms.add_months(max(tallies), -12)
        if ladder.has_ends:
            since -= timedelta(days=ladder.validity.grace_days + 1)
        if min(tallies) > since:
            return tallies
        return {day: tally for day, tally in tallies.items() if day > since}
    if len(tallies) <= PERIODS_KEPT:
        return tallies
    return dict(sorted(tallies.items())[-PERIODS_KEPT:]) | {counted_on: tallies[counted_on]}
