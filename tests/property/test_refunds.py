"""Refunds in any parts add up to one refund of it all: money, points and what points had paid."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loyalty.activities import Line, Purchase
from loyalty.activities.rules import (
    NOTHING_REFUNDED,
    Circumstances,
    Refund,
    Refunded,
    RefundLine,
    dues,
    is_over,
    part_between,
    points_payment_of,
    refunded_total,
    refunded_with,
    remaining,
    taken_with,
    worth,
)
from loyalty.errors import BadInput, Refused
from loyalty.program import Program

NOON = datetime(2026, 3, 2, 12, 0)
LINES = st.builds(
    lambda amount, quantity, taxed, category: Line(
        amount, quantity, category=category, tax=amount // 5 if taxed else 0
    ),
    st.integers(0, 5_000),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from(["tea", "cake", None]),
)
PARTS = st.one_of(
    st.builds(lambda index, quantity: (RefundLine(index, quantity),), st.integers(0, 3),
              st.one_of(st.none(), st.integers(1, 5))),
    st.builds(lambda index, amount: (RefundLine(index, amount=amount),), st.integers(0, 3),
              st.integers(1, 3_000)),
    st.integers(1, 6_000),
)  # fmt: skip


@st.composite
def purchases(draw: st.DrawFn) -> Purchase:
    lines = tuple(draw(st.lists(LINES, min_size=1, max_size=4)))
    shipping = draw(st.integers(0, 900))
    total = sum(line.amount for line in lines) + shipping
    paid = draw(st.integers(0, total))
    return Purchase(
        "till", "1", "mbr_1", NOON, "EUR", total, lines, shipping=shipping, points_payment=paid
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    effects: list[dict[str, Any]] = [
        {
            "kind": "PER_AMOUNT",
            "points": draw(st.integers(1, 7)),
            "per": draw(st.sampled_from(["1.00", "3.00", "0.50"])),
            "rounding": draw(st.sampled_from(["FLOOR", "CEIL", "HALF_UP", "HALF_EVEN"])),
            "scope": draw(st.sampled_from(["ORDER", "LINE"])),
        },
        {"kind": "PER_AMOUNT", "points": 1, "per": "7.00", "carry": True},
        {"kind": "FIXED", "points": 3, "per_unit": True},
        {"kind": "FIXED", "points": 11},
        {"kind": "MULTIPLIER", "factor": "1.5"},
    ]
    when = [{}, {"minimum_amount": "20.00"}, {"categories": ["tea"]}]
    return Program.model_validate(
        {
            "format": 1,
            "id": "p",
            "name": "p",
            "money": "EUR",
            "earn_base": {"tax": draw(st.sampled_from(["INCLUDED", "EXCLUDED"]))},
            "currencies": [{"id": "points", "name": "p"}],
            "earning_rules": [
                {"id": f"r{n}", "name": "r", "currency": "points", "effect": effect,
                 "when": draw(st.sampled_from(when))}
                for n, effect in enumerate(effects)
            ],
        }
    )  # fmt: skip


def asked(part: Any) -> Refund:
    if isinstance(part, int):
        return Refund("till", "r", NOON, "till", "1", amount=part)
    return Refund("till", "r", NOON, "till", "1", lines=part)


@given(purchases(), programs(), st.lists(PARTS, max_size=8))
def test_refunds_in_parts_telescope_to_the_whole(
    purchase: Purchase, program: Program, parts: list[Any]
) -> None:
    first = worth(purchase, NOTHING_REFUNDED, program, Circumstances())
    refunded, undone = NOTHING_REFUNDED, 0
    for refund in [*map(asked, parts), Refund("till", "r", NOON, "till", "1")]:
        before = refunded
        try:
            refunded = refunded_with(purchase, before, refund)
        except (Refused, BadInput):
            continue
        left = worth(purchase, refunded, program, Circumstances())
        found = dues(first, left, before.taken)
        refunded = replace(refunded, taken=taken_with(before.taken, found))
        undone += part_between(purchase, before, refunded).total
        look_at(purchase, before, refunded)
        for rule, was in first.items():
            kept = left[rule].points if rule in left else Fraction(0)
            taken = refunded.taken.get(rule, Fraction(0))
            assert was.points >= taken >= was.points - kept
    assert is_over(purchase, refunded)
    assert refunded_total(refunded) == purchase.total == undone
    assert points_payment_of(purchase, refunded) == purchase.points_payment
    given_back = {rule: points for rule, points in refunded.taken.items() if points}
    assert given_back == {rule: was.points for rule, was in first.items() if was.points}


def look_at(purchase: Purchase, before: Refunded, refunded: Refunded) -> None:
    """See that nothing grows back, and that what is left is a purchase that adds up."""
    assert refunded_total(before) <= refunded_total(refunded) <= purchase.total
    assert points_payment_of(purchase, before) <= points_payment_of(purchase, refunded)
    left = remaining(purchase, refunded)
    assert left.total == sum(line.amount for line in left.lines) + left.shipping
    assert left.total == purchase.total - refunded_total(refunded)
    assert 0 <= left.points_payment <= left.total
    for line in left.lines:
        assert 0 <= line.tax <= line.amount
        assert line.quantity >= 1
