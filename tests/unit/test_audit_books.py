"""One member's books: which promise a forged record, entry, lot or ring is found to break."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from loyalty import states
from loyalty.audit.books import Books, Sources
from loyalty.mongo import Document
from loyalty.states import Change, State
from tests.engines import START

ANNA = "mbr_anna"
LOT = "now/never"
UNKNOWN = "2026-04-01T00:00:00/never"


def credit(points: int, balance: int) -> Document:
    return entry("ADJUSTMENT", points, balance) | {"lot": LOT}


def debit(points: int, balance: int, taken: Sequence[tuple[str, int]], kind: str = "") -> Document:
    parts = [{"lot": lot, "amount": amount} for lot, amount in taken]
    return entry(kind or "REDEMPTION", -points, balance) | {"allocations": parts}


def entry(kind: str, points: int, balance: int) -> Document:
    return {"kind": kind, "currency": "points", "points": points, "balance_after": balance}


def lot(remaining: int, amount: int = 10) -> Document:
    return {"id": LOT, "amount": amount, "remaining": remaining}


GRANTED = credit(10, 10)


@dataclass
class Told:
    """A member as stored: entries, one record each; what the state says; copies in the ledger."""

    entries: list[Document] = field(default_factory=lambda: [GRANTED])
    lots: list[Document] = field(default_factory=lambda: [lot(10)])
    balance: int = 10
    more: Document = field(default_factory=dict)
    due_at: datetime | None = None

    def state(self) -> State:
        account = {"balance": self.balance, "lots": self.lots, **self.more}
        wallet: Document = {"accounts": {"points": account}, "expires_next_at": self.due_at}
        profile = {"enrolled_at": START}
        new = states.new_document(ANNA, {"profile": profile, "wallet": wallet}, [])
        state = states.from_document(new)
        for number, moved in enumerate(self.entries):
            state.apply(Change(entries=[moved]), f"key-{number}", "input", START)
        return state


def broken(state: State, lines: Sequence[Document] = ()) -> set[str]:
    books = Books(state, Sources({}, {}, START))
    findings = [finding for line in lines for finding in books.read_line(line)]
    return {rule for rule, _ in (*findings, *books.close())}


def test_honest_books_break_no_promise() -> None:
    used = [GRANTED, debit(4, 6, [(LOT, 4)]), debit(6, 0, [(LOT, 6)], "EXPIRY"), credit(3, 3)]
    state = Told(used, [lot(3, 3)], 3).state()
    assert broken(state) == set()
    assert broken(state, [states.ledger_document(ANNA, state.recent[0])]) == set()


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        (
            Told([GRANTED, debit(11, -1, [(LOT, 10), (UNKNOWN, 1)])], [], -1),
            {"never_negative", "lots_are_never_overdrawn", "balance_is_the_sum_of_lots"},
        ),
        (
            Told([GRANTED, debit(4, 6, [(LOT, 3)])], [lot(7)], 6),
            {"allocations_add_up", "balance_is_the_sum_of_lots"},
        ),
        (
            Told([GRANTED, debit(4, 6, [(LOT, 5), (LOT, -1)])], [lot(6)], 6),
            {"lots_are_never_overdrawn"},
        ),
        (
            Told([GRANTED, debit(4, 6, [(LOT, 4)], "EXPIRY")], [lot(6)], 6),
            {"expiry_closes_its_lot"},
        ),
        (Told(lots=[lot(10), lot(10)]), {"lots_are_sound"}),
        (Told(lots=[lot(10, 9)]), {"lots_are_sound", "lots_are_what_entries_left"}),
        (
            Told([GRANTED, debit(10, 0, [(LOT, 10)])], [lot(0)], 0),
            {"lots_are_sound", "lots_are_what_entries_left"},
        ),
        (Told([GRANTED, entry("ADJUSTMENT", 0, 10)]), {"entries_move_whole_points"}),
    ],
)
def test_what_entries_and_lots_may_not_do(told: Told, rules: set[str]) -> None:
    assert broken(told.state()) == rules


def owing(points: int, balance: int, **facts: int) -> Document:
    """An entry with what it leaves owed, or pays of it."""
    parts = [(LOT, 10)] if points < 0 else []
    moved = debit(-points, balance, parts, "CLAWBACK") if parts else entry("ACCRUAL", points, 0)
    return moved | {"balance_after": balance, "explanation": {"version": 1, **facts}}


OWED = [GRANTED, owing(-15, -5, arrears=5)]


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        (Told(OWED, [], -5, {"arrears": 5}), set()),
        (Told([*OWED, owing(3, -2, recovered=3)], [], -2, {"arrears": 2}), set()),
        (
            Told(OWED, [], -5, {"arrears": 4}),
            {"arrears_are_what_entries_owe", "balance_is_the_sum_of_lots"},
        ),
        (
            Told([*OWED, owing(6, 1, recovered=6)], [], 1),
            {"never_negative", "balance_is_the_sum_of_lots", "arrears_are_what_entries_owe"},
        ),
    ],
)
def test_what_is_owed_is_what_entries_owe(told: Told, rules: set[str]) -> None:
    assert broken(told.state()) == rules


def holding(points: int, taken: int, lot_id: str = LOT) -> Document:
    """An account with points set aside."""
    parts = [{"lot": lot_id, "amount": taken}]
    return {"holds": [{"id": "h", "points": points, "expires_at": START, "allocations": parts}]}


HALF_EXPIRED = [GRANTED, debit(6, 4, [(LOT, 6)], "EXPIRY")]


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        (Told(more=holding(4, 4), due_at=START), set()),
        (Told(more=holding(4, 4)), {"next_expiry_is_known"}),
        (Told(more=holding(4, 5), due_at=START), {"holds_add_up"}),
        (Told(more=holding(11, 11), due_at=START), {"holds_are_of_lots"}),
        (Told(more=holding(4, 4, UNKNOWN), due_at=START), {"holds_are_of_lots"}),
        (Told(HALF_EXPIRED, [lot(4)], 4, holding(4, 4), START), set()),
        (Told(HALF_EXPIRED, [lot(4)], 4, holding(3, 3), START), {"expiry_closes_its_lot"}),
    ],
)
def test_what_is_set_aside_is_there(told: Told, rules: set[str]) -> None:
    assert broken(told.state()) == rules


def test_paid_credit_comes_from_top_ups_alone() -> None:
    paid = "now/never/PAID:1"
    there = {"id": paid, "amount": 10, "remaining": 10, "part": "PAID:1"}
    topped = entry("TOP_UP", 10, 10) | {"lot": paid}
    assert broken(Told([topped], [there]).state()) == set()
    forged = entry("ADJUSTMENT", 10, 10) | {"lot": paid}
    assert broken(Told([forged], [there]).state()) == {"paid_credit_was_paid_for"}


def test_a_bonus_goes_with_its_top_up() -> None:
    paid, bonus = "now/never/PAID:1", "now/never/BONUS:1"
    there = {"id": bonus, "amount": 4, "remaining": 4, "part": "BONUS:1"}
    topped = [
        entry("TOP_UP", 10, 10) | {"lot": paid},
        entry("TOP_UP", 4, 14) | {"lot": bonus},
        debit(10, 4, [(paid, 10)], "RELEASE"),
    ]
    assert broken(Told(topped, [there], 4).state()) == {"bonus_goes_with_its_top_up"}
    held = [{"id": "h", "points": 4, "expires_at": START}]
    held[0]["allocations"] = [{"lot": bonus, "amount": 4}]
    aside = Told(topped, [there], 4, {"holds": held}, due_at=START)
    assert broken(aside.state()) == set()


def four() -> State:
    """A member with four records in the ring."""
    return Told([credit(1, balance) for balance in (1, 2, 3, 4)], [lot(4, 4)], 4).state()


def line(state: State, place: int, **forged: Any) -> Document:
    """The ledger line of a record of the ring."""
    return states.ledger_document(ANNA, state.recent[place]) | forged


def linked(records: Sequence[Document]) -> None:
    """Give records the chain that they would have if they were honest."""
    chain = b""
    for record in records:
        record["chain"] = chain = states.chain(chain, record)


def test_a_state_that_is_older_than_its_ring_is_found() -> None:
    state = four()
    state.seq = 3
    assert broken(state) == {"state_is_newest"}


@pytest.mark.parametrize("again", [1, 2])
def test_numbers_of_records_that_do_not_ascend_are_found(again: int) -> None:
    state = four()
    state.recent[2]["seq"] = again
    linked(state.recent)
    assert broken(state) == {"seq_ascends"}


@pytest.mark.parametrize("forged", [{"input": "other"}, {"result": {"n": 1}}, {"chain": b""}])
def test_a_ledger_line_that_differs_from_the_ring_is_found(forged: dict[str, Any]) -> None:
    state = four()
    assert broken(state, [line(state, 1)]) == set()
    assert broken(state, [line(state, 1, **forged)]) == {"ring_equals_ledger"}


def test_a_ledger_line_between_records_of_the_ring_is_found() -> None:
    state = four()
    lost = line(state, 2)
    del state.recent[2]
    state.recent[2]["entries"][0]["balance_after"] = 3
    state.document["wallet"]["accounts"]["points"] = {"balance": 3, "lots": [lot(3, 3)]}
    linked(state.recent)
    assert broken(state, [lost]) == {"one_record_per_seq"}


def test_a_ledger_line_under_the_name_of_another_is_found() -> None:
    state = four()
    misnamed = line(state, 1, _id=states.ledger_id(ANNA, 7))
    assert broken(state, [misnamed]) == {"line_id_names_its_record"}
