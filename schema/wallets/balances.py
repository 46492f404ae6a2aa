"""What a member holds now, currency by currency: to spend, waiting, set aside, about to end."""

from collections.abc import Mapping
from datetime import datetime

import strawberry

from loyalty import wallets
from loyalty.program import Version, terms
from schema.context import View
from schema.nodes import Node, part_id
from schema.program import PointsCurrency, show_currency
from schema.scalars import Money, Points, money


@strawberry.type(description="Points that expire together.")
class NextExpiry:
    """Points that expire together."""

    points: Points = strawberry.field(description="How many, if none are spent before.")
    amount: Money | None = strawberry.field(description="The same in money; null for points.")
    expires_at: datetime = strawberry.field(
        description="The instant they are gone: an end of day in the program's time zone."
    )


@strawberry.type(description="Points that become usable together.")
class PendingPoints:
    """Points that become usable together."""

    points: Points = strawberry.field(description="How many.")
    amount: Money | None = strawberry.field(description="The same in money; null for points.")
    available_at: datetime = strawberry.field(
        description="When their return window has passed: an end of day in the program's zone."
    )


@strawberry.type(description="Points set aside for something that is not done yet.")
class WalletHold(Node):
    """Points set aside; confirmed and released by its id."""

    points: Points = strawberry.field(description="How many.")
    amount: Money | None = strawberry.field(description="The same in money; null for points.")
    expires_at: datetime = strawberry.field(description="When they go back by themselves.")
    reason: str | None = strawberry.field(description="What they are set aside for.")


@strawberry.type(description="What prepaid credit is made of.")
class PrepaidParts:
    """Paid and given."""

    paid: Money = strawberry.field(description="What is left of what was paid.")
    bonus: Money = strawberry.field(description="What is left of what was given on top.")


@strawberry.type(description="What a member holds in one currency.")
class Balance(Node):
    """A holding."""

    currency: PointsCurrency = strawberry.field(description="The currency.")
    balance: Points = strawberry.field(
        description="All that is held, pending and set-aside points included; below zero where "
        "a refund left arrears."
    )
    available: Points = strawberry.field(description="What can be spent now.")
    pending: Points = strawberry.field(
        description="Earned, and not yet usable: the return window has not passed."
    )
    held: Points = strawberry.field(description="Set aside for what is not done yet.")
    arrears: Points = strawberry.field(
        description="Owed after a refund: taken from what is earned next."
    )
    amount: Money | None = strawberry.field(
        description="The balance in money; null where it is points."
    )
    available_amount: Money | None = strawberry.field(
        description="What can be spent now, in money; null where it is points."
    )
    next_expiry: NextExpiry | None = strawberry.field(
        description="What expires first; null when nothing will."
    )
    upcoming_expiries: list[NextExpiry] = strawberry.field(
        description="Everything that will expire, soonest first."
    )
    pending_points: list[PendingPoints] = strawberry.field(
        description="Everything that is pending, soonest usable first."
    )
    holds: list[WalletHold] = strawberry.field(description="What is set aside, oldest first.")
    prepaid: PrepaidParts | None = strawberry.field(
        description="What it is made of; only on prepaid credit."
    )


def show_balances(view: View) -> list[Balance]:
    """Show what is held now; lots and holds whose time has passed count no more."""
    if view.version is None:
        return []
    return [_balance(view, view.version, each) for each in view.version.program.currencies]


def _balance(view: View, version: Version, currency: terms.PointsCurrency) -> Balance:
    account = wallets.wallet_of(view.state, view.now).account(currency.id)
    code = version.program.money_of(currency.id)
    available = account.available(view.now)
    expiries = _expiries(account.expiries, code)
    is_prepaid = currency.kind is terms.CurrencyKind.PREPAID
    return Balance(
        id=part_id("bal", view.state.member_id, currency.id),
        currency=show_currency(currency, view.reader),
        balance=Points(account.balance),
        available=Points(available),
        pending=Points(account.pending(view.now)),
        held=Points(sum(hold.points for hold in account.holds)),
        arrears=Points(account.arrears),
        amount=as_money(code, account.balance),
        available_amount=as_money(code, available),
        next_expiry=expiries[0] if expiries else None,
        upcoming_expiries=expiries,
        pending_points=_pending(account.usable_later(view.now), code),
        holds=[
            WalletHold(
                id=strawberry.ID(hold.id),
                points=Points(hold.points),
                amount=as_money(code, hold.points),
                expires_at=hold.expires_at,
                reason=_text(hold.explanation.get("reason")),
            )
            for hold in account.holds
        ],
        prepaid=_parts(account.paid, account.total, code) if is_prepaid else None,
    )


def _expiries(by_instant: Mapping[datetime, int], code: str | None) -> list[NextExpiry]:
    return [
        NextExpiry(points=Points(points), amount=as_money(code, points), expires_at=at)
        for at, points in by_instant.items()
    ]


def _pending(by_instant: Mapping[datetime, int], code: str | None) -> list[PendingPoints]:
    return [
        PendingPoints(points=Points(points), amount=as_money(code, points), available_at=at)
        for at, points in by_instant.items()
    ]


def _parts(paid: int, total: int, code: str | None) -> PrepaidParts | None:
    if code is None:
        return None
    return PrepaidParts(paid=money(paid, code), bonus=money(total - paid, code))


def _text(reason: object) -> str | None:
    return reason if isinstance(reason, str) else None


def show_holds(view: View) -> list[WalletHold]:
    """Show everything that is set aside."""
    return [hold for balance in show_balances(view) for hold in balance.holds]


def find_hold(view: View, hold_id: str) -> WalletHold | None:
    """Show what a member has set aside under an id; None when it is over."""
    return next((hold for hold in show_holds(view) if hold.id == hold_id), None)


def as_money(code: str | None, points: int) -> Money | None:
    """Show points as an amount where they are money."""
    return None if code is None else money(points, code)
