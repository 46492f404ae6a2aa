"""How value is held and moved: accounts, lots, entries; whole numbers only.

An account's balance is the sum of what remains in its lots. Every movement is an immutable entry
that says where it came from and, for a debit, which lots it took from.
"""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from loyalty.errors import BadInput, Refusal, Refused
from loyalty.program import terms
from loyalty.values import value

POINTS_LIMIT = 10**15


class EntryKind(StrEnum):
    """Name a movement of value."""

    ACCRUAL = "ACCRUAL"
    REDEMPTION = "REDEMPTION"
    EXPIRY = "EXPIRY"
    ADJUSTMENT = "ADJUSTMENT"


@dataclass(frozen=True, slots=True)
class InsufficientPoints(Refusal):
    """The account holds fewer available points than are needed."""

    currency: str
    needed: int
    available: int

    @property
    def short(self) -> int:
        """Give how many points are missing."""
        return self.needed - self.available


@dataclass(frozen=True, slots=True)
class CurrencyUnknown(Refusal):
    """The active program declares no such currency."""

    currency: str


@dataclass(frozen=True, slots=True)
class CurrencyNotRedeemable(Refusal):
    """The currency only counts for tiers and cannot be spent."""

    currency: str


@value
class Lot:
    """A credit and what is left of it; usable from `available_at` and before `expires_at`."""

    id: str
    amount: int
    remaining: int
    available_at: datetime | None = None
    expires_at: datetime | None = None

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
class Allocation:
    """Say how much a debit took from which lot."""

    lot: str
    amount: int


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


@value
class Account:
    """A member's holding in one currency. `carry` keeps parts of points by rule, as fractions."""

    currency: str
    lots: tuple[Lot, ...] = ()
    carry: Mapping[str, str] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """Give everything that is held, pending points included."""
        return sum(lot.remaining for lot in self.lots)

    def available(self, now: datetime) -> int:
        """Give what can be spent now."""
        return sum(lot.remaining for lot in self.lots if lot.is_available(now))

    def pending(self, now: datetime) -> int:
        """Give what is earned and not yet usable."""
        return sum(lot.remaining for lot in self.lots if lot.is_pending(now))


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
        """Give when the next lot falls due, over all accounts."""
        return min(
            (lot.expires_at for a in self.accounts.values() for lot in a.lots if lot.expires_at),
            default=None,
        )


@value
class Movement:
    """A wallet after a verb, and the entries that led there."""

    wallet: Wallet
    entries: tuple[LedgerEntry, ...]


@value
class Credit:
    """Value to be added: what kind of movement, when it happened, when it is usable, and why."""

    kind: EntryKind
    points: int
    occurred_at: datetime
    available_at: datetime | None = None
    expires_at: datetime | None = None
    explanation: Mapping[str, object] = field(default_factory=dict)


def credit(wallet: Wallet, currency: str, wanted: Credit) -> Movement:
    """Open a lot, or add to the one that becomes usable and expires at the same instants."""
    if wanted.points <= 0:
        raise BadInput("a credit is at least 1 point", ("points",))
    account = wallet.account(currency)
    lot_id = _lot_id(wanted)
    lots = {lot.id: lot for lot in account.lots}
    twin = lots.get(lot_id)
    lots[lot_id] = Lot(
        lot_id,
        wanted.points + (twin.amount if twin else 0),
        wanted.points + (twin.remaining if twin else 0),
        wanted.available_at,
        wanted.expires_at,
    )
    account = Account(currency, tuple(lots.values()), account.carry)
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
        explanation=wanted.explanation,
    )
    return Movement(wallet.with_account(account), (entry,))


def _lot_id(wanted: Credit) -> str:
    """Name a lot by its life, so that credits with the same life share one."""
    available = wanted.available_at.isoformat() if wanted.available_at else "now"
    expires = wanted.expires_at.isoformat() if wanted.expires_at else "never"
    return f"{available}/{expires}"


@value
class Debit:
    """Value to be taken: what kind of movement, how much, and why."""

    kind: EntryKind
    points: int
    explanation: Mapping[str, object] = field(default_factory=dict)


def debit(wallet: Wallet, currency: str, wanted: Debit, now: datetime) -> Movement:
    """Take from the lots that expire first. Raises Refused(InsufficientPoints)."""
    if wanted.points <= 0:
        raise BadInput("a debit is at least 1 point", ("points",))
    account = wallet.account(currency)
    available = account.available(now)
    if available < wanted.points:
        raise Refused(InsufficientPoints(currency, wanted.points, available))
    usable = sorted(
        (lot for lot in account.lots if lot.is_available(now)),
        key=lambda lot: (lot.expires_at or datetime.max, lot.available_at or datetime.min),
    )
    taken: dict[str, int] = {}
    left = wanted.points
    for lot in usable:
        part = min(left, lot.remaining)
        taken[lot.id] = part
        left -= part
        if not left:
            break
    account = replace(account, lots=tuple(_after(account.lots, taken)))
    entry = LedgerEntry(
        kind=wanted.kind,
        currency=currency,
        points=-wanted.points,
        balance_after=account.balance,
        occurred_at=now,
        allocations=tuple(Allocation(lot, part) for lot, part in taken.items()),
        explanation=wanted.explanation,
    )
    return Movement(wallet.with_account(account), (entry,))


def _after(lots: Iterable[Lot], taken: Mapping[str, int]) -> Iterable[Lot]:
    for lot in lots:
        remaining = lot.remaining - taken.get(lot.id, 0)
        if remaining:
            yield replace(lot, remaining=remaining) if lot.id in taken else lot


def expire(wallet: Wallet, now: datetime) -> Movement:
    """Close exactly the lots whose time has passed, one entry for each."""
    due_at = wallet.expires_next_at
    if due_at is None or due_at > now:
        return Movement(wallet, ())
    entries = []
    due = [
        (account.currency, lot)
        for account in wallet.accounts.values()
        for lot in account.lots
        if lot.is_expired(now)
    ]
    for currency, lot in due:
        account = wallet.account(currency)
        account = replace(
            account, lots=tuple(other for other in account.lots if other.id != lot.id)
        )
        wallet = wallet.with_account(account)
        entries.append(
            LedgerEntry(
                kind=EntryKind.EXPIRY,
                currency=currency,
                points=-lot.remaining,
                balance_after=account.balance,
                occurred_at=lot.expires_at or now,
                allocations=(Allocation(lot.id, lot.remaining),),
                explanation={"kind": "EXPIRY", "expired_at": lot.expires_at},
            )
        )
    return Movement(wallet, tuple(entries))


def with_carry(wallet: Wallet, currency: str, carry: Mapping[str, str]) -> Wallet:
    """Keep the parts of points that rules left over."""
    account = wallet.account(currency)
    return wallet.with_account(replace(account, carry={**account.carry, **carry}))


def available_at(
    currency: terms.PointsCurrency, earned_at: datetime, zone: ZoneInfo
) -> datetime | None:
    """Give when points earned at an instant (naive UTC) become usable; None when at once.

    After whole local days, so that the points of one day share a lot.
    """
    if not currency.pending_days:
        return None
    earned_on = earned_at.replace(tzinfo=UTC).astimezone(zone).date()
    return _end_of_day(earned_on + timedelta(days=currency.pending_days), zone)


def expires_at(expiry: terms.Expiry, earned_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Give when points earned at an instant (naive UTC) expire: an end of day, naive UTC."""
    if isinstance(expiry, terms.Never):
        return None
    earned_on = earned_at.replace(tzinfo=UTC).astimezone(zone).date()
    match expiry:
        case terms.Rolling(months=months):
            last_day = add_months(earned_on, months)
        case terms.FixedDate(month=month, day=day, keep_months=keep):
            kept_until = add_months(earned_on, keep)
            last_day = date(kept_until.year, month, day)
            if last_day < kept_until:
                last_day = date(kept_until.year + 1, month, day)
    return _end_of_day(last_day, zone)


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Give the instant (naive UTC) at which a local day is over."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC).replace(tzinfo=None)


def add_months(day: date, months: int) -> date:
    """Add calendar months; a day that the month lacks becomes its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
