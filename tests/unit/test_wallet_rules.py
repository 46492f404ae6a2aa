"""The rules of value: lots, debits, expiry; each test says one of them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import BadInput, Refused
from loyalty.program import terms
from loyalty.program.rules import add_months
from loyalty.wallets.rules import (
    POINTS_LIMIT,
    Allocation,
    Credit,
    Debit,
    EntryKind,
    InsufficientPoints,
    Wallet,
    available_at,
    credit,
    debit,
    expire,
    expires_at,
    with_carry,
)

NOW = datetime(2026, 3, 2, 12, 0)
DAY = timedelta(days=1)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def give(
    wallet: Wallet,
    points: int,
    *,
    currency: str = "points",
    usable: datetime | None = None,
    ends: datetime | None = None,
) -> Wallet:
    wanted = Credit(EntryKind.ACCRUAL, points, NOW, usable, ends)
    return credit(wallet, currency, wanted).wallet


def take(points: int) -> Debit:
    return Debit(EntryKind.REDEMPTION, points)


def lots_of(wallet: Wallet, currency: str = "points") -> list[tuple[int, int, datetime | None]]:
    account = wallet.account(currency)
    return [(lot.amount, lot.remaining, lot.expires_at) for lot in account.lots]


def test_a_credit_opens_a_lot_and_says_the_balance_after() -> None:
    wallet = give(Wallet(), 10)
    moved = credit(wallet, "points", Credit(EntryKind.ACCRUAL, 5, NOW, expires_at=NOW + DAY))
    assert lots_of(moved.wallet) == [(10, 10, None), (5, 5, NOW + DAY)]
    [entry] = moved.entries
    assert (entry.points, entry.balance_after, entry.occurred_at) == (5, 15, NOW)
    assert entry.lot == moved.wallet.account("points").lots[1].id


def test_credits_with_the_same_life_share_a_lot() -> None:
    wallet = give(give(Wallet(), 10, ends=NOW + DAY), 5, ends=NOW + DAY)
    assert lots_of(wallet) == [(15, 15, NOW + DAY)]


def test_credits_with_another_life_do_not_share_a_lot() -> None:
    wallet = give(give(Wallet(), 10, usable=NOW, ends=NOW + DAY), 5, ends=NOW + DAY)
    assert [remaining for _, remaining, _ in lots_of(wallet)] == [10, 5]


@pytest.mark.parametrize("points", [0, -1])
def test_nothing_is_neither_credited_nor_debited(points: int) -> None:
    with pytest.raises(BadInput):
        give(Wallet(), points)
    with pytest.raises(BadInput):
        debit(give(Wallet(), 1), "points", take(points), NOW)


def test_a_balance_has_a_limit() -> None:
    wallet = give(Wallet(), POINTS_LIMIT)
    with pytest.raises(BadInput):
        give(wallet, 1)


def test_debits_consume_the_earliest_expiring_lot_first() -> None:
    wallet = give(Wallet(), 10)
    wallet = give(wallet, 10, ends=NOW + 2 * DAY)
    wallet = give(wallet, 10, ends=NOW + DAY)
    moved = debit(wallet, "points", take(15), NOW)
    assert lots_of(moved.wallet) == [(10, 10, None), (10, 5, NOW + 2 * DAY)]
    [entry] = moved.entries
    soonest, later = wallet.account("points").lots[2].id, wallet.account("points").lots[1].id
    assert entry.allocations == (Allocation(soonest, 10), Allocation(later, 5))
    assert (entry.points, entry.balance_after) == (-15, 15)


def test_of_lots_that_expire_together_the_one_usable_longest_goes_first() -> None:
    wallet = give(Wallet(), 10, usable=NOW - DAY, ends=NOW + DAY)
    wallet = give(wallet, 10, usable=NOW - 2 * DAY, ends=NOW + DAY)
    moved = debit(wallet, "points", take(4), NOW)
    assert [lot.remaining for lot in moved.wallet.account("points").lots] == [10, 6]


def test_a_debit_that_is_one_short_is_refused_with_what_is_missing() -> None:
    wallet = give(Wallet(), 99)
    with pytest.raises(Refused) as refused:
        debit(wallet, "points", take(100), NOW)
    refusal = refused.value.refusal
    assert refusal == InsufficientPoints("points", 100, 99)
    assert isinstance(refusal, InsufficientPoints)
    assert refusal.short == 1
    assert lots_of(wallet) == [(99, 99, None)]


def test_the_last_point_can_be_spent_and_leaves_no_lot() -> None:
    moved = debit(give(Wallet(), 100), "points", take(100), NOW)
    assert lots_of(moved.wallet) == []
    assert moved.wallet.account("points").balance == 0


def test_pending_points_are_held_and_not_spent() -> None:
    wallet = give(give(Wallet(), 10, usable=NOW + DAY), 5)
    account = wallet.account("points")
    assert (account.balance, account.available(NOW), account.pending(NOW)) == (15, 5, 10)
    with pytest.raises(Refused) as refused:
        debit(wallet, "points", take(6), NOW)
    assert refused.value.refusal == InsufficientPoints("points", 6, 5)
    assert account.available(NOW + DAY) == 15


def test_a_lot_ends_at_its_instant_and_not_before() -> None:
    account = give(Wallet(), 10, ends=NOW).account("points")
    assert account.available(NOW - timedelta(milliseconds=1)) == 10
    assert account.available(NOW) == 0
    assert account.balance == 10


def test_expired_points_cannot_be_spent_before_they_are_closed() -> None:
    wallet = give(give(Wallet(), 10, ends=NOW), 5)
    with pytest.raises(Refused) as refused:
        debit(wallet, "points", take(6), NOW)
    assert refused.value.refusal == InsufficientPoints("points", 6, 5)


def test_expiry_closes_exactly_the_lots_whose_time_has_passed() -> None:
    wallet = give(give(give(Wallet(), 10, ends=NOW), 5, ends=NOW + DAY), 7)
    wallet = give(wallet, 3, currency="credit", ends=NOW - DAY)
    spent = debit(wallet, "points", take(1), NOW - 2 * DAY).wallet
    moved = expire(spent, NOW)
    assert lots_of(moved.wallet) == [(5, 5, NOW + DAY), (7, 7, None)]
    assert lots_of(moved.wallet, "credit") == []
    told = [(e.currency, e.points, e.balance_after, e.occurred_at) for e in moved.entries]
    assert told == [("points", -9, 12, NOW), ("credit", -3, 0, NOW - DAY)]
    assert all(e.kind is EntryKind.EXPIRY for e in moved.entries)
    assert moved.wallet.expires_next_at == NOW + DAY


def test_with_nothing_due_expiry_changes_nothing() -> None:
    wallet = give(Wallet(), 10, ends=NOW + DAY)
    moved = expire(wallet, NOW)
    assert moved.wallet is wallet
    assert moved.entries == ()


def test_carry_is_kept_by_rule_beside_the_lots() -> None:
    wallet = with_carry(give(Wallet(), 10), "points", {"a": "1/2"})
    wallet = with_carry(wallet, "points", {"b": "1/3"})
    wallet = with_carry(wallet, "points", {"a": "1/4"})
    assert wallet.account("points").carry == {"a": "1/4", "b": "1/3"}
    assert wallet.account("points").balance == 10


def test_pending_days_end_with_a_local_day() -> None:
    currency = terms.PointsCurrency.model_validate({"id": "p", "name": "p", "pending_days": 14})
    late_evening = datetime(2026, 3, 20, 22, 30)  # 23:30 in Copenhagen
    assert available_at(currency, late_evening, COPENHAGEN) == datetime(2026, 4, 3, 22, 0)
    at_once = terms.PointsCurrency.model_validate({"id": "p", "name": "p"})
    assert available_at(at_once, late_evening, COPENHAGEN) is None


@pytest.mark.parametrize(
    ("earned_at", "ends"),
    [
        # Winter to winter, winter to summer, summer to winter: midnight is another instant in UTC.
        (datetime(2026, 1, 15, 12), datetime(2026, 2, 15, 23)),
        (datetime(2026, 3, 15, 12), datetime(2026, 4, 15, 22)),
        (datetime(2026, 9, 28, 12), datetime(2026, 10, 28, 23)),
        # The day the clocks change, and the days around it.
        (datetime(2026, 2, 28, 12), datetime(2026, 3, 28, 23)),
        (datetime(2026, 2, 28, 23, 30), datetime(2026, 4, 1, 22)),
        (datetime(2026, 9, 25, 12), datetime(2026, 10, 25, 23)),
        (datetime(2026, 9, 24, 12), datetime(2026, 10, 24, 22)),
        # 23:30 UTC is the next day in Copenhagen.
        (datetime(2026, 1, 14, 23, 30), datetime(2026, 2, 15, 23)),
        # A month that is too short.
        (datetime(2026, 1, 31, 12), datetime(2026, 2, 28, 23)),
    ],
)
def test_rolling_points_expire_at_the_end_of_the_local_day(
    earned_at: datetime, ends: datetime
) -> None:
    rolling = terms.Rolling(mode="ROLLING", months=1)
    assert expires_at(rolling, earned_at, COPENHAGEN) == ends


def test_points_expire_where_local_midnight_does_not_exist() -> None:
    """In Cairo the clocks go from 24:00 on 23 April to 01:00: the day ends at that moment."""
    rolling = terms.Rolling(mode="ROLLING", months=1)
    ends = expires_at(rolling, datetime(2026, 3, 23, 12), ZoneInfo("Africa/Cairo"))
    assert ends == datetime(2026, 4, 23, 22, 0)


@pytest.mark.parametrize(
    ("earned_at", "keep_months", "ends"),
    [
        (datetime(2026, 5, 1, 12), 0, datetime(2027, 1, 1)),
        (datetime(2026, 12, 31, 12), 0, datetime(2027, 1, 1)),
        (datetime(2026, 12, 1, 12), 3, datetime(2028, 1, 1)),
        (datetime(2026, 9, 30, 12), 3, datetime(2027, 1, 1)),
    ],
)
def test_points_of_a_fixed_date_are_kept_at_least_so_many_months(
    earned_at: datetime, keep_months: int, ends: datetime
) -> None:
    fixed = terms.FixedDate(mode="FIXED_DATE", month=12, day=31, keep_months=keep_months)
    assert expires_at(fixed, earned_at, ZoneInfo("UTC")) == ends


def test_points_that_never_expire_have_no_end() -> None:
    assert expires_at(terms.Never(), NOW, COPENHAGEN) is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 31), -1, date(2025, 12, 31)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_a_day_that_a_month_lacks_becomes_its_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
