"""What tiers ask for, laid beside what there is; reads no clock and moves nobody."""

from dataclasses import dataclass
from datetime import date

from loyalty.program import terms
from loyalty.tiers.rules.tallies import Course, Standing, Tally, counted, window_end


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

    tier: terms.Tier
    match: str
    criteria: tuple[Criterion, ...]
    counted_until: date | None


def entry_tier(ladder: terms.Ladder) -> terms.Tier | None:
    """Give the tier that every member has from the start, where the ladder has one."""
    lowest = ladder.tiers[0]
    return lowest if lowest.threshold is None else None


def rank(ladder: terms.Ladder, tier_id: str | None) -> int:
    """Give the place of a tier from below, counting from 0; -1 for none."""
    return next((i for i, tier in enumerate(ladder.tiers) if tier.id == tier_id), -1)


def current(standing: Standing, ladder: terms.Ladder) -> terms.Tier | None:
    """Give the tier a member has."""
    place = rank(ladder, standing.tier)
    return ladder.tiers[place] if place >= 0 else entry_tier(ladder)


def current_rank(standing: Standing, ladder: terms.Ladder) -> int:
    """Give the place of the tier a member has; -1 for none."""
    tier = current(standing, ladder)
    return rank(ladder, tier.id) if tier else -1


def highest_reached(course: Course, have: Tally) -> int:
    """Give the place of the highest tier whose threshold is met; -1 for none."""
    tiers = course.ladder.tiers
    met = (n for n in reversed(range(len(tiers))) if is_met(tiers[n], have, course.exponent))
    return next(met, -1)


def is_met(tier: terms.Tier, have: Tally, exponent: int) -> bool:
    """Tell whether a tally meets a tier's threshold."""
    if tier.threshold is None:
        return True
    met = [criterion.missing == 0 for criterion in criteria(tier, have, exponent)]
    return any(met) if tier.threshold.match == "ANY" else all(met)


def criteria(tier: terms.Tier, have: Tally, exponent: int) -> tuple[Criterion, ...]:
    """Lay what a tier asks for beside what there is."""
    threshold = tier.threshold
    if threshold is None:
        return ()
    spend = None if threshold.spend is None else terms.minor_units(threshold.spend, exponent)
    asked = (
        ("SPEND", have.spend, spend),
        ("PURCHASES", have.purchases, threshold.purchases),
        ("POINTS", have.points, threshold.points),
        ("VISITS", have.visits, threshold.visits),
    )
    return tuple(Criterion(metric, got, need) for metric, got, need in asked if need is not None)


def comes_near(before: Standing, after: Standing, course: Course, on: date, percent: int) -> bool:
    """Tell whether at most `percent` of the next threshold is missing now and more was before."""
    now_is = progress(after, course, on)
    if now_is is None or not is_near(now_is, percent):
        return False
    was = progress(before, course, on)
    return was is None or was.tier.id != now_is.tier.id or not is_near(was, percent)


def is_near(way: Progress, percent: int) -> bool:
    """Tell whether at most `percent` of the next threshold is missing."""
    near = [100 * criterion.missing <= percent * criterion.need for criterion in way.criteria]
    return any(near) if way.match == "ANY" else all(near)


def progress(standing: Standing, course: Course, on: date) -> Progress | None:
    """Show the way to the next tier; None on the highest."""
    place = current_rank(standing, course.ladder)
    if place + 1 >= len(course.ladder.tiers):
        return None
    tier = course.ladder.tiers[place + 1]
    have = counted(standing, course, on)
    match = tier.threshold.match if tier.threshold else "ALL"
    return Progress(tier, match, criteria(tier, have, course.exponent), window_end(course, on))
