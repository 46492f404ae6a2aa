"""Whether a member is in a segment: each condition against what the member is, and their joining.

The stages of the store say the same of documents; a property test holds both together.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from loyalty.activities import buying
from loyalty.members import MemberStatus
from loyalty.program import terms
from loyalty.segments.rules import conditions as ask
from loyalty.segments.rules.conditions import Condition
from loyalty.segments.rules.definitions import Definition
from loyalty.segments.rules.frames import Frame
from loyalty.segments.rules.portraits import Effort, Portrait
from loyalty.values import value


@value
class Answer:
    """Whether a condition is met, and what the member has of what it asks; None for nothing."""

    met: bool
    have: Any


def matches(definition: Definition, member: Portrait, frame: Frame) -> bool:
    """Tell whether a member is in a segment; who is suspended, closed or erased is in none."""
    return member.profile.status is MemberStatus.ACTIVE and holds(definition, member, frame)


def holds(definition: Definition, member: Portrait, frame: Frame) -> bool:
    """Tell whether a definition holds for a member, whatever the status."""
    if definition.leaf is not None:
        return answer(definition.leaf, member, frame).met
    joined = (holds(part, member, frame) for part in definition.parts)
    if definition.not_ is not None:
        return not next(joined)
    return any(joined) if definition.any_ is not None else all(joined)


def answer(leaf: Condition, member: Portrait, frame: Frame) -> Answer:
    """Answer a single condition."""
    return _ANSWERS[type(leaf)](leaf, member, frame)


def _within(number: int, least: int | None, most: int | None) -> bool:
    return (least is None or number >= least) and (most is None or number <= most)


def _recent(at: datetime | None, leaf: ask.LastPurchase | ask.Engagement, frame: Frame) -> bool:
    """Tell whether something was in the last days, or not in them; what never was is not."""
    if leaf.within_days is not None:
        return at is not None and at >= frame.since(leaf.within_days)
    return at is None or at < frame.since(leaf.not_within_days or 1)


def _tier(leaf: ask.TierHeld, member: Portrait, frame: Frame) -> Answer:
    wanted = frame.wanted_tiers(leaf)
    held = [member.tiers[ladder] for ladder in wanted if ladder in member.tiers]
    met = any(member.tiers.get(ladder) in tiers for ladder, tiers in wanted.items())
    return Answer(met, held)


def _balance(leaf: ask.Balance, member: Portrait, _: Frame) -> Answer:
    have = member.available.get(leaf.currency, 0)
    return Answer(_within(have, leaf.at_least, leaf.at_most), have)


def _last_purchase(leaf: ask.LastPurchase, member: Portrait, frame: Frame) -> Answer:
    at = member.last_purchase_at if member.purchases > 0 else None
    if leaf.never or at is None:
        return Answer(bool(leaf.never) and at is None, at)
    return Answer(_recent(at, leaf, frame), at)


def bought_as_asked(leaf: Condition, bought: buying.Bought, frame: Frame) -> Answer:
    """Answer a condition on purchases by what was bought in its days."""
    match leaf:
        case ask.Purchases():
            have, bounds = bought.purchases, (leaf.at_least, leaf.at_most)
        case ask.Spend():
            have, bounds = bought.spend, frame.spend(leaf)
        case ask.Category():
            have = bought.categories.get(leaf.category, 0)
            bounds = leaf.at_least, leaf.at_most
        case ask.Store():
            have, bounds = bought.stores.get(leaf.store, 0), (leaf.at_least, leaf.at_most)
        case _:
            raise TypeError(f"not about purchases: {leaf!r}")
    return Answer(_within(have, *bounds), have)


def _bought(
    leaf: ask.Purchases | ask.Spend | ask.Category | ask.Store, member: Portrait, frame: Frame
) -> Answer:
    """Answer by what was bought in the days asked for; ever, where the member has it counted."""
    found = member.bought.get(leaf.days, buying.NOTHING_BOUGHT)
    if not ask.days_bought(leaf):
        found = buying.Bought(member.purchases, member.spend)
    return bought_as_asked(leaf, found, frame)


def _locale(leaf: ask.LocaleIs, member: Portrait, _: Frame) -> Answer:
    have = member.profile.locale
    return Answer(any(have == one or have.startswith(f"{one}-") for one in leaf.any_of), have)


def _time_zone(leaf: ask.TimeZoneIs, member: Portrait, _: Frame) -> Answer:
    return Answer(member.profile.time_zone in leaf.any_of, member.profile.time_zone)


def _birth_month(leaf: ask.BirthMonth, member: Portrait, _: Frame) -> Answer:
    born = member.profile.birth_date
    return Answer(born is not None and born.month in leaf.any_of, born and born.month)


def age(born: date, today: date) -> int:
    """Give whole years; who was born on 29 February is a year older on the 28th, where it lacks."""
    birthday = terms.add_months(born, 12 * (today.year - born.year))
    return today.year - born.year - (today < birthday)


def _age(leaf: ask.Age, member: Portrait, frame: Frame) -> Answer:
    born = member.profile.birth_date
    if born is None:
        return Answer(False, None)
    have = age(born, frame.today)
    return Answer(_within(have, leaf.at_least, leaf.at_most), have)


def _enrolled(leaf: ask.Enrolled, member: Portrait, frame: Frame) -> Answer:
    since, before = frame.enrolled(leaf)
    at = member.profile.enrolled_at
    return Answer((since is None or at >= since) and (before is None or at < before), at)


def _label(leaf: ask.Label, member: Portrait, _: Frame) -> Answer:
    have = member.profile.segments
    return Answer(not set(leaf.any_of).isdisjoint(have), list(have))


def _consent(leaf: ask.ConsentGiven, member: Portrait, _: Frame) -> Answer:
    given = member.profile.may_receive(leaf.purpose, leaf.channel)
    return Answer(given, given)


def _engagement(leaf: ask.Engagement, member: Portrait, frame: Frame) -> Answer:
    at = member.engaged.get(leaf.event)
    return Answer(_recent(at, leaf, frame), at)


def _challenge(leaf: ask.Challenge, member: Portrait, _: Frame) -> Answer:
    effort = member.efforts.get(leaf.challenge, Effort())
    if leaf.joined:
        return Answer(effort.joined, effort.joined)
    if leaf.at_least_percent is not None:
        return Answer(effort.percent >= leaf.at_least_percent, effort.percent)
    wanted = effort.levels if leaf.level is None else effort.levels & {leaf.level}
    return Answer(bool(wanted), bool(wanted))


def _plan(leaf: ask.PlanHeld, member: Portrait, _: Frame) -> Answer:
    return Answer(not member.plans.isdisjoint(leaf.any_of), sorted(member.plans))


_ANSWERS: Mapping[type[Condition], Callable[[Any, Portrait, Frame], Answer]] = {
    ask.TierHeld: _tier,
    ask.Balance: _balance,
    ask.LastPurchase: _last_purchase,
    ask.Purchases: _bought,
    ask.Spend: _bought,
    ask.Category: _bought,
    ask.Store: _bought,
    ask.LocaleIs: _locale,
    ask.TimeZoneIs: _time_zone,
    ask.BirthMonth: _birth_month,
    ask.Age: _age,
    ask.Enrolled: _enrolled,
    ask.Label: _label,
    ask.ConsentGiven: _consent,
    ask.Engagement: _engagement,
    ask.Challenge: _challenge,
    ask.PlanHeld: _plan,
}
