"""What ends by inactivity, and what is set aside: the rules, one by one."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loyalty.errors import Refused
from loyalty.messages import Money
from loyalty.program import terms
from loyalty.wallets.rules import (
    Credit,
    Debit,
    EntryKind,
    Holding,
    HoldUnknown,
    InsufficientPoints,
    Life,
    Wallet,
    confirm,
    credit,
    debit,
    expire,
    hold,
    idle_until,
    release,
)

NOW = datetime(2026, 3, 2, 12, 0)
DAY = timedelta(days=1)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def give(
    wallet: Wallet, points: int, kept: timedelta | None = None, life: Life | None = None
) -> Wallet:
    until = None if kept is None else NOW + kept
    begins, ends = (life.available_at, life.expires_at) if life else (None, None)
    wanted = Credit(EntryKind.ACCRUAL, points, NOW, begins, ends, idle_until=until)
    return credit(wallet, "points", wanted).wallet


def set_aside(wallet: Wallet, points: int, name: str = "h", for_: timedelta = DAY) -> Wallet:
    wanted = Holding("points", points, NOW + for_, name)
    taking = Debit(EntryKind.REDEMPTION, points, {"reason": "mug"})
    return hold(wallet, wanted, taking, NOW)[0]


@pytest.mark.parametrize(
    ("active_at", "ends"),
    [
        (datetime(2026, 1, 15, 12), datetime(2026, 4, 15, 22)),  # winter to summer
        (datetime(2026, 9, 15, 12), datetime(2026, 12, 15, 23)),  # summer to winter
        (datetime(2025, 12, 29, 12), datetime(2026, 3, 29, 22)),  # the day the clocks go forward
        (datetime(2026, 7, 25, 12), datetime(2026, 10, 25, 23)),  # and the day they go back
        (datetime(2026, 1, 14, 23, 30), datetime(2026, 4, 15, 22)),  # 00:30 of the next day
    ],
)
def test_inactivity_ends_with_a_local_day(active_at: datetime, ends: datetime) -> None:
    idle = terms.Inactivity(mode="INACTIVITY", months=3)
    assert idle_until(idle, active_at, COPENHAGEN) == ends


def test_other_expiries_do_not_ask_for_activity() -> None:
    assert idle_until(terms.Never(), NOW, COPENHAGEN) is None


def test_every_lot_moves_with_the_last_activity() -> None:
    wallet = give(Wallet(), 10, DAY)
    wallet = give(wallet, 10, 3 * DAY, Life(NOW + 2 * DAY))
    assert wallet.expires_next_at == NOW + 3 * DAY
    taking = Debit(EntryKind.REDEMPTION, 1, idle_until=NOW + 5 * DAY)
    wallet = debit(wallet, "points", taking, NOW).wallet
    assert wallet.account("points").expiries == {NOW + 5 * DAY: 19}
    assert expire(wallet, NOW + 5 * DAY - timedelta(milliseconds=1)).entries == ()
    moved = expire(wallet, NOW + 5 * DAY)
    assert sorted(entry.points for entry in moved.entries) == [-10, -9]
    assert moved.wallet.account("points").balance == 0


def test_an_activity_told_of_late_never_shortens_a_life() -> None:
    wallet = give(give(Wallet(), 10, 5 * DAY), 10, DAY)
    assert wallet.account("points").ends_at == NOW + 5 * DAY


def test_points_that_never_expire_free_those_that_waited_for_activity() -> None:
    wallet = give(give(Wallet(), 10, DAY), 10)
    assert wallet.expires_next_at is None


def test_idle_points_are_gone_before_they_are_closed() -> None:
    assert give(Wallet(), 10, DAY).account("points").available(NOW + DAY) == 0


def test_what_is_set_aside_is_held_and_not_available() -> None:
    wallet = set_aside(give(Wallet(), 10), 7)
    account = wallet.account("points")
    assert (account.balance, account.available(NOW), account.held) == (10, 3, {"now/never": 7})
    with pytest.raises(Refused) as refused:
        debit(wallet, "points", Debit(EntryKind.REDEMPTION, 4), NOW)
    assert refused.value.refusal == InsufficientPoints("points", 4, 3)
    with pytest.raises(Refused):
        set_aside(wallet, 4)


def test_a_hold_is_spent_once_with_the_reason_it_was_made_for() -> None:
    wallet = set_aside(give(Wallet(), 10), 7)
    moved, held = confirm(wallet, "h", None, NOW)
    [entry] = moved.entries
    assert (entry.kind, entry.points, entry.balance_after) == (EntryKind.REDEMPTION, -7, 3)
    assert (entry.explanation, held.points) == ({"reason": "mug"}, 7)
    assert moved.wallet.account("points").available(NOW) == 3
    with pytest.raises(Refused) as refused:
        confirm(moved.wallet, "h", None, NOW)
    assert refused.value.refusal == HoldUnknown("h")
    with pytest.raises(Refused):
        release(moved.wallet, "h", NOW)


def test_a_hold_that_is_let_go_or_too_late_can_be_spent_otherwise() -> None:
    wallet = set_aside(give(Wallet(), 10), 7)
    assert release(wallet, "h", NOW).wallet.account("points").available(NOW) == 10
    assert wallet.expires_next_at == NOW + DAY
    moved = expire(wallet, NOW + DAY)
    assert (moved.entries, moved.wallet.account("points").holds) == ((), ())
    assert moved.wallet.account("points").available(NOW) == 10


def test_a_lot_that_ends_leaves_what_is_set_aside_of_it_until_the_hold_is_over() -> None:
    wallet = set_aside(give(Wallet(), 10, life=Life(None, NOW + DAY)), 7, for_=3 * DAY)
    moved = expire(wallet, NOW + DAY)
    assert [entry.points for entry in moved.entries] == [-3]
    assert moved.wallet.expires_next_at == NOW + 3 * DAY
    late = expire(moved.wallet, NOW + 3 * DAY)
    assert [entry.points for entry in late.entries] == [-7]
    assert late.wallet.account("points").lots == ()


def test_a_lot_is_named_by_its_life_and_read_from_its_name() -> None:
    for life in (
        Life(),
        Life(NOW, None),
        Life(None, NOW),
        Life(NOW, NOW + DAY, "PAID:7"),
        Life(None, NOW, "BONUS:7", again=True),
    ):
        assert Life.of(life.lot) == life


def test_what_is_missing_of_money_is_read_as_money() -> None:
    assert InsufficientPoints("credit", 2500, 2000, "DKK").missing == Money(500, "DKK")
    assert InsufficientPoints("points", 25, 20).missing == 5
