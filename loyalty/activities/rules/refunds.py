"""What is left of a purchase after refunds, and what is to be taken back for them; pure arithmetic.

Everything is worked out from all that was refunded so far, never from one refund alone, so that
repeated refunds add up to what one of them all would be, and no rounding leaks.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from fractions import Fraction

from loyalty.activities.rules.checks import check_identity
from loyalty.activities.rules.earning import Circumstances, earn
from loyalty.activities.rules.refusals import RefundedAlready, RefundTooHigh, RefundTooMany
from loyalty.errors import BadInput, Refused
from loyalty.messages import Money
from loyalty.program import Line, Program, Purchase, line_bases
from loyalty.values import value


@value
class RefundLine:
    """Which line of the purchase, counted from 0, and how much of it; all that is left by default.

    A quantity without an amount refunds its part of the amount; an amount alone is a discount
    given later, and the goods are kept.
    """

    index: int
    quantity: int | None = None
    amount: int | None = None


@value
class Refund:
    """Money given back for a purchase: of `lines`, or an `amount` of the order, or all of it.

    `source` and `id` together are unique for ever; amounts in minor units of the purchase's money.
    """

    source: str
    id: str
    occurred_at: datetime
    purchase_source: str
    purchase_id: str
    money: str | None = None
    member_id: str | None = None
    lines: tuple[RefundLine, ...] = ()
    amount: int | None = None


@value
class Refunded:
    """What was refunded of a purchase so far, and what was taken back or given back for it.

    `quantities` and `amounts` by the number of the line, amounts in minor units; `taken` in points
    by rule, exact where a rule carries parts; `returned` in points of the redemption.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    amounts: Mapping[int, int] = field(default_factory=dict)
    shipping: int = 0
    taken: Mapping[str, Fraction] = field(default_factory=dict)
    returned: int = 0


NOTHING_REFUNDED = Refunded()


def check_refund(refund: Refund) -> None:
    """Refuse what cannot be a refund. Raises BadInput."""
    check_identity(refund.source, refund.id)
    if refund.lines and refund.amount is not None:
        raise BadInput("refund lines, or an amount of the order, not both", ("amount",))
    if refund.amount is not None and refund.amount <= 0:
        raise BadInput("an amount to refund is more than nothing", ("amount",))
    indexes = [line.index for line in refund.lines]
    for place, line in enumerate(refund.lines):
        if line.index in indexes[:place]:
            raise BadInput("each line once", ("lines", place, "index"))
        if line.quantity is not None and line.quantity < 1:
            raise BadInput("a quantity is at least 1", ("lines", place, "quantity"))
        if line.amount is not None and line.amount < (1 if line.quantity is None else 0):
            raise BadInput("an amount to refund is more than nothing", ("lines", place, "amount"))


def refunded_with(purchase: Purchase, before: Refunded, refund: Refund) -> Refunded:
    """Add a refund to what was refunded. Raises BadInput, Refused when less is left."""
    if refund.lines:
        for place, line in enumerate(refund.lines):
            if not 0 <= line.index < len(purchase.lines):
                raise BadInput("the purchase has no such line", ("lines", place, "index"))
            before = _with_line(purchase, before, line)
        return before
    left = purchase.total - refunded_total(before)
    if not left and is_over(purchase, before):
        raise Refused(RefundedAlready(purchase.id))
    wanted = left if refund.amount is None else refund.amount
    if wanted > left:
        raise Refused(_too_high(purchase, wanted, left))
    return _with_amount(purchase, before, wanted)


def _with_line(purchase: Purchase, before: Refunded, wanted: RefundLine) -> Refunded:
    index = wanted.index
    line = purchase.lines[index]
    quantity_left = line.quantity - before.quantities.get(index, 0)
    amount_left = line.amount - before.amounts.get(index, 0)
    by_amount = wanted.quantity is None and wanted.amount is not None
    quantity = 0 if by_amount else wanted.quantity or quantity_left
    if quantity > quantity_left or not (quantity_left or by_amount):
        raise Refused(RefundTooMany(index, max(quantity, 1), quantity_left))
    amount = wanted.amount
    if amount is None:
        amount = amount_left * quantity // quantity_left
    if amount > amount_left:
        raise Refused(_too_high(purchase, amount, amount_left, index))
    return replace(
        before,
        quantities={**before.quantities, index: line.quantity - quantity_left + quantity},
        amounts={**before.amounts, index: line.amount - amount_left + amount},
    )


def _with_amount(purchase: Purchase, before: Refunded, wanted: int) -> Refunded:
    """Spread an amount over what is left of the lines; what is more than they are is shipping."""
    left = [line.amount - before.amounts.get(i, 0) for i, line in enumerate(purchase.lines)]
    goods = sum(left)
    of_goods = min(wanted, goods)
    amounts, upto, spread = dict(before.amounts), 0, 0
    for index, amount in enumerate(left):
        upto += amount
        part = of_goods * upto // goods - spread if goods else 0
        spread += part
        if part:
            amounts[index] = amounts.get(index, 0) + part
    quantities = dict(before.quantities)
    if of_goods == goods and (goods or wanted == purchase.total - refunded_total(before)):
        quantities = {index: line.quantity for index, line in enumerate(purchase.lines)}
    shipping = before.shipping + wanted - of_goods
    return replace(before, amounts=amounts, quantities=quantities, shipping=shipping)


def _too_high(purchase: Purchase, asked: int, left: int, line: int | None = None) -> RefundTooHigh:
    return RefundTooHigh(Money(asked, purchase.money), Money(left, purchase.money), line)


def refunded_total(refunded: Refunded) -> int:
    """Give the money that was refunded, in minor units."""
    return sum(refunded.amounts.values()) + refunded.shipping


def is_over(purchase: Purchase, refunded: Refunded) -> bool:
    """Tell whether nothing of a purchase is left that could earn."""
    return all(_left(line, i, refunded) is None for i, line in enumerate(purchase.lines)) and (
        bool(purchase.lines) or refunded.shipping == purchase.shipping
    )


def remaining(purchase: Purchase, refunded: Refunded) -> Purchase:
    """Give the purchase as if what was refunded had never been in it."""
    found = [_left(line, index, refunded) for index, line in enumerate(purchase.lines)]
    lines = tuple(line for line in found if line is not None)
    shipping = purchase.shipping - refunded.shipping
    return replace(
        purchase,
        lines=lines,
        shipping=shipping,
        total=sum(line.amount for line in lines) + shipping,
        points_payment=purchase.points_payment - points_payment_of(purchase, refunded),
    )


def _left(line: Line, index: int, refunded: Refunded) -> Line | None:
    """Give what is left of a line; None where all of its goods or all of its money went back."""
    quantity = line.quantity - refunded.quantities.get(index, 0)
    amount = line.amount - refunded.amounts.get(index, 0)
    if not quantity or (line.amount and not amount):
        return None
    tax = line.tax * amount // line.amount if line.amount else 0
    return replace(line, quantity=quantity, amount=amount, tax=tax)


def points_payment_of(purchase: Purchase, refunded: Refunded) -> int:
    """Give the part of what was refunded that had been paid with points, in minor units."""
    if not purchase.points_payment:
        return 0
    if is_over(purchase, refunded):
        return purchase.points_payment
    return purchase.points_payment * refunded_total(refunded) // purchase.total


def part_between(purchase: Purchase, before: Refunded, after: Refunded) -> Purchase:
    """Give what one refund undid as a purchase of its own: only the refunded part of each line."""
    left, now_left = remaining(purchase, before), remaining(purchase, after)
    lines = []
    for index, line in enumerate(purchase.lines):
        was, is_now = _left(line, index, before), _left(line, index, after)
        if was is None or was == is_now:
            continue
        kept = is_now or replace(was, quantity=0, amount=0, tax=0)
        part = (was.amount - kept.amount, was.quantity - kept.quantity, was.tax - kept.tax)
        lines.append(replace(line, amount=part[0], quantity=part[1], tax=part[2]))
    shipping = left.shipping - now_left.shipping
    return replace(
        purchase,
        lines=tuple(lines),
        shipping=shipping,
        total=sum(line.amount for line in lines) + shipping,
        points_payment=left.points_payment - now_left.points_payment,
    )


@value
class Worth:
    """What one rule gives for what is left of a purchase: points, exact where it carries parts."""

    currency: str
    points: Fraction
    carries: bool


def worth(
    purchase: Purchase, refunded: Refunded, program: Program, member: Circumstances
) -> dict[str, Worth]:
    """Say what each rule gives for what is left, under the terms and circumstances of then."""
    if is_over(purchase, refunded):
        return {}
    left = remaining(purchase, refunded)
    return {
        earning.rule.id: Worth(
            earning.rule.currency,
            Fraction(earning.points) + (earning.carry or 0),
            earning.carry is not None,
        )
        for earning in earn(left, program, member, line_bases(left, program))
    }


@value
class Due:
    """What a refund costs by one rule: `points` now, of `earned`, `left` for what is kept.

    `before` was taken back for earlier refunds. Of a rule that carries parts they are exact, and
    what becomes whole points is told by what is carried.
    """

    rule: str
    currency: str
    points: Fraction
    earned: Fraction
    left: Fraction
    before: Fraction
    carries: bool


def dues(
    first: Mapping[str, Worth], left: Mapping[str, Worth], taken: Mapping[str, Fraction]
) -> list[Due]:
    """Compare what was earned with what is still earned, and with what was taken back before."""
    found = []
    for rule, was in first.items():
        kept = left[rule].points if rule in left else Fraction(0)
        before = taken.get(rule, Fraction(0))
        points = was.points - kept - before
        if points > 0:
            found.append(Due(rule, was.currency, points, was.points, kept, before, was.carries))
    return found


def out_of_carry(points: Fraction, carried: Fraction) -> tuple[int, Fraction]:
    """Take exact points from what is carried, then whole ones; give the whole ones and the rest."""
    whole = max(0, math.ceil(points - carried))
    return whole, carried + whole - points


def taken_with(taken: Mapping[str, Fraction], found: Sequence[Due]) -> dict[str, Fraction]:
    """Add what is taken back now."""
    return {**taken, **{due.rule: due.before + due.points for due in found}}
