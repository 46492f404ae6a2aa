"""What activities earn by the program's rules, exactly; pure arithmetic, nothing is booked."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction

from loyalty.activities.rules.checks import OWN_SOURCE
from loyalty.program import Activity, Event, Line, Program, Purchase, Visit, Who, terms
from loyalty.values import value


@value
class Circumstances:
    """What was so at the time of an activity, and decided what it earned beside its own content.

    `meant` names the rules that ask about the member and meant this one, `room` says how many
    points capped rules could still give, `carry` what rules kept of a point, by currency and rule.
    """

    meant: frozenset[str] = frozenset()
    tier_factors: Mapping[str, Fraction] = field(default_factory=dict)
    carry: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    room: Mapping[str, int] = field(default_factory=dict)


@value
class Earning:
    """What one rule gave: whole points, what is carried on, and the arithmetic that led there."""

    rule: terms.EarningRule
    points: int
    explanation: Mapping[str, object]
    carry: Fraction | None = None


def trigger(activity: Activity) -> terms.Trigger:
    """Name the trigger that an activity is; enrolments and birthdays are events of our own."""
    match activity:
        case Purchase():
            return terms.Trigger.PURCHASE
        case Visit():
            return terms.Trigger.VISIT
        case Event(source=source, kind=kind):
            return terms.Trigger(kind) if source == OWN_SOURCE else terms.Trigger.EVENT


def meant(program: Program, activity: Activity, who: Who) -> frozenset[str]:
    """Name the rules that ask about the member and mean this one."""
    return frozenset(
        rule.id
        for rule in program.rules_by_trigger[trigger(activity)]
        if rule.when.asks_who and terms.means(rule.when, activity.occurred_at, program.place, who)
    )


def earn(
    activity: Activity,
    program: Program,
    member: Circumstances,
    bases: Sequence[int | Fraction] = (),
) -> list[Earning]:
    """Apply every earning rule to an activity, a purchase with its line bases, in their order.

    Points of a PER_AMOUNT rule: the sum over matching lines of base x points / per x factor, plus
    what was carried, rounded once (scope ORDER) or per line.
    The base is net of discounts, without shipping and without the part paid with points.
    """
    matching = [
        rule
        for rule in program.rules_by_trigger[trigger(activity)]
        if _fires(rule, activity, program, member)
    ]
    multipliers = [rule for rule in matching if isinstance(rule.effect, terms.Multiplier)]
    earnings = []
    for rule in matching:
        match rule.effect:
            case terms.PerAmount() as effect if isinstance(activity, Purchase):
                work = _Work(activity, program, member, bases, multipliers)
                earnings.append(_capped(_per_amount(rule, effect, work), member))
            case terms.Fixed() as effect:
                earnings.append(_capped(_fixed(rule, effect, activity), member))
    return earnings


def _capped(earning: Earning, member: Circumstances) -> Earning:
    """Give no more than the rule's cap leaves, and say so where it bites."""
    cap = earning.rule.cap
    if cap is None or earning.points <= (room := member.room[earning.rule.id]):
        return earning
    said = {"cap": cap.points, "cap_per": cap.per, "uncapped": earning.points}
    return Earning(earning.rule, room, {**earning.explanation, **said})


@value
class _Work:
    purchase: Purchase
    program: Program
    member: Circumstances
    bases: Sequence[int | Fraction]
    multipliers: Sequence[terms.EarningRule]


def _fires(
    rule: terms.EarningRule, activity: Activity, program: Program, member: Circumstances
) -> bool:
    """Tell whether a rule is in force and its conditions hold."""
    return (
        (not rule.when.asks_who or rule.id in member.meant)
        and rule.runs_at(activity.occurred_at)
        and terms.suits(rule.when, activity, program.place)
        and (rule.event is None or (isinstance(activity, Event) and activity.kind == rule.event))
    )


def _per_amount(rule: terms.EarningRule, effect: terms.PerAmount, work: _Work) -> Earning:
    scale = 10**work.program.exponent
    used: dict[str, Fraction] = {}
    bases, weighted = _parts(rule, work, used)
    if effect.scope == "LINE":
        each = [_points(effect, part, scale) for part in weighted]
        exact = sum(each, Fraction(0))
        points = sum(rounded(part, effect.rounding) for part in each)
    else:
        exact = _points(effect, sum(weighted), scale)
        carried = work.member.carry.get((rule.currency, rule.id)) if effect.carry else None
        if carried:
            exact += carried
        points = rounded(exact, effect.rounding)
    explanation: dict[str, object] = {
        "kind": "PER_AMOUNT",
        "base": str(sum(bases)),
        "points": effect.points,
        "per": str(effect.per),
        "exact": str(exact),
        "rounding": effect.rounding.value,
    }
    if effect.scope == "LINE":
        explanation["scope"] = "LINE"
    if used:
        explanation["factors"] = {name: str(factor) for name, factor in used.items()}
    if not effect.carry:
        return Earning(rule, points, explanation)
    left = exact - points
    explanation |= {"carried_in": str(carried or 0), "carried_out": str(left)}
    return Earning(rule, points, explanation, left)


def _points(effect: terms.PerAmount, weighted: int | Fraction, scale: int) -> Fraction:
    """Give what an amount in minor units is worth, exactly; `scale` of them are one of money."""
    rate = effect.rate
    return Fraction(weighted * rate.numerator, rate.denominator * scale)


def _parts(
    rule: terms.EarningRule, work: _Work, used: dict[str, Fraction]
) -> tuple[list[int | Fraction], list[int | Fraction]]:
    """Give the bases of the lines the rule means, as they are and times each line's factor."""
    bases: list[int | Fraction] = []
    weighted: list[int | Fraction] = []
    for line, base in zip(work.purchase.lines, work.bases, strict=True):
        if terms.selects(rule.when, line):
            factor = _factor(rule, work, line, used)
            bases.append(base)
            weighted.append(base if factor is None else base * factor)
    return bases, weighted


def _factor(
    rule: terms.EarningRule, work: _Work, line: Line, used: dict[str, Fraction]
) -> Fraction | None:
    """Give what multiplies a line: the best of the factors that apply, or their product."""
    if not work.multipliers and not work.member.tier_factors:
        return None
    found = {
        m.id: Fraction(m.effect.factor)
        for m in work.multipliers
        if isinstance(m.effect, terms.Multiplier)
        and m.currency == rule.currency
        and terms.selects(m.when, line)
    }
    if work.member.tier_factors:
        currency = work.program.currency(rule.currency)
        if currency is not None and currency.kind is terms.CurrencyKind.REDEEMABLE:
            found |= work.member.tier_factors
    if not found:
        return None
    if work.program.multipliers == "BEST":
        best = max(found, key=lambda name: found[name])
        found = {best: found[best]}
    used.update(found)
    return math.prod(found.values(), start=Fraction(1))


def _fixed(rule: terms.EarningRule, effect: terms.Fixed, activity: Activity) -> Earning:
    units = _units(rule, activity) if effect.per_unit else 1
    explanation: dict[str, object] = {"kind": "FIXED", "points": effect.points, "units": units}
    if rule.event is not None:
        explanation["event"] = rule.event
    return Earning(rule, effect.points * units, explanation)


def _units(rule: terms.EarningRule, activity: Activity) -> int:
    match activity:
        case Purchase():
            return sum(line.quantity for line in terms.selected(rule.when, activity))
        case Event():
            return activity.quantity
        case Visit():
            return 1


def rounded(exact: Fraction, rounding: terms.Rounding) -> int:
    """Make a fraction (never negative) whole by the rule's rounding."""
    whole, rest = divmod(exact.numerator, exact.denominator)
    twice = 2 * rest
    match rounding:
        case terms.Rounding.FLOOR:
            return whole
        case terms.Rounding.CEIL:
            return whole + (rest > 0)
        case terms.Rounding.HALF_UP:
            return whole + (twice >= exact.denominator)
        case terms.Rounding.HALF_EVEN:
            return whole + (twice > exact.denominator or (twice == exact.denominator and whole % 2))


def total_base(bases: Iterable[int | Fraction]) -> int:
    """Give what counts as spend for tiers: the whole purchase's base, whole minor units."""
    return int(sum(bases))
