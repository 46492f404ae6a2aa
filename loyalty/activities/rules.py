"""What activities earn: a purchase or an event against the program's earning rules, exactly."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from loyalty.errors import BadInput, Refusal
from loyalty.program import Program
from loyalty.program.rules import (
    NOBODY_SPECIAL,
    CurrencyKind,
    EarningRule,
    Event,
    Fixed,
    Line,
    Multiplier,
    PerAmount,
    Purchase,
    Rounding,
    Who,
    holds,
    selects,
)
from loyalty.values import value

LINES_LIMIT = 200
TEXT_LIMIT = 200
AMOUNT_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class MoneyMismatch(Refusal):
    """The purchase is in another currency than the program's."""

    given: str
    expected: str


@value
class Circumstances:
    """What earning rules may ask about the member and the program at the time."""

    who: Who = NOBODY_SPECIAL
    tier_factors: Mapping[str, Fraction] = field(default_factory=dict)
    carry: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)


@value
class Earning:
    """What one rule gave: whole points, what is carried on, and the arithmetic that led there."""

    rule: EarningRule
    points: int
    explanation: Mapping[str, object]
    carry: Fraction | None = None


def check(purchase: Purchase) -> None:
    """Refuse what cannot be a purchase. Raises BadInput."""
    if len(purchase.lines) > LINES_LIMIT:
        raise BadInput(f"at most {LINES_LIMIT} lines", ("lines",))
    check_identity(purchase.source, purchase.id)
    check_circumstances(purchase.store, purchase.channel, purchase.payment_method)
    for index, line in enumerate(purchase.lines):
        _check_line(index, line)
    if min(purchase.shipping, purchase.points_payment, purchase.total) < 0:
        raise BadInput(
            "amounts of a purchase are not negative; report a refund as a refund", ("total",)
        )
    expected = sum(line.amount for line in purchase.lines) + purchase.shipping
    if purchase.total != expected:
        raise BadInput(
            f"total is {purchase.total}, lines and shipping add up to {expected}", ("total",)
        )
    if purchase.total > AMOUNT_LIMIT:
        raise BadInput(f"at most {AMOUNT_LIMIT:,} minor units", ("total",))
    if purchase.points_payment > purchase.total:
        raise BadInput("at most the total can be paid with points", ("pointsPayment",))


def check_identity(source: str, activity_id: str) -> None:
    """Refuse what cannot name an activity. Raises BadInput."""
    for name, text in (("source", source), ("id", activity_id)):
        if not 1 <= len(text) <= TEXT_LIMIT:
            raise BadInput(f"1 to {TEXT_LIMIT} characters", (name,))
    if ":" in source:
        raise BadInput("the name of a source has no colon", ("source",))


def check_circumstances(*texts: str | None) -> None:
    """Refuse names of stores, channels and the like that are too long. Raises BadInput."""
    if any(text is not None and len(text) > TEXT_LIMIT for text in texts):
        raise BadInput(f"texts are at most {TEXT_LIMIT} characters")


def _check_line(index: int, line: Line) -> None:
    if line.amount < 0 or not 0 <= line.tax <= line.amount:
        raise BadInput(
            "an amount is not negative, and tax is part of it", ("lines", index, "amount")
        )
    if not 1 <= line.quantity <= 1_000_000:
        raise BadInput("a quantity is 1 to 1000000", ("lines", index, "quantity"))
    texts = (line.product, line.name, line.category)
    if any(text is not None and len(text) > TEXT_LIMIT for text in texts):
        raise BadInput(f"texts are at most {TEXT_LIMIT} characters", ("lines", index))


def earn(
    purchase: Purchase, program: Program, member: Circumstances, bases: Sequence[int | Fraction]
) -> list[Earning]:
    """Apply every earning rule to a purchase with its `line_bases`, in the order of the program.

    Points of a PER_AMOUNT rule: the sum over matching lines of base x points / per x factor, plus
    what was carried, rounded once (scope ORDER) or per line.
    The base is net of discounts, without shipping and without the part paid with points.
    """
    matching = [
        rule
        for rule in program.earning_rules
        if rule.trigger == "PURCHASE" and _fires(rule, purchase, program, member)
    ]
    work = _Work(
        purchase,
        program,
        member,
        bases,
        [rule for rule in matching if isinstance(rule.effect, Multiplier)],
    )
    earnings = []
    for rule in matching:
        match rule.effect:
            case PerAmount() as effect:
                earnings.append(_per_amount(rule, effect, work))
            case Fixed() as effect:
                earnings.append(_fixed(rule, effect, purchase))
            case Multiplier():
                continue
    return earnings


def earn_event(event: Event, program: Program, member: Circumstances) -> list[Earning]:
    """Apply the earning rules of an event."""
    return [
        Earning(rule, rule.effect.points, {"kind": "FIXED", "event": event.kind})
        for rule in program.earning_rules
        if rule.trigger == "EVENT"
        and rule.event == event.kind
        and isinstance(rule.effect, Fixed)
        and _fires(rule, event, program, member)
    ]


@value
class _Work:
    purchase: Purchase
    program: Program
    member: Circumstances
    bases: Sequence[int | Fraction]
    multipliers: Sequence[EarningRule]


def _fires(
    rule: EarningRule, activity: Purchase | Event, program: Program, member: Circumstances
) -> bool:
    """Tell whether a rule is in force and its conditions hold."""
    return rule.runs_at(activity.occurred_at) and holds(
        rule.when, activity, program.place, member.who
    )


def _per_amount(rule: EarningRule, effect: PerAmount, work: _Work) -> Earning:
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


def _points(effect: PerAmount, weighted: int | Fraction, scale: int) -> Fraction:
    """Give what an amount in minor units is worth, exactly; `scale` of them are one of money."""
    rate = effect.rate
    return Fraction(weighted * rate.numerator, rate.denominator * scale)


def _parts(
    rule: EarningRule, work: _Work, used: dict[str, Fraction]
) -> tuple[list[int | Fraction], list[int | Fraction]]:
    """Give the bases of the lines the rule means, as they are and times each line's factor."""
    bases: list[int | Fraction] = []
    weighted: list[int | Fraction] = []
    for line, base in zip(work.purchase.lines, work.bases, strict=True):
        if selects(rule.when, line):
            factor = _factor(rule, work, line, used)
            bases.append(base)
            weighted.append(base if factor is None else base * factor)
    return bases, weighted


def _factor(
    rule: EarningRule, work: _Work, line: Line, used: dict[str, Fraction]
) -> Fraction | None:
    """Give what multiplies a line: the best of the factors that apply, or their product."""
    if not work.multipliers and not work.member.tier_factors:
        return None
    found = {
        m.id: Fraction(m.effect.factor)
        for m in work.multipliers
        if isinstance(m.effect, Multiplier)
        and m.currency == rule.currency
        and selects(m.when, line)
    }
    if work.member.tier_factors:
        currency = work.program.currency(rule.currency)
        if currency is not None and currency.kind is CurrencyKind.REDEEMABLE:
            found |= work.member.tier_factors
    if not found:
        return None
    if work.program.multipliers == "BEST":
        best = max(found, key=lambda name: found[name])
        found = {best: found[best]}
    used.update(found)
    return math.prod(found.values(), start=Fraction(1))


def _fixed(rule: EarningRule, effect: Fixed, purchase: Purchase) -> Earning:
    units = 1
    if effect.per_unit:
        units = sum(line.quantity for line in purchase.lines if selects(rule.when, line))
    return Earning(
        rule,
        effect.points * units,
        {"kind": "FIXED", "points": effect.points, "units": units},
    )


def rounded(exact: Fraction, rounding: Rounding) -> int:
    """Make a fraction (never negative) whole by the rule's rounding."""
    whole, rest = divmod(exact.numerator, exact.denominator)
    twice = 2 * rest
    match rounding:
        case Rounding.CEIL:
            return whole + (rest > 0)
        case Rounding.HALF_UP:
            return whole + (twice >= exact.denominator)
        case Rounding.HALF_EVEN:
            return whole + (twice > exact.denominator or (twice == exact.denominator and whole % 2))
        case Rounding.FLOOR:
            return whole


def total_base(bases: Iterable[int | Fraction]) -> int:
    """Give what counts as spend for tiers: the whole purchase's base, whole minor units."""
    return int(sum(bases))
