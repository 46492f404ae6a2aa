"""What refunds do to value: clawbacks by policy, arrears, and what goes back to its lots."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from loyalty.errors import BadInput
from loyalty.program import terms
from loyalty.wallets.rules import (
    Account,
    Allocation,
    Clawback,
    Clawed,
    Credit,
    Debit,
    EntryKind,
    Hold,
    Movement,
    Reinstatement,
    SecondLife,
    Wallet,
    clawback,
    credit,
    debit,
    reinstate,
)

NOW = datetime(2026, 3, 2, 12, 0)
DAY = timedelta(days=1)


def currency(policy: str) -> terms.PointsCurrency:
    wanted = {"id": "points", "name": "p", "negative_balance": policy}
    return terms.PointsCurrency.model_validate(wanted)


def give(
    wallet: Wallet,
    points: int,
    *,
    usable: datetime | None = None,
    ends: datetime | None = None,
    part: str | None = None,
) -> Wallet:
    wanted = Credit(EntryKind.ACCRUAL, points, NOW, usable, ends, part=part)
    return credit(wallet, "points", wanted).wallet


def held() -> tuple[Wallet, str]:
    """Give a wallet of 10 pending, 20 pending of another day, 40 available; and the first lot."""
    wallet = give(Wallet(), 10, usable=NOW + DAY)
    own = wallet.account("points").lots[0].id
    return give(give(wallet, 20, usable=NOW + 2 * DAY), 40), own


def claw(wallet: Wallet, points: int, lot: str | None, policy: str) -> tuple[Movement, Clawed]:
    wanted = Clawback("points", points, lot)
    return clawback(wallet, wanted, currency(policy), NOW, {"why": "refund"})


def amounts(wallet: Wallet) -> list[int]:
    return [lot.remaining for lot in wallet.account("points").lots]


@pytest.mark.parametrize(
    ("policy", "points", "left", "clawed"),
    [
        ("ONLY_PENDING", 8, [2, 20, 40], Clawed(8)),
        ("ONLY_PENDING", 25, [5, 40], Clawed(25)),
        ("ONLY_PENDING", 35, [40], Clawed(30, written_off=5)),
        ("WITHIN_BALANCE", 35, [35], Clawed(35)),
        ("WITHIN_BALANCE", 75, [], Clawed(70, written_off=5)),
        ("ALLOW_NEGATIVE", 75, [], Clawed(70, arrears=5)),
    ],
)
def test_a_clawback_takes_its_own_lot_then_pending_then_available_then_arrears(
    policy: str, points: int, left: list[int], clawed: Clawed
) -> None:
    wallet, own = held()
    moved, found = claw(wallet, points, own, policy)
    assert (amounts(moved.wallet), found) == (left, clawed)
    [entry] = moved.entries
    assert entry.kind is EntryKind.CLAWBACK
    assert entry.points == -(clawed.taken + clawed.arrears)
    assert entry.balance_after == moved.wallet.account("points").balance == 70 + entry.points
    told = {"arrears": clawed.arrears, "written_off": clawed.written_off}
    assert entry.explanation == {"why": "refund", **{k: v for k, v in told.items() if v}}


def test_the_accrual_s_own_lot_goes_first_also_when_it_can_be_spent() -> None:
    wallet, _ = held()
    own = wallet.account("points").lots[2].id
    moved, _ = claw(wallet, 30, own, "WITHIN_BALANCE")
    assert amounts(moved.wallet) == [10, 20, 10]


def test_where_nothing_can_be_taken_there_is_no_entry() -> None:
    wallet = give(Wallet(), 10)
    moved, clawed = claw(wallet, 10, wallet.account("points").lots[0].id, "ONLY_PENDING")
    assert (moved, clawed) == (Movement(wallet, ()), Clawed(written_off=10))
    with pytest.raises(BadInput):
        claw(wallet, 0, None, "ONLY_PENDING")


def test_a_clawback_leaves_alone_what_is_set_aside_and_what_was_paid_for() -> None:
    wallet = give(give(Wallet(), 10), 10, part="PAID:1")
    account = wallet.account("points")
    hold = Hold("h", 4, NOW + DAY, (Allocation(account.lots[0].id, 4),))
    wallet = wallet.with_account(replace(account, holds=(hold,)))
    moved, clawed = claw(wallet, 20, None, "ALLOW_NEGATIVE")
    assert (amounts(moved.wallet), clawed) == ([4, 10], Clawed(6, arrears=14))
    assert moved.wallet.account("points").balance == 0
    assert moved.wallet.account("points").available(NOW) == 0


def test_what_comes_in_pays_arrears_first_and_says_so() -> None:
    moved, _ = claw(give(Wallet(), 3), 10, None, "ALLOW_NEGATIVE")
    assert moved.wallet.account("points") == Account("points", arrears=7)
    part = credit(moved.wallet, "points", Credit(EntryKind.ACCRUAL, 5, NOW))
    assert part.entries[0].lot is None
    assert part.entries[0].explanation == {"recovered": 5}
    rest = credit(part.wallet, "points", Credit(EntryKind.ACCRUAL, 5, NOW))
    assert (amounts(rest.wallet), rest.wallet.account("points").arrears) == ([3], 0)
    assert (rest.entries[0].balance_after, rest.entries[0].explanation) == (3, {"recovered": 2})


def test_points_go_back_to_the_lots_they_came_from_those_that_end_last_first() -> None:
    wallet = give(give(Wallet(), 10, ends=NOW + DAY), 10, ends=NOW + 2 * DAY)
    moved = debit(wallet, "points", Debit(EntryKind.REDEMPTION, 15), NOW)
    taken = moved.entries[0].allocations
    second = SecondLife(NOW + 30 * DAY)
    part = Reinstatement.of("points", taken, 7)
    back = reinstate(moved.wallet, part, second, NOW, {"why": "refund"})
    assert [entry.points for entry in back.entries] == [5, 2]
    rest = reinstate(
        back.wallet, Reinstatement.of("points", taken, 8, 7), second, NOW, {"why": "refund"}
    )
    lots = {lot.expires_at: lot.remaining for lot in rest.wallet.account("points").lots}
    assert lots == {NOW + DAY: 10, NOW + 2 * DAY: 10}
    assert {entry.kind for entry in rest.entries} == {EntryKind.REINSTATEMENT}


def test_what_expired_meanwhile_lives_a_little_longer() -> None:
    wallet = give(Wallet(), 10, ends=NOW + DAY)
    moved = debit(wallet, "points", Debit(EntryKind.REDEMPTION, 10), NOW)
    wanted = Reinstatement("points", moved.entries[0].allocations)
    later = NOW + 2 * DAY
    back = reinstate(moved.wallet, wanted, SecondLife(NOW + 30 * DAY), later, {})
    [lot] = back.wallet.account("points").lots
    assert (lot.remaining, lot.expires_at) == (10, NOW + 30 * DAY)
    assert back.entries[0].explanation == {"expired_meanwhile": True}
    again = debit(back.wallet, "points", Debit(EntryKind.REDEMPTION, 10), later)
    wanted = Reinstatement("points", again.entries[0].allocations)
    third = reinstate(again.wallet, wanted, SecondLife(NOW + 90 * DAY), NOW + 31 * DAY, {})
    [lot] = third.wallet.account("points").lots
    assert (lot.remaining, lot.expires_at) == (10, NOW + 30 * DAY)
    assert third.entries[0].explanation == {}


def test_a_bonus_that_comes_back_after_its_top_up_was_paid_back_pays_no_debts() -> None:
    wallet = give(Wallet(), 10, part="BONUS:7")
    moved = debit(wallet, "points", Debit(EntryKind.REDEMPTION, 10), NOW)
    owing = replace(moved.wallet.account("points"), arrears=4, paid_back=("7",))
    wanted = Reinstatement("points", moved.entries[0].allocations)
    back = reinstate(Wallet({"points": owing}), wanted, SecondLife(NOW + DAY), NOW, {})
    assert back.wallet.account("points") == owing
    assert [(e.kind.value, e.points, e.balance_after) for e in back.entries] == [
        ("REINSTATEMENT", 10, 6),
        ("CLAWBACK", -10, -4),
    ]
    assert back.entries[0].explanation == {"recovered": 4}
    assert back.entries[1].explanation == {"kind": "TOP_UP_BONUS_TAKEN", "arrears": 4}
