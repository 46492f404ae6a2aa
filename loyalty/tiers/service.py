"""Where a member stands: the reading of tiers, and their part in a commit of a higher noun."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from types import MappingProxyType

from loyalty import members
from loyalty.program import Program, terms
from loyalty.states import Fact, State
from loyalty.tiers import rules, store
from loyalty.tiers.rules import Course, Progress, Standing, Tally
from loyalty.turns import Turn

NO_POINTS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Status:
    """A member's place on one ladder, to be shown."""

    ladder: terms.Ladder
    tier: terms.Tier | None
    reached_at: datetime | None
    benefits: tuple[terms.Benefit, ...]
    progress: Progress | None


def local_day(at: datetime, program: Program) -> date:
    """Give the day in the program's zone that an instant (naive UTC) lies in."""
    return at.replace(tzinfo=UTC).astimezone(program.zone).date()


def advance(
    turn: Turn, program: Program, at: datetime, spent: Tally, points: Mapping[str, int]
) -> None:
    """Count a purchase or qualifying points on every ladder, and tell of tiers reached."""
    if not program.ladders:
        return
    before_it = turn.of(store.STANDINGS)
    standings = dict(before_it)
    when = (at, local_day(at, program))
    for course in _courses(turn.state, program):
        ladder = course.ladder
        before = standings.get(ladder.id, Standing())
        earned = points.get(ladder.points_currency or "", 0)
        added = spent.plus(Tally(points=earned)) if earned else spent
        after = rules.advanced(before, course, added, when)
        standings[ladder.id] = after
        if after.tier != before.tier:
            reached = {"ladder": ladder.id, "tier": after.tier, "occurred_at": at}
            turn.tell(Fact("TierReached", reached))
    turn.put(store.STANDINGS, standings)


def undo(
    turn: Turn,
    program: Program,
    purchased_at: datetime,
    taken: Tally,
    points: Mapping[str, int] = NO_POINTS,
) -> None:
    """Take back what a purchase counted for: a refund, and the qualifying points it cost.

    Nobody loses a tier by it before the validity of the tier ends.
    """
    standings = turn.of(store.STANDINGS)
    if not program.ladders or not standings:
        return
    on = local_day(purchased_at, program)
    left = dict(standings)
    for course in _courses(turn.state, program):
        standing = standings.get(course.ladder.id)
        if standing is not None:
            lost = points.get(course.ladder.points_currency or "", 0)
            left[course.ladder.id] = rules.undone(
                standing, course, taken.plus(Tally(points=lost)), on
            )
    turn.put(store.STANDINGS, left)


def _courses(state: State, program: Program) -> list[Course]:
    """Give the program's ladders as this member climbs them."""
    enrolled_on = local_day(state.document["profile"]["enrolled_at"], program)
    return [Course(ladder, enrolled_on, program.exponent) for ladder in program.ladders]


def current_tiers(state: State, program: Program) -> dict[str, terms.Tier]:
    """Give the tiers a member has now, by ladder."""
    standings = store.standings_of(state)
    found = {
        ladder.id: rules.current(standings.get(ladder.id, Standing()), ladder)
        for ladder in program.ladders
    }
    return {ladder: tier for ladder, tier in found.items() if tier is not None}


def factors(standing: Mapping[str, terms.Tier], program: Program) -> dict[str, Fraction]:
    """Give what the tiers' benefits multiply points by, by the benefit (`benefit:double`)."""
    return {
        f"benefit:{benefit.id}": Fraction(benefit.factor)
        for ladder in program.ladders
        for benefit in rules.benefits(ladder, standing.get(ladder.id))
        if benefit.kind is terms.BenefitKind.POINTS_MULTIPLIER and benefit.factor is not None
    }


def statuses(state: State, program: Program, now: datetime) -> list[Status]:
    """Show a member's place on every ladder, in the order of the program."""
    standings = store.standings_of(state)
    enrolled_on = local_day(members.profile_of(state).enrolled_at, program)
    today = local_day(now, program)
    return [
        Status(
            ladder,
            tier := rules.current(standing := standings.get(ladder.id, Standing()), ladder),
            standing.reached_at,
            rules.benefits(ladder, tier),
            rules.progress(standing, Course(ladder, enrolled_on, program.exponent), today),
        )
        for ladder in program.ladders
    ]
