"""Where a member stands: the reading of tiers, their part in a commit, and what the clock does."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType

from loyalty import members, program, sweeps, wallets
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.program import Program, Version, terms
from loyalty.states import Change, Fact, State
from loyalty.tiers import rules, store
from loyalty.tiers.rules import Allowance, Course, Keeping, Kept, Lost, Progress, Standing, Tally
from loyalty.turns import Turn

NO_POINTS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Status:
    """A member's place on one ladder, to be shown; `keeping` is None where a tier has no end."""

    ladder: terms.Ladder
    tier: terms.Tier | None
    reached_at: datetime | None
    benefits: tuple[terms.Benefit, ...]
    progress: Progress | None
    keeping: Keeping | None = None
    allowances: tuple[Allowance, ...] = ()


Elsewhere = Callable[[Turn, Version, str], terms.Benefit | None]


@dataclass(frozen=True, slots=True)
class BenefitUse:
    """A benefit that a member makes use of now, once."""

    member_id: str
    benefit: str
    key: str


async def prepare(engine: Engine) -> None:
    """Create the index."""
    await store.prepare(engine.mongo)


def settle(turn: Turn, program: Program) -> dict[str, terms.Tier]:
    """Keep and take the tiers whose time is over, before anything else is decided.

    Tells of it in facts, once. Gives the tiers the member has, by ladder.
    """
    if not program.ladders:
        return {}
    standings = turn.of(store.STANDINGS)
    changed = {}
    for course in _due(turn.state, program, standings, turn.now):
        ladder = course.ladder.id
        today = program.place.day(turn.now)
        changed[ladder], news = rules.settled(standings[ladder], course, today)
        turn.tell(*(_fact(ladder, one) for one in news))
    if changed:
        standings = {**standings, **changed}
        turn.put(store.STANDINGS, standings)
    return _held(standings, program)


def advance(
    turn: Turn, program: Program, at: datetime, spent: Tally, points: Mapping[str, int]
) -> None:
    """Count a purchase, a visit or qualifying points on every ladder, and tell of tiers reached.

    Tiers are settled before.
    """
    if not program.ladders:
        return
    before_it = turn.of(store.STANDINGS)
    standings = dict(before_it)
    when = rules.Moment(at, program.place.day(at), program.place.day(turn.now))
    for course in _courses(turn.state, program):
        ladder = course.ladder
        before = standings.get(ladder.id, NOWHERE)
        earned = points.get(ladder.points_currency or "", 0)
        added = spent.plus(Tally(points=earned)) if earned else spent
        after = rules.advanced(before, course, added, when)
        if after.tier != before.tier:
            reached = {"ladder": ladder.id, "tier": after.tier, "occurred_at": at}
            turn.tell(Fact("TierReached", reached))
        elif after.due_at is not None:  # in its grace days it may have been earned again
            after, news = rules.settled(after, course, when.today)
            turn.tell(*(_fact(ladder.id, one) for one in news))
        standings[ladder.id] = after
        percent = program.near_tier_percent
        if percent is not None and rules.comes_near(before, after, course, when.today, percent):
            turn.tell(Fact("TierNeared", {"ladder": ladder.id, "occurred_at": at}))
    turn.put(store.STANDINGS, standings)


def undo(
    turn: Turn,
    program: Program,
    purchased_at: datetime,
    taken: Tally,
    points: Mapping[str, int] = NO_POINTS,
) -> None:
    """Take back what a purchase counted for: a refund, and the qualifying points it cost.

    `program` is the one it counted under: only its ladders, in the windows of then, have anything
    to give back, and those that are gone by now have it too. Tiers are settled before; nobody
    loses one by it before its validity ends.
    """
    standings = turn.of(store.STANDINGS)
    if not program.ladders or not standings:
        return
    on = program.place.day(purchased_at)
    left = dict(standings)
    for course in _courses(turn.state, program):
        standing = standings.get(course.ladder.id)
        if standing is not None:
            lost = points.get(course.ladder.points_currency or "", 0)
            whole = taken.plus(Tally(points=lost)) if lost else taken
            left[course.ladder.id] = rules.undone(standing, course, whole, on)
    turn.put(store.STANDINGS, left)


NOWHERE = Standing()


def _courses(state: State, program: Program) -> list[Course]:
    """Give the program's ladders as this member climbs them."""
    enrolled_on = program.place.day(state.document["profile"]["enrolled_at"])
    return [
        Course(ladder, enrolled_on, program.exponent, program.zone) for ladder in program.ladders
    ]


def _due(
    state: State, program: Program, standings: Mapping[str, Standing], now: datetime
) -> Sequence[Course]:
    """Give the ladders on which time alone may have changed something."""
    waiting = {
        ladder.id
        for ladder in program.ladders
        if (standing := standings.get(ladder.id)) is not None
        and standing.tier is not None
        and (standing.due_at <= now if standing.due_at else ladder.has_ends)
    }
    if not waiting:
        return ()
    return [course for course in _courses(state, program) if course.ladder.id in waiting]


def _settled(state: State, program: Program, now: datetime) -> Mapping[str, Standing]:
    """Give where a member stands by now, as the next commit will write it."""
    standings = store.standings_of(state)
    due = _due(state, program, standings, now)
    if not due:
        return standings
    today = program.place.day(now)
    changed = {
        course.ladder.id: rules.settled(standings[course.ladder.id], course, today)[0]
        for course in due
    }
    return {**standings, **changed}


def _fact(ladder: str, news: Kept | Lost) -> Fact:
    told = {"ladder": ladder, "tier": news.tier, "occurred_at": news.at}
    if isinstance(news, Kept):
        return Fact("TierKept", {**told, "valid_until": news.valid_until.isoformat()})
    return Fact("TierLost", {**told, "instead": news.instead})


def _held(standings: Mapping[str, Standing], program: Program) -> dict[str, terms.Tier]:
    found = {
        ladder.id: rules.current(standings.get(ladder.id, NOWHERE), ladder)
        for ladder in program.ladders
    }
    return {ladder: tier for ladder, tier in found.items() if tier is not None}


def current_tiers(state: State, program: Program, now: datetime) -> dict[str, terms.Tier]:
    """Give the tiers a member has at an instant, by ladder."""
    return _held(_settled(state, program, now), program)


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
    standings = _settled(state, program, now)
    today = program.place.day(now)
    return [
        _status(standings.get(course.ladder.id, NOWHERE), course, today, state)
        for course in _courses(state, program)
    ]


def _status(standing: Standing, course: Course, today: date, state: State) -> Status:
    ladder = course.ladder
    tier = rules.current(standing, ladder)
    benefits = rules.benefits(ladder, tier)
    return Status(
        ladder,
        tier,
        standing.reached_at,
        benefits,
        rules.progress(standing, course, today),
        rules.keeping(standing, course, today),
        allowances(state, benefits, today),
    )


def allowances(
    state: State, benefits: Iterable[terms.Benefit], today: date
) -> tuple[Allowance, ...]:
    """Show how those of a member's benefits that have a quota stand on a local day."""
    uses = state.value(store.USES)
    return tuple(
        rules.allowance(benefit, benefit.quota, uses.get(benefit.id), today)
        for benefit in benefits
        if benefit.quota is not None
    )


async def use_benefit(
    engine: Engine, wanted: BenefitUse, elsewhere: Elsewhere | None = None
) -> Outcome:
    """Note that a member makes use of a benefit, within its quota.

    `elsewhere` finds one that a higher noun gives, or refuses it. Raises BadInput; Refused with
    BenefitUnknown, BenefitNotHeld, BenefitUsedUp, BenefitUsedForGood, MemberNotActive,
    MemberUnknown or KeyReused; Unavailable.
    """
    wallets.check_key(wanted.key)
    version = await program.active(engine)
    terms = version.program

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.SPEND)
        turn = Turn(state, now)
        held = settle(turn, terms)
        benefit = elsewhere(turn, version, wanted.benefit) if elsewhere else None
        benefit = benefit or _benefit(held, terms, wanted.benefit)
        uses = rules.used(turn.of(store.USES), benefit, terms.place.day(now))
        turn.put(store.USES, uses)
        turn.tell(Fact("BenefitUsed", {"benefit": benefit.id}))
        counted = store.uses_document(uses).get(benefit.id) if benefit.quota else None
        return turn.change(benefit=benefit.id, used=counted)

    fingerprint = wallets.hash_input(verb="use_benefit", benefit=wanted.benefit)
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


def _benefit(held: Mapping[str, terms.Tier], program: Program, benefit_id: str) -> terms.Benefit:
    """Find a benefit that a member has. Raises Refused."""
    for ladder in program.ladders:
        for benefit in rules.benefits(ladder, held.get(ladder.id)):
            if benefit.id == benefit_id:
                return benefit
    for tier in (tier for ladder in program.ladders for tier in ladder.tiers):
        for benefit in tier.benefits:
            if benefit.id == benefit_id:
                raise Refused(rules.BenefitNotHeld(benefit.id, benefit.name, tier.id, tier.name))
    raise Refused(rules.BenefitUnknown(benefit_id))


async def sweep(engine: Engine, limit: int = 200) -> int:
    """Keep and take the tiers of up to `limit` members whose time is over; return how many."""
    due = await store.due_members(engine.mongo, engine.clock(), limit)
    version = await program.find_active(engine) if due else None
    if version is None:
        return 0
    terms = version.program

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn, terms)
        _leave_gone(turn, terms)
        return turn.change()

    return await sweeps.each(due, lambda member: engine.commits.submit(Command(member, decide)))


def _leave_gone(turn: Turn, program: Program) -> None:
    """Let nothing fall due on ladders that the program has no more."""
    standings = turn.of(store.STANDINGS)
    here = {ladder.id for ladder in program.ladders}
    gone = {
        ladder: replace(standing, valid_until=None, due_at=None)
        for ladder, standing in standings.items()
        if standing.due_at is not None and ladder not in here
    }
    if gone:
        turn.put(store.STANDINGS, {**standings, **gone})
