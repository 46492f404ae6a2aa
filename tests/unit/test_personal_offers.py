"""What calls a personal offer: bought so often within so many days, or nothing for long."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from loyalty import program
from loyalty.errors import Refused
from loyalty.offers.rules import (
    History,
    Subject,
    bought,
    counted,
    owing,
    subjects,
    uncounted,
    won_back,
)
from loyalty.offers.store import HISTORY
from loyalty.program import Line, Program, ProgramInvalid, Purchase
from loyalty.program.rules import PersonalOffer

DAY = date(2026, 3, 2)
LATTE = Subject("latte", "Caffè latte")


def rule(**named: Any) -> PersonalOffer:
    return PersonalOffer(**{"id": "four", "offer": "treat", "count": 4, **named})


def purchase(*lines: Line, at: datetime = datetime(2026, 3, 2, 12)) -> Purchase:
    return Purchase("till", "1", "mbr_1", at, "DKK", sum(li.amount for li in lines), lines)


def count(history: History, wanted: PersonalOffer, *days: date) -> tuple[History, list[bool]]:
    called = []
    for day in days:
        history, is_called = counted(history, wanted, LATTE, day)
        called.append(is_called)
    return history, called


def test_the_fourth_calls_and_a_new_cycle_begins() -> None:
    days = [DAY + timedelta(days=n) for n in range(9)]
    history, called = count(History(), rule(), *days)
    assert called == [False, False, False, True] * 2 + [False]
    assert history.counted == {"four": {"latte": (days[8],)}}


def test_days_too_far_apart_are_not_counted_together() -> None:
    wanted = rule(count=3, days=90)
    _, called = count(History(), wanted, DAY, DAY + timedelta(45), DAY + timedelta(90))
    assert called == [False, False, False]
    _, called = count(History(), wanted, DAY, DAY + timedelta(45), DAY + timedelta(89))
    assert called == [False, False, True]


def test_a_late_report_counts_on_its_own_day() -> None:
    history, _ = count(History(), rule(count=3, days=90), DAY + timedelta(80), DAY - timedelta(20))
    assert history.counted == {"four": {"latte": (DAY + timedelta(80),)}}
    _, called = count(history, rule(count=3, days=90), DAY, DAY + timedelta(10))
    assert called == [False, True]


LINES = (
    Line(500, product="latte", category="coffee", name="Caffè latte", quantity=3),
    Line(500, product="latte", category="coffee", name="Caffè latte"),
    Line(900, product="beans", category="coffee"),
    Line(100, category="bag"),
)


@pytest.mark.parametrize(
    ("by", "when", "found"),
    [
        ("PRODUCT", {}, [("latte", "Caffè latte"), ("beans", None)]),
        ("PRODUCT", {"products": ["beans"]}, [("beans", None)]),
        ("CATEGORY", {}, [("coffee", None), ("bag", None)]),
        ("ANY", {"categories": ["coffee"]}, [("", None)]),
        ("ANY", {"categories": ["tea"]}, []),
    ],
)
def test_a_purchase_counts_once_for_each_subject(
    by: str, when: dict[str, Any], found: list[tuple[str, str | None]]
) -> None:
    wanted = rule(by=by, when=when)
    assert [(s.id, s.name) for s in subjects(wanted, purchase(*LINES))] == found


def test_what_was_returned_is_counted_no_more() -> None:
    history, _ = count(History(), rule(), DAY, DAY, DAY + timedelta(1))
    history = uncounted(history, rule(), LATTE, DAY)
    assert history.counted == {"four": {"latte": (DAY, DAY + timedelta(1))}}
    assert uncounted(history, rule(), LATTE, DAY + timedelta(5)) == history
    assert uncounted(history, rule(), Subject("tea"), DAY) == history


def test_the_subject_not_bought_for_longest_is_forgotten() -> None:
    history = History()
    for n in range(101):
        history, _ = counted(history, rule(), Subject(f"p{n}"), DAY + timedelta(days=n))
    kept = history.counted["four"]
    assert (len(kept), "p0" in kept, "p1" in kept) == (100, False, True)


WIN_BACK = """
format: 1
id: shop
name: Shop
money: DKK
time_zone: Europe/Copenhagen
offers:
  - {id: treat, kind: CUSTOM, name: Treat, personal: true}
personal_offers:
  - {id: soon, kind: WIN_BACK, offer: treat, days: 30}
  - {id: late, kind: WIN_BACK, offer: treat, days: 60}
"""


@pytest.fixture
def shop() -> Program:
    return program.parse(WIN_BACK)


def test_who_is_long_away_is_called_once_by_each_rule(shop: Program) -> None:
    history = bought(History(), shop, datetime(2026, 3, 2, 12))
    assert history.due_at == datetime(2026, 4, 1, 22)  # the end of 1 April in Copenhagen's summer
    history, called = won_back(history, shop, datetime(2026, 4, 1, 22))
    assert [each.id for each in called] == ["soon"]
    assert history.due_at == datetime(2026, 5, 1, 22)
    history, called = won_back(history, shop, datetime(2026, 6, 1))
    assert [each.id for each in called] == ["late"]
    assert history.due_at is None
    assert won_back(history, shop, datetime(2027, 1, 1))[1] == []


def test_a_purchase_begins_the_wait_anew_and_a_late_report_does_not(shop: Program) -> None:
    history, _ = won_back(bought(History(), shop, datetime(2026, 3, 2)), shop, datetime(2026, 5, 9))
    assert bought(history, shop, datetime(2026, 2, 1)) == history
    again = bought(history, shop, datetime(2026, 5, 10))
    assert (again.won_back, again.due_at) == (frozenset(), datetime(2026, 6, 9, 22))


def test_a_history_is_stored_and_read_again(shop: Program) -> None:
    odd = Subject("a.b$\u00fc", None)
    history, _ = counted(bought(History(), shop, datetime(2026, 3, 2)), rule(), odd, DAY)
    history = owing(history, rule(), odd, 2)
    history, _ = won_back(history, shop, datetime(2026, 4, 9))
    assert history.owed_of("four", odd.id) == 2
    assert owing(history, rule(), odd, -2).owed_of("four", odd.id) == 0
    assert HISTORY.read(HISTORY.write(history)) == history
    assert HISTORY.read({}) == History()


def test_mistakes_are_told_by_their_places() -> None:
    source = WIN_BACK.replace("personal: true", "personal: false").replace(", days: 60", "")
    source += "  - {id: four, offer: trat}\n  - {id: five, offer: treat, count: 2, days: 3}\n"
    with pytest.raises(Refused) as caught:
        program.parse(source)
    assert isinstance(caught.value.refusal, ProgramInvalid)
    told = {problem.path: problem.message for problem in caught.value.refusal.problems}
    assert "personal: true" in told["personal_offers.0.offer"]
    assert told["personal_offers.1.days"].startswith("required")
    assert "did you mean `treat`?" in told["personal_offers.2.offer"]
    assert told["personal_offers.2.count"] == "`count` belongs to BOUGHT, and is required there"
