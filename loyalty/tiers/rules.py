"""How members climb ladders: what counts, over which window, what is reached and what is missing.

Tiers read what was bought and qualifying points earned, never the spendable balance.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import accumulate

from loyalty.program.rules import Benefit, BenefitKind, Ladder, Tier, WindowKind, minor_units
from loyalty.values import value
from loyalty.wallets import add_months

PERIODS_KEPT = 3


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
    """A ladder as one member climbs it: from which local day, with money of how many decimals."""

    ladder: Ladder
    enrolled_on: date
    exponent: int


@value
class Standing:
    """Where a member stands on one ladder.

    `tallies` holds what counted, by the local day (rolling window) or the first day of the period
    (other windows) it belongs to.
    """

    tier: str | None = None
    reached_at: datetime | None = None
    tallies: Mapping[date, Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a tier asks for: how much is there, how much is needed (minor units or counts)."""

    metric: str
    have: int
    need: int

    @property
    def missing(self) -> int:
        """Give what is still missing, at least 0."""
        return max(0, self.need - self.have)


@dataclass(frozen=True, slots=True)
class Progress:
    """The way to the next tier; `counted_until` is the last local day that still counts for it."""

    tier: Tier
    match: str
    criteria: tuple[Criterion, ...]
    counted_until: date | None


def bucket(course: Course, on: date) -> date:
    """Give the day under which something that happened on a local day is counted."""
    match course.ladder.window:
        case WindowKind.LIFETIME:
            return date.min
        case WindowKind.CALENDAR_YEAR:
            return date(on.year, 1, 1)
        case WindowKind.ANNIVERSARY:
            return _anniversary(course.enrolled_on, on)
        case WindowKind.ROLLING_12M:
            return on


def _anniversary(enrolled_on: date, on: date) -> date:
    """Give the last anniversary of the enrolment on or before a day."""
    years = on.year - enrolled_on.year
    this_year = add_months(enrolled_on, 12 * years)
    return this_year if this_year <= on else add_months(enrolled_on, 12 * (years - 1))


def counted(standing: Standing, course: Course, on: date) -> Tally:
    """Add up what the window that a local day lies in holds."""
    if course.ladder.window is WindowKind.ROLLING_12M:
        since = add_months(on, -12)
        total = Tally()
        for day, tally in standing.tallies.items():
            if since < day <= on:
                total = total.plus(tally)
        return total
    return standing.tallies.get(bucket(course, on), Tally())


def advanced(
    standing: Standing, course: Course, added: Tally, when: tuple[datetime, date]
) -> Standing:
    """Count something and promote where a threshold is crossed; never demotes.

    A late report counts in every rolling window that its day lies in, of the days still known.

    `when` is the instant (naive UTC) and the local day it happened on.
    """
    ladder = course.ladder
    at, on = when
    day = bucket(course, on)
    tallies = {**standing.tallies, day: standing.tallies.get(day, Tally()).plus(added)}
    windows = set(_windows(replace(standing, tallies=tallies), course, on))
    standing = replace(standing, tallies=_recent(ladder, tallies, day))
    reached = max(
        (highest_reached(course, tally) for tally in windows),
        key=lambda tier: rank(ladder, tier.id) if tier else -1,
    )
    before = current(standing, ladder)
    if reached and rank(ladder, reached.id) > (rank(ladder, before.id) if before else -1):
        return replace(standing, tier=reached.id, reached_at=at)
    return standing


def undone(standing: Standing, course: Course, taken: Tally, on: date) -> Standing:
    """Take back what was counted on a local day; the tier stays until its validity ends.

    A day that no window can reach any more is no longer known, and there is nothing to take from.
    """
    day = bucket(course, on)
    if day not in standing.tallies:
        return standing
    left = standing.tallies[day].minus(taken).at_least_nothing()
    return replace(standing, tallies={**standing.tallies, day: left})


def _windows(standing: Standing, course: Course, on: date) -> Iterator[Tally]:
    """Add up each window that holds a local day; of rolling ones, those that end on counted days.

    A rolling window that ends in between holds no more than the one that ended before it.
    """
    if course.ladder.window is not WindowKind.ROLLING_12M or on >= max(standing.tallies):
        yield counted(standing, course, on)
        return
    days = sorted(standing.tallies)
    upto = list(accumulate((standing.tallies[d] for d in days), Tally.plus, initial=Tally()))
    for until in days[bisect_left(days, on) :]:
        since = add_months(until, -12)
        if since >= on:
            return
        yield upto[bisect_right(days, until)].minus(upto[bisect_right(days, since)])


def _recent(ladder: Ladder, tallies: dict[date, Tally], counted_on: date) -> dict[date, Tally]:
    """Forget days that no window can reach any more, so that the document stays small."""
    if ladder.window is WindowKind.ROLLING_12M:
        since = add_months(max(tallies), -12)
        return {day: tally for day, tally in tallies.items() if day > since}
    return dict(sorted(tallies.items())[-PERIODS_KEPT:]) | {counted_on: tallies[counted_on]}


def entry_tier(ladder: Ladder) -> Tier | None:
    """Give the tier that every member has from the start, where the ladder has one."""
    lowest = ladder.tiers[0]
    return lowest if lowest.threshold is None else None


def rank(ladder: Ladder, tier_id: str | None) -> int:
    """Give the place of a tier from below, counting from 0; -1 for none."""
    return next((i for i, tier in enumerate(ladder.tiers) if tier.id == tier_id), -1)


def current(standing: Standing, ladder: Ladder) -> Tier | None:
    """Give the tier a member has."""
    place = rank(ladder, standing.tier)
    return ladder.tiers[place] if place >= 0 else entry_tier(ladder)


def highest_reached(course: Course, have: Tally) -> Tier | None:
    """Give the highest tier whose threshold is met."""
    for tier in reversed(course.ladder.tiers):
        if is_met(tier, have, course.exponent):
            return tier
    return None


def is_met(tier: Tier, have: Tally, exponent: int) -> bool:
    """Tell whether a tally meets a tier's threshold."""
    if tier.threshold is None:
        return True
    met = [criterion.missing == 0 for criterion in criteria(tier, have, exponent)]
    return any(met) if tier.threshold.match == "ANY" else all(met)


def criteria(tier: Tier, have: Tally, exponent: int) -> tuple[Criterion, ...]:
    """Lay what a tier asks for beside what there is."""
    threshold = tier.threshold
    if threshold is None:
        return ()
    spend = None if threshold.spend is None else minor_units(threshold.spend, exponent)
    asked = (
        ("SPEND", have.spend, spend),
        ("PURCHASES", have.purchases, threshold.purchases),
        ("POINTS", have.points, threshold.points),
        ("VISITS", have.visits, threshold.visits),
    )
    return tuple(Criterion(metric, got, need) for metric, got, need in asked if need is not None)


def progress(standing: Standing, course: Course, on: date) -> Progress | None:
    """Show the way to the next tier; None on the highest."""
    ladder = course.ladder
    now_at = current(standing, ladder)
    place = rank(ladder, now_at.id) if now_at else -1
    if place + 1 >= len(ladder.tiers):
        return None
    tier = ladder.tiers[place + 1]
    have = counted(standing, course, on)
    match = tier.threshold.match if tier.threshold else "ALL"
    return Progress(tier, match, criteria(tier, have, course.exponent), window_end(course, on))


def window_end(course: Course, on: date) -> date | None:
    """Give the last local day of the window that a day lies in; None where windows do not end."""
    start = bucket(course, on)
    match course.ladder.window:
        case WindowKind.CALENDAR_YEAR:
            return date(start.year, 12, 31)
        case WindowKind.ANNIVERSARY:
            years = start.year + 1 - course.enrolled_on.year
            return add_months(course.enrolled_on, 12 * years) - timedelta(days=1)
    return None


def benefits(ladder: Ladder, tier: Tier | None) -> tuple[Benefit, ...]:
    """Give the benefits of a tier and those below it; a higher multiplier replaces a lower."""
    if tier is None:
        return ()
    below = [b for t in ladder.tiers[: rank(ladder, tier.id) + 1] for b in t.benefits]
    last = max(
        (i for i, b in enumerate(below) if b.kind is BenefitKind.POINTS_MULTIPLIER), default=None
    )
    return tuple(
        benefit
        for i, benefit in enumerate(below)
        if benefit.kind is not BenefitKind.POINTS_MULTIPLIER or i == last
    )
