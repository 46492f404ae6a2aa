"""What purchases and events earn: each test says one rule, with the arithmetic written out."""

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from loyalty import program
from loyalty.activities import Event, Line, Purchase, Visit
from loyalty.activities.rules import (
    LINES_LIMIT,
    Circumstances,
    Earning,
    check,
    earn,
    meant,
    rounded,
    total_base,
)
from loyalty.errors import BadInput
from loyalty.program import Program
from loyalty.program.rules import Rounding, Who, line_bases

NOON = datetime(2026, 3, 2, 12, 0)  # a Monday
PER_UNIT: dict[str, Any] = {"kind": "PER_AMOUNT", "points": 1, "per": "1.00"}


def terms(*rules: dict[str, Any], **more: Any) -> Program:
    """A program of rules that need only say what they are about."""
    declared = [
        {"id": f"r{n}", "name": "rule", "currency": "points", "effect": PER_UNIT, **rule}
        for n, rule in enumerate(rules)
    ]
    currencies = [{"id": "points", "name": "p"}]
    currencies.append({"id": "status", "name": "s", "kind": "QUALIFYING"})
    tiers: list[dict[str, Any]] = [{"id": "basic", "name": "b"}]
    tiers.append({"id": "gold", "name": "g", "threshold": {"purchases": 1}})
    return Program.model_validate(
        {
            "format": 1,
            "id": "p",
            "name": "p",
            "money": "EUR",
            "time_zone": "Europe/Copenhagen",
            "currencies": currencies,
            "earning_rules": declared,
            "ladders": [{"id": "main", "name": "m", "tiers": tiers}],
            **more,
        }
    )


def bought(total: int, *lines: Line, **named: Any) -> Purchase:
    given = {"occurred_at": NOON, "money": "EUR", **named}
    return Purchase("till", "1", "mbr_1", total=total, lines=lines, **given)


def earnings(
    purchase: Purchase, program: Program, member: Circumstances | None = None
) -> list[Earning]:
    bases = line_bases(purchase, program)
    return earn(purchase, program, member or Circumstances(), bases)


def points(purchase: Purchase, program: Program, member: Circumstances | None = None) -> int:
    return sum(earning.points for earning in earnings(purchase, program, member))


def test_a_paid_order_of_42_70_makes_42_points() -> None:
    [earning] = earnings(bought(4270), terms({}))
    assert earning.points == 42
    assert earning.explanation == {
        "kind": "PER_AMOUNT",
        "base": "4270",
        "points": 1,
        "per": "1.00",
        "exact": "427/10",
        "rounding": "FLOOR",
    }


@pytest.mark.parametrize(
    ("rounding", "half_up", "half_down", "third", "whole"),
    [
        (Rounding.FLOOR, 1, 2, 0, 3),
        (Rounding.HALF_UP, 2, 3, 0, 3),
        (Rounding.HALF_EVEN, 2, 2, 0, 3),
        (Rounding.CEIL, 2, 3, 1, 3),
    ],
)
def test_each_rounding_of_1_5_and_2_5_and_a_third(
    rounding: Rounding, half_up: int, half_down: int, third: int, whole: int
) -> None:
    assert rounded(Fraction(3, 2), rounding) == half_up
    assert rounded(Fraction(5, 2), rounding) == half_down
    assert rounded(Fraction(1, 3), rounding) == third
    assert rounded(Fraction(3), rounding) == whole


def test_a_purchase_rounds_once_and_by_line_where_the_rule_says_so() -> None:
    lines = (Line(150), Line(150))
    assert points(bought(300, *lines), terms({})) == 3
    by_line = terms({"effect": {**PER_UNIT, "scope": "LINE"}})
    [earning] = earnings(bought(300, *lines), by_line)
    assert earning.points == 2
    assert earning.explanation["scope"] == "LINE"


def test_carry_makes_30_and_20_earn_the_point_priced_at_50() -> None:
    rule = {"effect": {"kind": "PER_AMOUNT", "points": 1, "per": "50.00", "carry": True}}
    [first] = earnings(bought(3000), terms(rule))
    assert (first.points, first.carry) == (0, Fraction(3, 5))
    member = Circumstances(carry={("points", "r0"): Fraction(3, 5)})
    [second] = earnings(bought(2000), terms(rule), member)
    assert (second.points, second.carry) == (1, Fraction(0))
    assert second.explanation["carried_in"] == "3/5"
    assert second.explanation["carried_out"] == "0"


def test_shipping_earns_nothing() -> None:
    assert points(bought(1500, Line(1000), shipping=500), terms({})) == 10
    assert points(bought(500, shipping=500), terms({})) == 0


def test_the_part_paid_with_points_earns_nothing() -> None:
    assert points(bought(1000, points_payment=400), terms({})) == 6
    assert points(bought(1000, points_payment=1000), terms({})) == 0
    # Spread over goods and shipping alike: 8.00 of goods, half paid with points.
    assert points(bought(1000, Line(800), shipping=200, points_payment=500), terms({})) == 4


def test_tax_earns_only_where_the_program_says_so() -> None:
    purchase = bought(1250, Line(1250, tax=250))
    assert points(purchase, terms({})) == 12
    assert points(purchase, terms({}, earn_base={"tax": "EXCLUDED"})) == 10


def test_a_rule_for_a_category_counts_only_its_lines() -> None:
    purchase = bought(3000, Line(1000, category="tea"), Line(2000, category="cups"))
    assert points(purchase, terms({"when": {"categories": ["tea"]}})) == 10
    assert points(purchase, terms({"when": {"products": ["x"]}})) == 0


def test_a_rule_for_product_and_category_wants_both() -> None:
    rule = terms({"when": {"categories": ["tea"], "products": ["assam"]}})
    assert points(bought(500, Line(500, category="tea", product="assam")), rule) == 5
    assert points(bought(500, Line(500, category="tea", product="earl")), rule) == 0


@pytest.mark.parametrize(
    ("when", "matching", "other"),
    [
        ({"stores": ["aarhus"]}, {"store": "aarhus"}, {"store": "odense"}),
        ({"channels": ["WEB"]}, {"channel": "WEB"}, {}),
        ({"payment_methods": ["CARD"]}, {"payment_method": "CARD"}, {"payment_method": "CASH"}),
    ],
)
def test_a_condition_must_hold(
    when: dict[str, Any], matching: dict[str, str], other: dict[str, str]
) -> None:
    assert points(bought(500, **matching), terms({"when": when})) == 5
    assert points(bought(500, **other), terms({"when": when})) == 0


def test_weekdays_are_those_of_the_program_s_zone() -> None:
    monday = terms({"when": {"weekdays": ["MON"]}})
    assert points(bought(500, occurred_at=datetime(2026, 3, 1, 22, 59)), monday) == 0
    assert points(bought(500, occurred_at=datetime(2026, 3, 1, 23, 0)), monday) == 5
    assert points(bought(500, occurred_at=datetime(2026, 3, 2, 23, 0)), monday) == 0


def test_a_rule_for_a_tier_is_for_its_members() -> None:
    gold = terms({"when": {"tiers": ["gold"]}})
    assert points(bought(500), gold) == 0
    found = meant(gold, bought(500), Who(frozenset({"gold"})))
    assert points(bought(500), gold, Circumstances(found)) == 5


def test_a_minimum_is_of_the_lines_the_rule_means() -> None:
    rule = terms({"when": {"categories": ["tea"], "minimum_amount": "10.00"}})
    assert points(bought(1999, Line(999, category="tea"), Line(1000)), rule) == 0
    assert points(bought(1000, Line(1000, category="tea")), rule) == 10


def test_a_rule_runs_from_its_start_to_before_its_end() -> None:
    rule = terms({"starts_at": "2026-03-01T00:00:00+01:00", "ends_at": "2026-04-01T00:00:00Z"})
    at = [
        (datetime(2026, 2, 28, 22, 59, 59), 0),
        (datetime(2026, 2, 28, 23, 0), 5),
        (datetime(2026, 3, 31, 23, 59, 59), 5),
        (datetime(2026, 4, 1), 0),
    ]
    assert [points(bought(500, occurred_at=when), rule) for when, _ in at] == [p for _, p in at]


def test_a_multiplier_multiplies_its_lines_before_rounding() -> None:
    double = {"when": {"categories": ["tea"]}, "effect": {"kind": "MULTIPLIER", "factor": "2"}}
    purchase = bought(300, Line(150, category="tea"), Line(150))
    [earning] = earnings(purchase, terms({}, double))
    assert earning.points == 4
    assert earning.explanation["exact"] == "9/2"
    assert earning.explanation["factors"] == {"r1": "2"}


def test_a_multiplier_is_for_its_currency_alone() -> None:
    double = {"effect": {"kind": "MULTIPLIER", "factor": "2"}, "currency": "status"}
    given = earnings(bought(500), terms({}, {"currency": "status"}, double))
    assert [(e.rule.currency, e.points) for e in given] == [("points", 5), ("status", 10)]


def test_of_several_multipliers_the_best_counts_or_their_product() -> None:
    rules = [{}, *({"effect": {"kind": "MULTIPLIER", "factor": f}} for f in ("2", "1.5"))]
    assert points(bought(1000), terms(*rules)) == 20
    assert points(bought(1000), terms(*rules, multipliers="PRODUCT")) == 30


def test_a_tier_s_multiplier_is_for_redeemable_currencies() -> None:
    member = Circumstances(tier_factors={"benefit:double": Fraction(2)})
    given = earnings(bought(500), terms({}, {"currency": "status"}), member)
    assert [(e.rule.currency, e.points) for e in given] == [("points", 10), ("status", 5)]


def test_a_fixed_effect_gives_once_or_for_each_unit() -> None:
    fixed = {"kind": "FIXED", "points": 3}
    tea = {"categories": ["tea"]}
    purchase = bought(500, Line(300, quantity=4, category="tea"), Line(200, quantity=9))
    assert points(purchase, terms({"effect": fixed, "when": tea})) == 3
    each = terms({"effect": {**fixed, "per_unit": True}, "when": tea})
    assert points(purchase, each) == 12
    assert points(bought(500, Line(500)), each) == 0


def test_rules_of_events_and_of_purchases_do_not_mix() -> None:
    fixed = {"kind": "FIXED", "points": 20}
    rules = terms({}, {"trigger": "EVENT", "event": "review", "effect": fixed})
    assert points(bought(500), rules) == 5
    review = Event("web", "1", "mbr_1", NOON, "review")
    assert [e.points for e in earn(review, rules, Circumstances())] == [20]
    other = Event("web", "1", "mbr_1", NOON, "newsletter")
    assert earn(other, rules, Circumstances()) == []
    assert earn(Visit("door", "1", "mbr_1", NOON), rules, Circumstances()) == []


def test_spend_for_tiers_is_the_base_in_whole_minor_units() -> None:
    purchase = bought(1000, Line(333), Line(667), points_payment=1)
    assert total_base(line_bases(purchase, terms())) == 999
    assert total_base([Fraction(5, 3), Fraction(5, 3)]) == 3


def test_a_purchase_without_lines_is_one_line_of_its_goods() -> None:
    assert bought(1500, shipping=500).lines == (Line(1000),)
    assert bought(500, shipping=500).lines == ()
    check(bought(1500, shipping=500))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (bought(1000, Line(900)), ("total",)),
        (bought(-1), ("total",)),
        (bought(1000, Line(1000), shipping=-1), ("total",)),
        (bought(1000, points_payment=1001), ("pointsPayment",)),
        (bought(10**12 + 1), ("total",)),
        (bought(0, Line(-1), Line(1)), ("lines", 0, "amount")),
        (bought(1, Line(1, tax=2)), ("lines", 0, "amount")),
        (bought(1, Line(1, quantity=0)), ("lines", 0, "quantity")),
        (bought(1, Line(1, name="x" * 201)), ("lines", 0)),
        (bought(LINES_LIMIT + 1, *(Line(1) for _ in range(LINES_LIMIT + 1))), ("lines",)),
        (Purchase("", "1", "mbr_1", NOON, "EUR", 1), ("source",)),
        (Purchase("a:b", "1", "mbr_1", NOON, "EUR", 1), ("source",)),
        (Purchase("till", "x" * 201, "mbr_1", NOON, "EUR", 1), ("id",)),
    ],
)
def test_what_cannot_be_a_purchase_is_bad_input(wrong: Purchase, path: tuple[str | int]) -> None:
    with pytest.raises(BadInput) as bad:
        check(wrong)
    assert bad.value.path == path


def test_the_ceiling_of_an_amount_is_said() -> None:
    check(Purchase("till", "1", "mbr_1", NOON, "EUR", 10**12))
    with pytest.raises(BadInput, match="at most 1,000,000,000,000 minor units"):
        check(Purchase("till", "1", "mbr_1", NOON, "EUR", 10**12 + 1))


def test_points_pay_no_more_than_the_total() -> None:
    with pytest.raises(BadInput, match="at most the total") as bad:
        check(Purchase("till", "1", "mbr_1", NOON, "EUR", 100, points_payment=101))
    assert bad.value.path == ("pointsPayment",)


def test_money_without_decimals_earns_by_its_own_units() -> None:
    yen = program.parse(
        "{format: 1, id: p, name: p, money: JPY, currencies: [{id: points, name: p}],"
        " earning_rules: [{id: r, name: r, currency: points,"
        " effect: {kind: PER_AMOUNT, points: 1, per: 100}}]}"
    )
    assert points(bought(1299, money="JPY"), yen) == 12
