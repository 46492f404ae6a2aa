"""What other nouns do to a wallet within a turn of theirs: give, take, take back, give back."""

from collections.abc import Mapping
from datetime import datetime

from loyalty.errors import Refused
from loyalty.program import Version, terms
from loyalty.states import Fact
from loyalty.turns import Turn
from loyalty.values import value
from loyalty.wallets import rules, store
from loyalty.wallets.rules import (
    BONUS,
    Clawback,
    Clawed,
    Credit,
    CurrencyNotRedeemable,
    CurrencyUnknown,
    Debit,
    EntryKind,
    Movement,
    Reinstatement,
    SecondLife,
    Wallet,
)

Why = Mapping[str, object]


@value
class Gift:
    """Points to be given, and when what they are given for happened (naive UTC).

    Of a currency of money they are minor units; of prepaid credit they are a bonus.
    """

    currency: str
    points: int
    occurred_at: datetime


def settle(turn: Turn) -> Wallet:
    """Close what is over by now, before anything else is decided, and tell of it."""
    wallet = turn.of(store.WALLET)
    expired = rules.expire(wallet, turn.now)
    if expired.wallet is wallet:
        return wallet
    move(turn, expired)
    for entry in expired.entries:
        if entry.kind is EntryKind.EXPIRY:
            lost = {"currency": entry.currency, "points": -entry.points}
            turn.tell(Fact("PointsExpired", lost))
    return expired.wallet


def move(turn: Turn, moved: Movement) -> None:
    """Take a movement into a turn: the wallet as it became, and the entries that led there."""
    turn.put(store.WALLET, moved.wallet)
    turn.post([store.entry_document(entry) for entry in moved.entries])


def give(turn: Turn, version: Version, gift: Gift, why: Why) -> None:
    """Credit points by the currency's own terms: when they are usable, when they end.

    What is owed is paid first. `why` is kept in the entry, with the version of the program.
    Raises Refused(CurrencyUnknown), BadInput.
    """
    currency = currency_of(version, gift.currency)
    zone, at = version.program.zone, gift.occurred_at
    credit = Credit(
        EntryKind.ACCRUAL,
        gift.points,
        at,
        rules.available_at(currency, at, zone),
        rules.expires_at(currency.expiry, at, zone),
        {"version": version.number, **why},
        bonus_part(currency),
        rules.idle_until(currency.expiry, at, zone),
    )
    move(turn, rules.credit(turn.of(store.WALLET), currency.id, credit))


def carry(turn: Turn, currency_id: str, parts: Mapping[str, str]) -> None:
    """Keep the parts of points that rules left over, as fractions by rule."""
    turn.put(store.WALLET, rules.with_carry(turn.of(store.WALLET), currency_id, parts))


def take(turn: Turn, version: Version, currency_id: str, points: int, why: Why) -> None:
    """Spend points, first-to-expire first.

    Raises Refused with CurrencyUnknown, CurrencyNotRedeemable or InsufficientPoints, BadInput.
    """
    currency = spendable(version, currency_id)
    wanted = spending(version, currency, points, turn.now, why)
    move(turn, rules.debit(turn.of(store.WALLET), currency.id, wanted, turn.now))


def spending(
    version: Version, currency: terms.PointsCurrency, points: int, now: datetime, why: Why
) -> Debit:
    """Say how points of a currency are spent by its terms."""
    return Debit(
        EntryKind.REDEMPTION,
        points,
        {"version": version.number, **why},
        currency.spend_first if currency.kind is terms.CurrencyKind.PREPAID else None,
        rules.idle_until(currency.expiry, now, version.program.zone),
        version.program.money_of(currency.id),
        currency.name,
    )


def clawback(turn: Turn, version: Version, wanted: Clawback, why: Why) -> Clawed:
    """Take back points that were not earned after all; tell what was taken, owed, let go.

    From the accrual's own lot, then pending ones, then available ones, then arrears by the
    currency's policy. Raises Refused(CurrencyUnknown), BadInput.
    """
    currency = currency_of(version, wanted.currency)
    facts = {"version": version.number, **why}
    moved, clawed = rules.clawback(turn.of(store.WALLET), wanted, currency, turn.now, facts)
    move(turn, moved)
    return clawed


def reinstate(
    turn: Turn, version: Version, wanted: Reinstatement, why: Why, *, by_choice: bool = False
) -> None:
    """Give points back to the lots they were taken from (`Reinstatement.of` chooses among them).

    What expired meanwhile lives `minimum_life_days` more, once; given back `by_choice` of the
    member, or a second time, it expires at once. Raises Refused(CurrencyUnknown).
    """
    currency, wallet = currency_of(version, wanted.currency), turn.of(store.WALLET)
    second = second_life(version, currency, turn.now)
    if by_choice:
        second = SecondLife(idle_until=wallet.account(currency.id).ends_at)
    facts = {"version": version.number, **why}
    move(turn, rules.reinstate(wallet, wanted, second, turn.now, facts))
    settle(turn)


def second_life(
    version: Version, currency: terms.PointsCurrency | None, now: datetime
) -> SecondLife:
    """Give what comes back the least life of its currency, which may be declared no longer."""
    days = currency.minimum_life_days if currency else terms.MINIMUM_LIFE_DAYS
    least = rules.days_later(now, days, version.program.zone)
    by_inactivity = currency is not None and isinstance(currency.expiry, terms.Inactivity)
    return SecondLife(least, least if by_inactivity else None)


def currency_of(version: Version, currency_id: str) -> terms.PointsCurrency:
    """Find a currency of the program. Raises Refused(CurrencyUnknown)."""
    currency = version.program.currency(currency_id)
    if currency is None:
        raise Refused(CurrencyUnknown(currency_id))
    return currency


def spendable(version: Version, currency_id: str) -> terms.PointsCurrency:
    """Find a currency that may be spent. Raises Refused(CurrencyUnknown, CurrencyNotRedeemable)."""
    currency = currency_of(version, currency_id)
    if not currency.is_spendable:
        raise Refused(CurrencyNotRedeemable(currency.id, currency.name))
    return currency


def bonus_part(currency: terms.PointsCurrency) -> str | None:
    """Name the part that what is given belongs to: of prepaid credit, the bonus."""
    return BONUS if currency.kind is terms.CurrencyKind.PREPAID else None
