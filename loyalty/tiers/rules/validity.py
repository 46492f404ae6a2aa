"""How long a tier lasts: until when it is valid, what keeps it, and where one falls that is lost.

A tier is looked at when its last local day is over. It is kept where its threshold is met in the
window of that day; else it is left for the grace days, in which it can still be earned again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from loyalty.program import terms
from loyalty.tiers.rules.tallies import (
    Course,
    Standing,
    Tally,
    counted,
    window_end,
)
from loyalty.tiers.rules.thresholds import (
    Criterion,
    criteria,
    highest_reached,
    rank,
)
from loyalty.values import value

A_DAY = timedelta(days=1)


@value
class Kept:
    """A tier was earned again: until when it is valid now, and when that was known."""

    tier: str
    valid_until: date
    at: datetime


@value
class Lost:
    """A tier ended and was not earned again: which, what the member has instead, and when."""

    tier: str
    instead: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Keeping:
    """What keeps a tier: until when it is valid and left, what it asks for, and what comes else.

    `next_end` is the last day of the validity that follows where it is kept.
    """

    tier: terms.Tier
    match: str
    criteria: tuple[Criterion, ...]
    valid_until: date
    grace_until: date
    is_kept: bool
    next_end: date
    otherwise: terms.Tier | None


def begun(standing: Standing, course: Course, on: date) -> Standing:
    """Let the validity of a standing's tier begin on a local day, where it has an end."""
    ladder = course.ladder
    end = None
    if ladder.has_ends and rank(ladder, standing.tier) >= 0:
        end = _end_after(course, on, on)
    due_at = None if end is None else terms.end_of_day(end, course.zone)
    return replace(standing, valid_until=end, due_at=due_at)


def _end_after(course: Course, day: date, within: date) -> date | None:
    """Give the last day of a validity: so many months after a day, or of the period `within`."""
    if course.ladder.validity.kind is terms.ValidityKind.PERIOD_END:
        return window_end(course, within)
    return terms.add_months(day, course.ladder.validity.months or 0)


def settled(
    standing: Standing, course: Course, today: date
) -> tuple[Standing, tuple[Kept | Lost, ...]]:
    """Let the time until a local day pass: keep what was earned again, take what was not.

    A tier that had no end, as when its ladder got one later, is valid from today.
    """
    if standing.tier is None or not (course.ladder.has_ends or standing.valid_until):
        return standing, ()
    known = course.ladder.has_ends and rank(course.ladder, standing.tier) >= 0
    if not known or standing.valid_until is None:
        return begun(standing, course, today), ()
    news: list[Kept | Lost] = []
    told: Kept | Lost
    end: date | None = standing.valid_until
    while end is not None and end < today:
        left_until = grace_end(course, end)
        earned = _earned(standing, course, end, min(today, left_until))
        if earned >= rank(course.ladder, standing.tier):
            standing, told = _kept(standing, course, end)
        elif today > left_until:
            standing, told = _lost(standing, course, left_until, earned)
        else:
            return _due_after(standing, course, left_until), tuple(news)
        news.append(told)
        end = standing.valid_until
    return (standing if end is None else _due_after(standing, course, end)), tuple(news)


def _due_after(standing: Standing, course: Course, day: date) -> Standing:
    """Let a standing fall due when a local day is over, by the zone there is now."""
    due_at = terms.end_of_day(day, course.zone)
    return standing if standing.due_at == due_at else replace(standing, due_at=due_at)


def grace_end(course: Course, end: date) -> date:
    """Give the last local day on which a tier is left whose validity ended."""
    return end + timedelta(days=course.ladder.validity.grace_days)


def _kept(standing: Standing, course: Course, end: date) -> tuple[Standing, Kept]:
    until = _end_after(course, end, end + A_DAY) or date.max
    due_at = terms.end_of_day(until, course.zone)
    kept = Kept(standing.tier or "", until, terms.end_of_day(end, course.zone))
    return replace(standing, valid_until=until, due_at=due_at), kept


def _lost(
    standing: Standing, course: Course, left_until: date, earned: int
) -> tuple[Standing, Lost]:
    at = terms.end_of_day(left_until, course.zone)
    below = _below(course.ladder, rank(course.ladder, standing.tier), earned)
    fallen = replace(standing, tier=None, reached_at=None)
    if below is not None and below.threshold is not None:
        fallen = replace(standing, tier=below.id, reached_at=at)
    lost = Lost(standing.tier or "", below.id if below else None, at)
    return begun(fallen, course, left_until + A_DAY), lost


def _below(ladder: terms.Ladder, place: int, earned: int) -> terms.Tier | None:
    """Give the tier that follows one that is lost: the one below it, or the one earned."""
    left = place - 1 if ladder.downgrade is terms.Downgrade.ONE_STEP else earned
    return ladder.tiers[left] if left >= 0 else None


def _earned(standing: Standing, course: Course, end: date, upto: date) -> int:
    """Give the place of the highest tier that what counts for a validity would reach."""
    return max(highest_reached(course, tally) for tally in _looked_at(standing, course, end, upto))


def _looked_at(standing: Standing, course: Course, end: date, upto: date) -> Iterator[Tally]:
    """Add up the windows that may keep a tier: of its last day, and of one of its grace days.

    Where a validity of months holds whole periods of the window, each of them may.
    """
    yield counted(standing, course, end)
    if upto > end:
        yield counted(standing, course, upto)
    months = course.ladder.validity.months
    if months and course.ladder.window is not terms.WindowKind.ROLLING_12M:
        since = terms.add_months(end, -months)
        yield from (tally for day, tally in standing.tallies.items() if since < day <= upto)


def keeping(standing: Standing, course: Course, today: date) -> Keeping | None:
    """Show what keeps a tier; None where it has no end. The standing is settled for today."""
    end, ladder = standing.valid_until, course.ladder
    place = rank(ladder, standing.tier)
    if end is None or place < 0:
        return None
    upto = max(end, today)
    tier, earned = ladder.tiers[place], _earned(standing, course, end, upto)
    return Keeping(
        tier,
        match=tier.threshold.match if tier.threshold else "ALL",
        criteria=criteria(tier, counted(standing, course, upto), course.exponent),
        valid_until=end,
        grace_until=grace_end(course, end),
        is_kept=earned >= place,
        next_end=_end_after(course, end, end + A_DAY) or date.max,
        otherwise=_below(ladder, place, earned),
    )
