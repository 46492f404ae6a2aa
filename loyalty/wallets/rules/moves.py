"""How value moves: credits open lots, debits take from those that end first, time closes them."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime

from loyalty.errors import BadInput, Refused
from loyalty.program import terms
from loyalty.values import value
from loyalty.wallets.rules.accounts import (
    PAID,
    POINTS_LIMIT,
    Account,
    Allocation,
    EntryKind,
    Hold,
    LedgerEntry,
    Life,
    Lot,
    Movement,
    Wallet,
)
from loyalty.wallets.rules.refusals import InsufficientPoints


@value
class Credit:
    """Value to be added: what kind of movement, when it happened, when it is usable, and why.

    `idle_until` is until when being active keeps what has no end of its own.
    """

    kind: EntryKind
    points: int
    occurred_at: datetime
    available_at: datetime | None = None
    expires_at: datetime | None = None
    explanation: Mapping[str, object] = field(default_factory=dict)
    part: str | None = None
    idle_until: datetime | None = None
    again: bool = False


def credit(wallet: Wallet, currency: str, wanted: Credit) -> Movement:
    """Pay what is owed, and open a lot with the rest or add to the one of the same life."""
    if wanted.points <= 0:
        raise BadInput("a credit is at least 1 point", ("points",))
    account = wallet.account(currency)
    owed = min(account.arrears, wanted.points)
    lots, lot_id = account.lots, None
    if owed < wanted.points:
        life = Life(wanted.available_at, wanted.expires_at, wanted.part, wanted.again)
        lots, lot_id = _with(lots, life, wanted.points - owed)
    account = Account(
        currency, lots, account.carry, account.holds, account.arrears - owed,
        _kept_until(account, wanted), account.sent, account.paid_back,
    )  # fmt: skip
    balance = account.balance
    if balance > POINTS_LIMIT:
        raise BadInput(f"a balance is at most {POINTS_LIMIT} points", ("points",))
    entry = LedgerEntry(
        kind=wanted.kind,
        currency=currency,
        points=wanted.points,
        balance_after=balance,
        occurred_at=wanted.occurred_at,
        lot=lot_id,
        explanation={**wanted.explanation, "recovered": owed} if owed else wanted.explanation,
    )
    return Movement(wallet.with_account(account), (entry,))


def _with(lots: tuple[Lot, ...], life: Life, points: int) -> tuple[tuple[Lot, ...], str]:
    """Add points to the lot of a life; give the lots and the lot's id."""
    by_id = {lot.id: lot for lot in lots}
    name = life.lot
    twin = by_id.get(name)
    by_id[name] = Lot(
        name,
        points + (twin.amount if twin else 0),
        points + (twin.remaining if twin else 0),
        life.available_at,
        life.expires_at,
        life.part,
        life.again,
    )
    return tuple(by_id.values()), name


def _kept_until(account: Account, wanted: Credit) -> datetime | None:
    """Give when lots without an end of their own expire; a lot that never does frees them all."""
    if wanted.idle_until is not None:
        return max(wanted.idle_until, account.ends_at or wanted.idle_until)
    return account.ends_at if wanted.expires_at is not None else None


@value
class Debit:
    """Value to be taken: what kind of movement, how much, and why.

    `first` is the part of prepaid credit that goes before the other, `money` what it counts in,
    `name` what it is called.
    """

    kind: EntryKind
    points: int
    explanation: Mapping[str, object] = field(default_factory=dict)
    first: str | None = None
    idle_until: datetime | None = None
    money: str | None = None
    name: terms.Text | None = None


def debit(wallet: Wallet, currency: str, wanted: Debit, now: datetime) -> Movement:
    """Take from the lots that expire first. Raises Refused(InsufficientPoints)."""
    account = wallet.account(currency)
    return take_out(wallet, account, wanted, choose(account, wanted, now), now)


def choose(account: Account, wanted: Debit, now: datetime) -> dict[str, int]:
    """Choose what to take from which lot, first-to-expire first.

    Raises BadInput; Refused(InsufficientPoints).
    """
    if wanted.points <= 0:
        raise BadInput("a debit is at least 1 point", ("points",))
    available = account.available(now)
    if available < wanted.points:
        facts = (account.currency, wanted.points, available, wanted.money, wanted.name)
        raise Refused(InsufficientPoints(*facts))

    def order(lot: Lot) -> tuple[bool, datetime, datetime]:
        later = wanted.first is not None and not (lot.part or "").startswith(wanted.first)
        return (later, account.end_of(lot) or datetime.max, lot.available_at or datetime.min)

    return portions(account, sorted(account.open_lots(now), key=order), wanted.points)


def portions(account: Account, lots: Iterable[Lot], points: int) -> dict[str, int]:
    """Take up to so many points from lots, in order, leaving alone what is set aside."""
    held = account.held if account.holds else {}
    taken: dict[str, int] = {}
    for lot in lots:
        part = min(points, lot.remaining - held.get(lot.id, 0))
        if part > 0:
            taken[lot.id] = part
            points -= part
        if not points:
            break
    return taken


def take_out(
    wallet: Wallet, account: Account, wanted: Debit, taken: Mapping[str, int], now: datetime
) -> Movement:
    """Book a debit that takes what was chosen from its lots."""
    ends_at = wanted.idle_until
    if ends_at is not None and account.ends_at is not None:
        ends_at = max(ends_at, account.ends_at)
    account = replace(
        account, lots=without(account.lots, taken), ends_at=ends_at or account.ends_at
    )
    entry = LedgerEntry(
        kind=wanted.kind,
        currency=account.currency,
        points=-wanted.points,
        balance_after=account.balance,
        occurred_at=now,
        allocations=tuple(Allocation(lot, part) for lot, part in taken.items()),
        explanation=wanted.explanation,
    )
    return Movement(wallet.with_account(account), (entry,))


def without(lots: Iterable[Lot], taken: Mapping[str, int]) -> tuple[Lot, ...]:
    """Take portions out of lots; those that are empty are gone."""
    left = (
        replace(lot, remaining=lot.remaining - taken[lot.id]) if lot.id in taken else lot
        for lot in lots
    )
    return tuple(lot for lot in left if lot.remaining)


def expire(wallet: Wallet, now: datetime) -> Movement:
    """Release holds that ran out, and close exactly the lots whose time has passed.

    One entry for each lot. What is set aside of a lot lives as long as its hold.
    """
    due_at = wallet.expires_next_at
    if due_at is None or due_at > now:
        return Movement(wallet, ())
    entries: list[LedgerEntry] = []
    for before in wallet.accounts.values():
        if any(end <= now for end in before.ends):
            after, closed = _expire_account(before, now)
            wallet = wallet.with_account(after)
            entries += closed
    return Movement(wallet, tuple(entries))


def _expire_account(account: Account, now: datetime) -> tuple[Account, list[LedgerEntry]]:
    over_holds = [hold for hold in account.holds if hold.expires_at <= now]
    account, entries = let_go(account, over_holds, now)
    held = account.held
    for lot in account.lots:
        end, over = account.end_of(lot), lot.remaining - held.get(lot.id, 0)
        if end is None or end > now or not over:
            continue
        account = replace(account, lots=without(account.lots, {lot.id: over}))
        entries.append(
            LedgerEntry(
                kind=EntryKind.EXPIRY,
                currency=account.currency,
                points=-over,
                balance_after=account.balance,
                occurred_at=end,
                allocations=(Allocation(lot.id, over),),
                explanation={"kind": "EXPIRY", "expired_at": end},
            )
        )
    return account, entries


def let_go(
    account: Account, holds: Iterable[Hold], now: datetime
) -> tuple[Account, list[LedgerEntry]]:
    """Drop holds; what they let go pays what is owed first, by an entry that moves no balance.

    A bonus among it whose top-up was paid back meanwhile is taken before.
    """
    gone = {hold.id for hold in holds}
    if not gone:
        return account, []
    account = replace(account, holds=tuple(hold for hold in account.holds if hold.id not in gone))
    account, taken_before = take_bonus(account, now)
    account, paid = _pay_arrears(account, now)
    return account, [*taken_before, *paid]


def take_bonus(
    account: Account, now: datetime, why: Mapping[str, object] | None = None, owed: int = 0
) -> tuple[Account, list[LedgerEntry]]:
    """Take what stands free of bonuses whose top-up was paid back, and what of it is `owed` again.

    Where there is nothing to take there is no entry.
    """
    lots = [lot for lot in account.lots if lot.part in account.gone]
    taken = portions(account, lots, sum(lot.remaining for lot in lots))
    points = sum(taken.values()) + owed
    if not points:
        return account, []
    facts = {**(why or {}), "kind": "TOP_UP_BONUS_TAKEN"}
    taking = Debit(EntryKind.CLAWBACK, points, facts | ({"arrears": owed} if owed else {}))
    account = replace(account, arrears=account.arrears + owed)
    moved = take_out(Wallet(), account, taking, taken, now)
    return moved.wallet.account(account.currency), list(moved.entries)


def _pay_arrears(account: Account, now: datetime) -> tuple[Account, list[LedgerEntry]]:
    if not account.arrears:
        return account, []
    unpaid = (lot for lot in account.lots if not (lot.part or "").startswith(PAID))
    lots = sorted(unpaid, key=lambda lot: account.end_of(lot) or datetime.max)
    taken = portions(account, lots, account.arrears)
    paid = sum(taken.values())
    if not paid:
        return account, []
    account = replace(account, lots=without(account.lots, taken), arrears=account.arrears - paid)
    entry = LedgerEntry(
        kind=EntryKind.CLAWBACK,
        currency=account.currency,
        points=0,
        balance_after=account.balance,
        occurred_at=now,
        allocations=tuple(Allocation(lot, part) for lot, part in taken.items()),
        explanation={"kind": "ARREARS_PAID", "recovered": paid},
    )
    return account, [entry]


def with_carry(wallet: Wallet, currency: str, carry: Mapping[str, str]) -> Wallet:
    """Keep the parts of points that rules left over."""
    account = wallet.account(currency)
    return wallet.with_account(replace(account, carry={**account.carry, **carry}))
