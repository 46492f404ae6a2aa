"""What one activity does to its member, noun by noun, on one turn; touches no database."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from loyalty import challenges, members, offers, plans, referrals, tiers, wallets
from loyalty.activities import rules, store
from loyalty.activities.rules import Circumstances, Earning
from loyalty.members import Doing
from loyalty.program import (
    Activity,
    Event,
    Program,
    Purchase,
    Version,
    Visit,
    Who,
    line_bases,
    terms,
)
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn


def decide_activity(state: State, activity: Activity, version: Version, now: datetime) -> Change:
    """Work out everything one activity does to its member. Raises Refused(MemberNotActive)."""
    members.must_be_free(state, Doing.EARN)
    turn = Turn(state, now, happened_at=activity.occurred_at)
    if isinstance(activity, Visit) and not _counts(turn, activity, version.program):
        return turn.change(counted=False)
    wallets.settle(turn)
    who = terms.NOBODY_SPECIAL if version.program.is_plain else who_is(turn, version)
    circumstances = _circumstances(turn, activity, version, who)
    bases = line_bases(activity, version.program) if isinstance(activity, Purchase) else []
    earnings = rules.earn(activity, version.program, circumstances, bases)
    earned = _book(turn, earnings, activity, version)
    _tell_earned(turn, earned, activity)
    tally = _count(turn, activity, rules.total_base(bases), version.program)
    if version.program.is_plain:
        return turn.change(version=version.number, **_paid_with(activity))
    _count_capped(turn, earnings, activity, version.program)
    tiers.advance(turn, version.program, activity.occurred_at, tally, earned)
    kept = {**_result(version, circumstances), **_paid_with(activity)}
    return turn.change(**kept, **_follow(turn, version, activity, who))


def _paid_with(activity: Activity) -> dict[str, Any]:
    """Keep which entry paid for which purchase, so that it pays for no other."""
    if not isinstance(activity, Purchase) or activity.redemption is None:
        return {}
    return {"redemption": [activity.redemption, activity.source, activity.id]}


def _follow(turn: Turn, version: Version, activity: Activity, who: Who) -> dict[str, Any]:
    """Let the nouns that look at activities do so; give what a refund has to know of it."""
    kept: dict[str, Any] = {}
    offers.after(turn, version, activity, who)
    if stamps := plans.after(turn, version, activity, who):
        kept["stamps"] = stamps
    if counted := challenges.after(turn, version, activity, who):
        kept["challenges"] = list(counted)
    if isinstance(activity, Purchase):
        learned = offers.personal.learn(turn, version, activity, who)
        kept |= {"learned": [list(one) for one in learned]} if learned else {}
    referrals.after(turn, version, activity, who)
    return kept


def _counts(turn: Turn, visit: Visit, program: Program) -> bool:
    """Tell whether a visit is far enough from those that counted."""
    counted_at = turn.of(store.COUNTERS).get("visited_at", ())
    return rules.is_apart(visit.occurred_at, counted_at, program.visits.interval)


def _count(turn: Turn, activity: Activity, spent: int, program: Program) -> tiers.Tally:
    """Count a purchase or a visit, and give what counts for tiers."""
    counters = turn.of(store.COUNTERS)
    match activity:
        case Purchase():
            turn.put(store.COUNTERS, store.with_purchase(counters, activity, spent))
            return tiers.Tally(spend=spent, purchases=1)
        case Visit(occurred_at=at):
            counted_at = rules.counted_with(at, counters.get("visited_at", ()))
            turn.put(store.COUNTERS, store.with_visit(counters, counted_at))
            return tiers.Tally(visits=1)
        case Event() if rules.trigger(activity) is terms.Trigger.BIRTHDAY:
            year = rules.local_day(activity, program).year
            turn.put(store.COUNTERS, store.with_birthday(counters, year))
    return tiers.Tally()


def who(state: State, version: Version, now: datetime) -> Who:
    """Give what conditions may ask about a member as they are now."""
    return who_is(Turn(state, now), version)


def who_is(turn: Turn, version: Version) -> Who:
    """Give what conditions may ask about the member, as they are at this moment of a turn."""
    program = version.program
    profile = turn.state.document["profile"]
    born_on = profile.get("birth_date")
    standing = tiers.settle(turn, program) if program.ladders else {}
    return Who(
        tiers=frozenset(tier.id for tier in standing.values()),
        plans=plans.active(turn, version, turn.now),
        segments=frozenset(profile.get("segments", ())),
        born_on=date.fromisoformat(born_on) if born_on else None,
        purchases=turn.of(store.COUNTERS).get("purchases", 0),
    )


def _circumstances(turn: Turn, activity: Activity, version: Version, who: Who) -> Circumstances:
    program = version.program
    carry = {
        (account.currency, rule): Fraction(part)
        for account in turn.of(wallets.WALLET).accounts.values()
        for rule, part in account.carry.items()
    }
    if program.is_plain:
        return Circumstances(carry=carry)
    given = turn.of(store.COUNTERS).get("given", {})
    factors = tiers.factors(tiers.settle(turn, program), program) if program.ladders else {}
    return Circumstances(
        rules.meant(program, activity, who),
        {**factors, **plans.factors(turn, version, turn.now)},
        carry,
        rules.room(program, activity, given),
    )


def _count_capped(
    turn: Turn, earnings: Sequence[Earning], activity: Activity, program: Program
) -> None:
    """Count what capped rules gave in the periods of their caps."""
    if any(earning.rule.cap for earning in earnings):
        counters = turn.of(store.COUNTERS)
        on = rules.local_day(activity, program)
        given = rules.given_with(counters.get("given", {}), earnings, on)
        turn.put(store.COUNTERS, {**counters, "given": given})


def _result(version: Version, found: Circumstances) -> dict[str, Any]:
    """Keep what decided beside the activity itself, so that a refund can work it out again."""
    kept: dict[str, Any] = {"version": version.number}
    if found.meant:
        kept["meant"] = sorted(found.meant)
    if found.tier_factors:
        kept["factors"] = {name: str(factor) for name, factor in found.tier_factors.items()}
    if found.room:
        kept["room"] = dict(found.room)
    return kept


def _book(
    turn: Turn, earnings: Sequence[Earning], activity: Activity, version: Version
) -> dict[str, int]:
    """Credit what was earned, one entry for each rule that gave at least a point.

    Returns the points by currency.
    """
    earned: dict[str, int] = {}
    reference = store.activity_id(activity)
    for earning in earnings:
        currency = version.program.currency(earning.rule.currency)
        if currency is None:
            continue
        if earning.carry is not None:
            wallets.carry(turn, currency.id, {earning.rule.id: str(earning.carry)})
        if not earning.points:
            continue
        gift = wallets.Gift(currency.id, earning.points, activity.occurred_at)
        why = {"rule": earning.rule.id, "activity": reference, **earning.explanation}
        wallets.give(turn, version, gift, why)
        earned[currency.id] = earned.get(currency.id, 0) + earning.points
    return earned


def _tell_earned(turn: Turn, earned: Mapping[str, int], activity: Activity) -> None:
    """Tell of points earned, one fact for each currency."""
    told = {"activity": store.kind_of(activity), "occurred_at": activity.occurred_at}
    for currency, points in earned.items():
        turn.tell(Fact("PointsEarned", {"currency": currency, "points": points, **told}))
