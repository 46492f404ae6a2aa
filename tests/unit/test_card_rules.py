"""What is stamped, when a card is full or void, and what a refund takes back."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.plans import Card, rules
from loyalty.plans.rules import Set
from loyalty.program import Activity, Event, Line, Purchase, Visit, terms

PLACE = terms.Place(ZoneInfo("Europe/Copenhagen"), 2)
AT = datetime(2026, 3, 2, 12)
SOURCE: dict[str, Any] = {"source": "till", "id": "1", "member_id": "mbr_1", "occurred_at": AT}
VISIT = Visit(**SOURCE, store="centre")


def bought(*lines: Line) -> Purchase:
    return Purchase(**SOURCE, money="DKK", total=sum(line.amount for line in lines), lines=lines)


def coffee(quantity: int = 1, amount: int = 4_000) -> Line:
    return Line(amount, quantity, category="coffee")


def card(**named: Any) -> terms.Card:
    wanted = {"id": "c", "name": "C", "size": 10, "grants": [{"offer": "free"}], **named}
    return terms.Card.model_validate(wanted)


COFFEE = {"categories": ["coffee"]}


@pytest.mark.parametrize(
    ("declared", "activity", "stamps"),
    [
        ({"when": COFFEE}, bought(coffee(3), Line(9_900, 2)), 3),
        ({"when": COFFEE}, bought(Line(9_900, 2)), 0),
        ({"when": COFFEE, "per": "PURCHASE"}, bought(coffee(3), coffee(1)), 1),
        ({"when": COFFEE}, bought(coffee(2), coffee(1, 0)), 2),
        ({"per": "PURCHASE"}, bought(coffee(1, 0)), 0),
        ({"per": "PURCHASE", "when": {"minimum_amount": "50.00"}}, bought(coffee()), 0),
        ({}, bought(coffee(2_000)), 1_000),
        ({}, VISIT, 0),
        ({}, Event(**SOURCE, kind="review"), 0),
        ({"trigger": "VISIT"}, VISIT, 1),
        ({"trigger": "VISIT", "when": {"stores": ["harbour"]}}, VISIT, 0),
        ({"trigger": "VISIT"}, bought(coffee()), 0),
    ],
)
def test_stamps_count_what_the_card_means_and_what_was_paid(
    declared: dict[str, Any], activity: Activity, stamps: int
) -> None:
    assert rules.stamps_for(card(**declared), activity, PLACE) == stamps


def stamped(held: Card, stamps: int, at: datetime = AT, **declared: Any) -> Card:
    return rules.stamped(held.at(at), card(**declared), stamps, at, PLACE)


def test_a_full_card_is_followed_by_one_with_the_surplus() -> None:
    held = stamped(stamped(Card(), 9), 3)
    assert (held.number, held.stamps, held.completed) == (2, 2, 1)
    assert [(f.number, f.state, f.stamps) for f in held.finished] == [(1, "COMPLETED", 10)]
    assert held.opened_at == AT


def test_one_purchase_may_fill_several_cards_and_leave_none_open() -> None:
    held = stamped(Card(), 20)
    assert (held.number, held.stamps, held.completed, held.opened_at) == (3, 0, 2, None)


def test_a_card_is_void_at_the_end_of_the_day_so_many_months_after_its_first_stamp() -> None:
    held = stamped(Card(), 4, datetime(2026, 8, 31, 12), valid_months=6)
    assert held.expires_at == datetime(2027, 2, 28, 23)
    held = stamped(held, 1, datetime(2027, 2, 28, 22, 59), valid_months=6)
    assert (held.number, held.stamps, held.expires_at) == (1, 5, datetime(2027, 2, 28, 23))
    after = stamped(held, 1, datetime(2027, 2, 28, 23), valid_months=6)
    assert (after.number, after.stamps, after.completed) == (2, 1, 0)
    assert [(f.state, f.stamps) for f in after.finished] == [("EXPIRED", 5)]


def unstamped(held: Card, stamps: int, was_set: Set) -> Card:
    return rules.unstamped(held, was_set, was_set.stamps, was_set.stamps - stamps)


def test_a_refund_takes_stamps_back_and_the_next_pay_those_of_a_full_card() -> None:
    held = stamped(Card(), 12)
    was_set = rules.what_was_set(Card(), held, 12)
    assert was_set == Set(12, number=2, on=2)
    assert unstamped(held, 1, was_set).stamps == 1
    emptied = unstamped(held, 5, was_set)
    assert (emptied.stamps, emptied.number, emptied.completed) == (0, 2, 1)
    assert (emptied.opened_at, emptied.expires_at, emptied.owed) == (None, None, 3)
    assert rules.unstamped(emptied, was_set, 7, 0).owed == 10
    paying = stamped(emptied, 2)
    assert (paying.stamps, paying.owed, paying.opened_at) == (0, 1, None)
    assert rules.what_was_set(emptied, paying, 2) == Set(2, number=2, on=0)
    paid = stamped(paying, 3)
    assert (paid.stamps, paid.owed, paid.opened_at) == (2, 0, AT)
    assert (paid.number, paid.completed) == (2, 1)
    assert rules.what_was_set(paying, paid, 3) == Set(3, number=2, on=2)


def test_a_refund_of_what_was_stamped_on_a_void_card_takes_nothing_from_the_next() -> None:
    void = stamped(Card(), 4, valid_months=1)
    held = stamped(void, 2, datetime(2026, 5, 1, 12), valid_months=1)
    after = unstamped(held, 4, Set(4, number=1, on=4))
    assert after == replace(held, finished=(replace(held.finished[0], stamps=0),))
    assert unstamped(held, 1, Set(2, number=2, on=2)) == replace(held, stamps=1)


def test_a_full_card_before_a_void_one_is_owed_and_its_rest_on_the_void_one_is_gone() -> None:
    void = stamped(stamped(Card(), 12, valid_months=1), 3, valid_months=1)
    held = void.at(datetime(2026, 5, 1, 12))
    assert [(f.state, f.stamps) for f in held.finished] == [("COMPLETED", 10), ("EXPIRED", 5)]
    after = unstamped(held, 12, Set(12, number=2, on=2))
    assert (after.stamps, after.owed, after.finished[1].stamps) == (0, 10, 3)
    assert unstamped(after, 3, Set(3, number=2, on=3)).owed == 10
    some = unstamped(held, 1, Set(12, number=2, on=2))
    assert rules.unstamped(some, Set(12, number=2, on=2), 11, 9).owed == 1


def test_the_last_ten_finished_cards_are_remembered() -> None:
    held = stamped(Card(), 150)
    assert (held.completed, held.number) == (15, 16)
    assert [finished.number for finished in held.finished] == list(range(6, 16))
