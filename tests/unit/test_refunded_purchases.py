"""What is left of a purchase after refunds, and what they cost: the arithmetic written out."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from loyalty.activities import Line, Purchase
from loyalty.activities.rules import (
    NOTHING_REFUNDED,
    Circumstances,
    Refund,
    Refunded,
    RefundedAlready,
    RefundLine,
    RefundTooHigh,
    RefundTooMany,
    check_refund,
    dues,
    is_over,
    out_of_carry,
    part_between,
    points_payment_of,
    refunded_total,
    refunded_with,
    remaining,
    taken_with,
    worth,
)
from loyalty.errors import BadInput, Refused
from loyalty.messages import Money
from loyalty.program import Program

NOON = datetime(2026, 3, 2, 12, 0)
COFFEE, CAKE, FREE = Line(1_000, 4, "coffee", tax=200), Line(501, 1, "cake"), Line(0, 1, "leaflet")


def bought(*lines: Line, shipping: int = 0, **named: Any) -> Purchase:
    total = sum(line.amount for line in lines) + shipping
    return Purchase("till", "1", "mbr_1", NOON, "EUR", total, lines, shipping=shipping, **named)


ORDER = bought(COFFEE, CAKE, FREE, shipping=300)


def too_high(asked: int, left: int, line: int | None = None) -> RefundTooHigh:
    return RefundTooHigh(Money(asked, "EUR"), Money(left, "EUR"), line)


def refund(*lines: RefundLine, amount: int | None = None) -> Refund:
    return Refund("till", "r-1", NOON, "till", "1", lines=lines, amount=amount)


def after(purchase: Purchase, *refunds: Refund) -> Refunded:
    refunded = NOTHING_REFUNDED
    for one in refunds:
        refunded = refunded_with(purchase, refunded, one)
    return refunded


def test_a_quantity_refunds_its_part_of_the_line() -> None:
    refunded = after(ORDER, refund(RefundLine(0, quantity=1)))
    assert refunded_total(refunded) == 250
    left = remaining(ORDER, refunded)
    assert left.lines == (Line(750, 3, "coffee", tax=150), CAKE, FREE)
    assert left.total == ORDER.total - 250


def test_the_last_of_a_line_takes_what_is_left_of_its_amount() -> None:
    three = bought(Line(1_000, 3))
    single = refund(RefundLine(0, quantity=1))
    amounts = [refunded_total(after(three, *[single] * n)) for n in (1, 2, 3)]
    assert amounts == [333, 666, 1_000]
    assert is_over(three, after(three, *[single] * 3))


def test_an_amount_of_a_line_leaves_the_goods() -> None:
    refunded = after(ORDER, refund(RefundLine(0, amount=400)))
    assert remaining(ORDER, refunded).lines[0] == Line(600, 4, "coffee", tax=120)


def test_an_amount_of_the_order_is_spread_over_its_lines() -> None:
    refunded = after(ORDER, refund(amount=150))
    assert refunded.amounts == {0: 99, 1: 51}
    assert refunded.shipping == 0


def test_what_is_more_than_the_goods_is_shipping() -> None:
    refunded = after(ORDER, refund(amount=1_600))
    assert (refunded.amounts, refunded.shipping) == ({0: 1_000, 1: 501}, 99)
    assert is_over(ORDER, refunded)
    assert remaining(ORDER, refunded).total == 201


def test_without_lines_or_amount_all_that_is_left_is_refunded() -> None:
    refunded = after(ORDER, refund(RefundLine(1)), refund())
    assert refunded_total(refunded) == ORDER.total
    assert remaining(ORDER, refunded).lines == ()
    with pytest.raises(Refused) as refused:
        after(ORDER, refund(), refund())
    assert refused.value.refusal == RefundedAlready("1")


@pytest.mark.parametrize(
    ("refunds", "refusal"),
    [
        ([refund(amount=1_802)], too_high(1_802, 1_801)),
        ([refund(RefundLine(1, amount=502))], too_high(502, 501, 1)),
        ([refund(RefundLine(0, quantity=5))], RefundTooMany(0, 5, 4)),
        ([refund(RefundLine(1)), refund(RefundLine(1))], RefundTooMany(1, 1, 0)),
        ([refund(amount=1_000), refund(amount=802)], too_high(802, 801)),
    ],
)
def test_more_than_is_left_is_refused(refunds: list[Refund], refusal: object) -> None:
    with pytest.raises(Refused) as refused:
        after(ORDER, *refunds)
    assert refused.value.refusal == refusal


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (refund(RefundLine(0), amount=1), ("amount",)),
        (refund(amount=0), ("amount",)),
        (refund(RefundLine(0), RefundLine(0)), ("lines", 1, "index")),
        (refund(RefundLine(0, quantity=0)), ("lines", 0, "quantity")),
        (refund(RefundLine(0, amount=0)), ("lines", 0, "amount")),
        (replace(refund(), source="a:b"), ("source",)),
    ],
)
def test_what_cannot_be_a_refund_is_bad_input(wrong: Refund, path: tuple[str | int]) -> None:
    with pytest.raises(BadInput) as bad:
        check_refund(wrong)
    assert bad.value.path == path


def test_a_line_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput) as bad:
        after(ORDER, refund(RefundLine(3)))
    assert bad.value.path == ("lines", 0, "index")


def test_the_part_paid_with_points_goes_back_in_proportion() -> None:
    paid = bought(Line(600), Line(400), points_payment=501)
    assert points_payment_of(paid, after(paid, refund(RefundLine(1)))) == 200
    assert points_payment_of(paid, after(paid, refund(RefundLine(1)), refund())) == 501


def test_what_one_refund_undid_is_a_purchase_of_its_own() -> None:
    before = after(ORDER, refund(RefundLine(0, quantity=1)))
    then = refunded_with(ORDER, before, refund(RefundLine(0, quantity=2), RefundLine(2)))
    undone = part_between(ORDER, before, then)
    assert undone.lines == (Line(500, 2, "coffee", tax=100), Line(0, 1, "leaflet"))
    assert (undone.total, undone.occurred_at) == (500, NOON)


def rules(*declared: dict[str, Any]) -> Program:
    return Program.model_validate(
        {
            "format": 1,
            "id": "p",
            "name": "p",
            "money": "EUR",
            "currencies": [{"id": "points", "name": "p"}],
            "earning_rules": [
                {"id": f"r{n}", "name": "r", "currency": "points", **rule}
                for n, rule in enumerate(declared)
            ],
        }
    )


PER_EURO = {"effect": {"kind": "PER_AMOUNT", "points": 1, "per": "1.00"}}


def cost(purchase: Purchase, program: Program, *refunds: Refund) -> list[list[tuple[str, int]]]:
    """Give what each refund takes back, by rule."""
    found = []
    first = worth(purchase, NOTHING_REFUNDED, program, Circumstances())
    refunded = NOTHING_REFUNDED
    for one in refunds:
        refunded = refunded_with(purchase, refunded, one)
        due = dues(first, worth(purchase, refunded, program, Circumstances()), refunded.taken)
        refunded = replace(refunded, taken=taken_with(refunded.taken, due))
        found.append([(each.rule, int(each.points)) for each in due])
    return found


def test_a_refund_costs_what_the_rest_would_not_have_earned() -> None:
    """Of 19.99 earned 19; what is left, 9.99 and then nothing, would have earned 9 and 0."""
    order = bought(Line(1_000), Line(999))
    steps = cost(order, rules(PER_EURO), refund(RefundLine(0)), refund(RefundLine(1)))
    assert steps == [[("r0", 10)], [("r0", 9)]]


def test_a_refund_that_takes_the_order_below_a_minimum_costs_all_that_the_minimum_gave() -> None:
    over_ten = {"when": {"minimum_amount": "10.00"}, "effect": {"kind": "FIXED", "points": 50}}
    order = bought(Line(900), Line(200))
    assert cost(order, rules(over_ten), refund(RefundLine(1)), refund()) == [[("r0", 50)], []]


def test_points_for_a_purchase_are_kept_until_all_of_it_is_refunded() -> None:
    fixed = {"effect": {"kind": "FIXED", "points": 5}}
    order = bought(Line(500), Line(500), shipping=100)
    steps = cost(order, rules(fixed), refund(RefundLine(0)), refund(RefundLine(1)), refund())
    assert steps == [[], [("r0", 5)], []]


def test_parts_of_points_are_taken_from_what_is_carried_first() -> None:
    carry = {"effect": {"kind": "PER_AMOUNT", "points": 1, "per": "50.00", "carry": True}}
    [due] = dues(
        worth(bought(Line(3_000)), NOTHING_REFUNDED, rules(carry), Circumstances()), {}, {}
    )
    assert (due.points, due.carries) == (Fraction(3, 5), True)
    assert out_of_carry(Fraction(3, 5), Fraction(4, 5)) == (0, Fraction(1, 5))
    assert out_of_carry(Fraction(3, 5), Fraction(0)) == (1, Fraction(2, 5))
    assert out_of_carry(Fraction(13, 5), Fraction(3, 5)) == (2, Fraction(0))
