"""How long a payment lasts, through short months and changed clocks, and what ends it."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import Refused
from loyalty.plans import (
    PlanAlreadyActive,
    PlanAlreadyCancelled,
    PlanNotActive,
    PlanNotCancelled,
    rules,
)
from loyalty.plans.rules import Membership, Payment
from loyalty.program import terms

COPENHAGEN = terms.Place(ZoneInfo("Europe/Copenhagen"), 2)
NEW_YORK = terms.Place(ZoneInfo("America/New_York"), 2)


def payment(at: str, *, place: terms.Place = COPENHAGEN, **named: Any) -> Payment:
    """Pay at a local time for one month, unless told otherwise."""
    local = datetime.fromisoformat(at).replace(tzinfo=place.zone)
    paid_at = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    wanted: dict[str, Any] = {"months": 1, **named}
    return Payment(id=at, plan="vip", paid_at=paid_at, place=place, **wanted)


def utc(at: str) -> datetime:
    return datetime.fromisoformat(at)


def start(at: str, **named: Any) -> Membership:
    return rules.started(None, payment(at, **named))


def last_days(*payments: Payment) -> list[str]:
    """Pay one after the other, and give the last day after each."""
    held = rules.started(None, payments[0])
    days = [held.paid[-1].until.isoformat()]
    for paid in payments[1:]:
        held = rules.renewed(held, paid)
        days.append(held.paid[-1].until.isoformat())
    return days


def test_a_month_lasts_to_the_end_of_the_same_day_of_the_next() -> None:
    held = start("2026-03-02 14:00")
    assert held.paid[-1].until == date(2026, 4, 2)
    assert held.ends_at == utc("2026-04-02 22:00")  # midnight in Copenhagen, in summer time
    assert held.status(utc("2026-04-02 21:59")) == "ACTIVE"
    assert held.status(utc("2026-04-02 22:00")) == "LAPSED"


def test_a_month_that_begins_on_the_31st_ends_on_the_last_day_and_comes_back_to_the_31st() -> None:
    months = ["2026-01-31 09:00", "2026-02-28 09:00", "2026-03-31 09:00", "2026-04-30 09:00"]
    assert last_days(*map(payment, months)) == [
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
    ]


def test_a_year_from_29_february_ends_on_the_28th_until_the_next_leap_year() -> None:
    days = [f"{year}-02-28 10:00" for year in (2025, 2026, 2027)]
    paid = [payment(day, months=12) for day in ("2024-02-29 10:00", *days)]
    assert last_days(*paid) == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_weeks_are_seven_local_days_when_the_clocks_change() -> None:
    held = start("2026-03-26 12:00", months=0, days=7)
    assert held.paid[-1].until == date(2026, 4, 2)
    assert held.ends_at == utc("2026-04-02 22:00")
    held = start("2026-10-22 12:00", months=0, days=7)
    assert held.ends_at == utc("2026-10-29 23:00")


def test_a_day_begins_in_the_zone_of_the_program() -> None:
    held = rules.started(None, payment("2026-03-31 23:30", place=NEW_YORK))
    assert held.started_at == utc("2026-04-01 03:30")
    assert held.paid[-1].until == date(2026, 4, 30)


def test_early_renewal_extends_from_the_end_of_what_is_paid_for() -> None:
    assert last_days(payment("2026-01-10 09:00"), payment("2026-01-20 09:00")) == [
        "2026-02-10",
        "2026-03-10",
    ]


def test_late_renewal_within_grace_continues_where_the_last_period_ended() -> None:
    held = start("2026-01-10 09:00", grace_days=7)
    assert held.status(utc("2026-02-10 23:00")) == "GRACE"
    assert held.status(utc("2026-02-17 22:59")) == "GRACE"
    held = rules.renewed(held, payment("2026-02-17 12:00", grace_days=7))
    assert held.paid[-1].until == date(2026, 3, 10)
    assert held.started_at == utc("2026-01-10 08:00")


def test_renewal_after_the_grace_begins_anew() -> None:
    held = rules.renewed(start("2026-01-10 09:00", grace_days=7), payment("2026-02-18 00:00"))
    assert (held.started_at, held.paid[-1].until) == (utc("2026-02-17 23:00"), date(2026, 3, 18))
    assert len(held.paid) == 1


def test_a_plan_that_is_active_is_not_started_again() -> None:
    held = start("2026-01-10 09:00", grace_days=7)
    for at in ("2026-01-11 09:00", "2026-02-17 09:00"):
        with pytest.raises(Refused) as refused:
            rules.started(held, payment(at))
        assert refused.value.refusal == PlanAlreadyActive("vip", held.ends_at)
    assert rules.started(held, payment("2026-02-18 00:00")).paid[-1].until == date(2026, 3, 18)


def test_a_cancelled_plan_goes_on_to_its_end_and_has_no_grace() -> None:
    held = rules.cancelled(start("2026-01-10 09:00", grace_days=7), "vip", utc("2026-01-20 09:00"))
    assert held.status(utc("2026-02-10 22:59")) == "CANCELLED"
    assert held.is_on(utc("2026-02-10 22:59"))
    assert held.status(utc("2026-02-10 23:00")) == "LAPSED"
    with pytest.raises(Refused) as refused:
        rules.cancelled(held, "vip", utc("2026-01-21 09:00"))
    assert refused.value.refusal == PlanAlreadyCancelled("vip", held.ends_at)


def test_cancelling_in_grace_ends_the_plan_at_once() -> None:
    held = start("2026-01-10 09:00", grace_days=7)
    at = utc("2026-02-12 09:00")
    assert rules.cancelled(held, "vip", at).status(at) == "LAPSED"


def test_resuming_takes_the_cancellation_back_until_the_plan_is_over() -> None:
    held = rules.cancelled(start("2026-01-10 09:00"), "vip", utc("2026-01-20 09:00"))
    assert rules.resumed(held, "vip", utc("2026-02-01 09:00")).cancelled_at is None
    for plan, at, refusal in (
        (held, "2026-02-11 09:00", PlanNotActive("vip", "LAPSED")),
        (None, "2026-02-01 09:00", PlanNotActive("vip", None)),
        (start("2026-01-10 09:00"), "2026-02-01 09:00", PlanNotCancelled("vip")),
    ):
        with pytest.raises(Refused) as refused:
            rules.resumed(plan, "vip", utc(at))
        assert refused.value.refusal == refusal


def test_a_renewal_takes_the_cancellation_back() -> None:
    held = rules.cancelled(start("2026-01-10 09:00"), "vip", utc("2026-01-20 09:00"))
    held = rules.renewed(held, payment("2026-02-10 09:00"))
    assert held.status(utc("2026-02-20 09:00")) == "ACTIVE"


def test_a_refund_of_what_has_begun_ends_the_plan_at_once() -> None:
    at = utc("2026-01-20 09:00")
    held = rules.refunded(start("2026-01-10 09:00"), at)
    assert (held.status(at), held.paid, held.due_at) == ("REFUNDED", (), None)
    with pytest.raises(Refused) as refused:
        rules.renewed(held, payment("2026-01-21 09:00"))
    assert refused.value.refusal == PlanNotActive("vip", "REFUNDED")
    assert (
        rules.started(held, payment("2026-01-21 09:00")).status(utc("2026-01-22 09:00")) == "ACTIVE"
    )


def test_a_refund_of_what_is_yet_to_come_only_makes_the_plan_shorter() -> None:
    first = start("2026-01-10 09:00", grace_days=7)
    held = rules.renewed(first, payment("2026-01-20 09:00", grace_days=7))
    assert rules.refunded(held, utc("2026-02-10 22:59")) == first
    assert rules.refunded(held, utc("2026-02-10 23:00")).refunded_at == utc("2026-02-10 23:00")


def test_a_pass_bought_again_gets_longer() -> None:
    half_year: dict[str, Any] = {"months": 6, "bonus_months": 1, "price": 30_000}
    held = rules.bought(None, payment("2026-08-31 10:00", **half_year))
    assert held.paid[-1].until == date(2027, 3, 31)
    held = rules.bought(held, payment("2027-01-05 10:00", **half_year))
    assert held.paid[-1].until == date(2027, 10, 31)
    over = rules.bought(held, payment("2027-12-24 10:00", **half_year))
    assert over.paid[-1].until == date(2028, 7, 24)


@pytest.mark.parametrize(
    ("today", "unused", "refundable"),
    [
        ("2026-03-02", 6, 30_001),
        ("2026-03-03", 5, 25_000),
        ("2026-08-02", 1, 5_000),
        ("2026-08-03", 0, 0),
        ("2026-10-02", 0, 0),
        ("2027-01-01", 0, 0),
    ],
)
def test_the_unused_months_of_a_pass_are_worth_their_part_of_the_price(
    today: str, unused: int, refundable: int
) -> None:
    held = rules.bought(None, payment("2026-03-02 10:00", months=6, bonus_months=1, price=30_001))
    on = date.fromisoformat(today)
    assert rules.unused_months(held.paid[-1], on) == unused
    assert rules.unused_price(held.paid[-1], on) == refundable


def test_all_months_of_an_extension_that_has_not_begun_are_unused() -> None:
    paid = payment("2026-08-31 10:00", months=6, price=600)
    held = rules.bought(rules.bought(None, paid), payment("2026-09-01 10:00", months=6, price=600))
    extension = held.paid[-1]
    assert (extension.since, extension.until) == (date(2027, 2, 28), date(2027, 8, 31))
    assert rules.unused_price(extension, date(2026, 10, 1)) == 600
