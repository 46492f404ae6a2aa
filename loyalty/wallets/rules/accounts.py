"""What is held: accounts of lots and holds, and the entries that tell how it came; no moves.

An account's balance is what remains in its lots, less what is owed (arrears). Whole numbers only.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from loyalty.values import value

POINTS_LIMIT = 10**15
PAID, BONUS = "PAID", "BONUS"
"""The parts of prepaid credit; a top-up's own lots are `PAID:7`, `BONUS:7` by its record."""


class EntryKind(StrEnum):
    """Name a movement of value."""

    ACCRUAL = "ACCRUAL"
    REDEMPTION = "REDEMPTION"
    EXPIRY = "EXPIRY"
    CLAWBACK = "CLAWBACK"
    REINSTATEMENT = "REINSTATEMENT"
    ADJUSTMENT = "ADJUSTMENT"
    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_OUT = "TRANSFER_OUT"
    TOP_UP = "TOP_UP"
    RELEASE = "RELEASE"


@value
class Lot:
    """A credit and what is left of it; usable from `available_at` and before `expires_at`.

    `part` is of prepaid credit alone: what was paid for, or given on top. One that lives `again`
    came back after it had expired.
    """

    id: str
    amount: int
    remaining: int
    available_at: datetime | None = None
    expires_at: datetime | None = None
    part: str | None = None
    again: bool = False

    def is_available(self, now: datetime) -> bool:
        """Tell whether the lot can be spent now."""
        return not self.is_pending(now) and not self.is_expired(now)

    def is_pending(self, now: datetime) -> bool:
        """Tell whether the lot waits for its return window to pass."""
        return self.available_at is not None and self.available_at > now

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the lot's time has passed."""
        return self.expires_at is not None and self.expires_at <= now


@value
class Life:
    """What a lot is known by: when it is usable, when it ends, and its part of prepaid credit.

    One that is lived `again` is usable at once.
    """

    available_at: datetime | None = None
    expires_at: datetime | None = None
    part: str | None = None
    again: bool = False

    @property
    def lot(self) -> str:
        """Name the lot of this life, so that credits with the same life share one."""
        at_once = "again" if self.again else "now"
        available = self.available_at.isoformat() if self.available_at else at_once
        expires = self.expires_at.isoformat() if self.expires_at else "never"
        return f"{available}/{expires}/{self.part}" if self.part else f"{available}/{expires}"

    @classmethod
    def of(cls, lot: str) -> "Life":
        """Read a life from the name of its lot."""
        available, expires, *part = lot.split("/")
        return cls(
            None if available in ("now", "again") else datetime.fromisoformat(available),
            None if expires == "never" else datetime.fromisoformat(expires),
            part[0] if part else None,
            available == "again",
        )


@value
class Allocation:
    """Say how much a debit took from which lot."""

    lot: str
    amount: int


@value
class Hold:
    """Points set aside in their lots for something open, until it is done, given up or too late."""

    id: str
    points: int
    expires_at: datetime
    allocations: tuple[Allocation, ...]
    explanation: Mapping[str, object] = field(default_factory=dict)


@value
class LedgerEntry:
    """One signed movement of whole points; `explanation` holds the facts that justify it."""

    kind: EntryKind
    currency: str
    points: int
    balance_after: int
    occurred_at: datetime
    lot: str | None = None
    allocations: tuple[Allocation, ...] = ()
    explanation: Mapping[str, object] = field(default_factory=dict)

    @property
    def pays_for_purchases(self) -> bool:
        """Tell whether a purchase may name it: points spent, and not for something of its own."""
        return self.kind is EntryKind.REDEMPTION and "kind" not in self.explanation


@value
class Account:
    """A member's holding in one currency.

    `carry` keeps parts of points by rule, as fractions. `arrears` are owed and taken from what
    comes in next. `ends_at` is when lots without an end of their own expire of inactivity. `sent`
    is how much was given to others in which local month. `paid_back` are the marks of top-ups that
    were paid back, whose bonus is not the member's any more.
    """

    currency: str
    lots: tuple[Lot, ...] = ()
    carry: Mapping[str, str] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    arrears: int = 0
    ends_at: datetime | None = None
    sent: tuple[str, int] | None = None
    paid_back: tuple[str, ...] = ()

    @property
    def balance(self) -> int:
        """Give everything that is held, pending points and holds included; negative if owed."""
        return sum(lot.remaining for lot in self.lots) - self.arrears

    @property
    def held(self) -> Mapping[str, int]:
        """Give what is set aside, by lot."""
        held: dict[str, int] = {}
        for hold in self.holds:
            for part in hold.allocations:
                held[part.lot] = held.get(part.lot, 0) + part.amount
        return held

    @property
    def gone(self) -> frozenset[str]:
        """Name the parts that are not the member's any more: bonuses of top-ups paid back."""
        return frozenset(f"{BONUS}:{mark}" for mark in self.paid_back)

    @property
    def total(self) -> int:
        """Give what is in the lots, what is owed left aside."""
        return sum(lot.remaining for lot in self.lots)

    @property
    def paid(self) -> int:
        """Give what is left of what was paid for, of prepaid credit."""
        return sum(lot.remaining for lot in self.lots if (lot.part or "").startswith(PAID))

    def usable_later(self, now: datetime) -> Mapping[datetime, int]:
        """Give what is pending, by when it becomes usable."""
        later: dict[datetime, int] = {}
        for lot in self.lots:
            if lot.available_at is not None and lot.is_pending(now):
                later[lot.available_at] = later.get(lot.available_at, 0) + lot.remaining
        return dict(sorted(later.items()))

    def end_of(self, lot: Lot) -> datetime | None:
        """Give when a lot of this account expires."""
        return lot.expires_at or self.ends_at

    def open_lots(self, now: datetime) -> list[Lot]:
        """Give the lots that can be spent from now."""
        is_idle = self.ends_at is not None and self.ends_at <= now
        return [
            lot
            for lot in self.lots
            if lot.is_available(now) and not (is_idle and lot.expires_at is None)
        ]

    def available(self, now: datetime) -> int:
        """Give what can be spent now."""
        usable = self.open_lots(now)
        free = sum(lot.remaining for lot in usable)
        if self.holds:
            held = self.held
            free -= sum(held.get(lot.id, 0) for lot in usable)
        return max(0, free - self.arrears)

    def pending(self, now: datetime) -> int:
        """Give what is earned and not yet usable."""
        return sum(lot.remaining for lot in self.lots if lot.is_pending(now))

    @property
    def expiries(self) -> Mapping[datetime, int]:
        """Give what will expire if it is not spent before, by when."""
        held, expiries = self.held, dict[datetime, int]()
        for lot in self.lots:
            end, free = self.end_of(lot), lot.remaining - held.get(lot.id, 0)
            if end is not None and free:
                expiries[end] = expiries.get(end, 0) + free
        return dict(sorted(expiries.items()))

    @property
    def ends(self) -> list[datetime]:
        """Give when something of it is over: lots that are not set aside whole, and holds."""
        if self.ends_at is None and not self.holds:
            return [lot.expires_at for lot in self.lots if lot.expires_at is not None]
        held = self.held
        free = (lot for lot in self.lots if lot.remaining > held.get(lot.id, 0))
        over = [end for end in map(self.end_of, free) if end is not None]
        return [*over, *(hold.expires_at for hold in self.holds)]


@value
class Wallet:
    """A member's accounts by currency."""

    accounts: Mapping[str, Account] = field(default_factory=dict)

    def account(self, currency: str) -> Account:
        """Give the account in a currency, empty where there is none yet."""
        return self.accounts.get(currency) or Account(currency)

    def with_account(self, account: Account) -> "Wallet":
        """Put an account in its place."""
        return Wallet({**self.accounts, account.currency: account})

    @property
    def expires_next_at(self) -> datetime | None:
        """Give when the next lot or hold falls due, over all accounts."""
        return min([end for a in self.accounts.values() for end in a.ends], default=None)


@value
class Movement:
    """A wallet after a verb, and the entries that led there."""

    wallet: Wallet
    entries: tuple[LedgerEntry, ...]
