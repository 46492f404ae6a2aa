"""Giving to another member: what may be given, and how much of it in a month."""

from dataclasses import replace

from loyalty.errors import Refused
from loyalty.program import terms
from loyalty.wallets.rules.accounts import Account, Wallet
from loyalty.wallets.rules.refusals import TransferNotOffered, TransferTooLarge, TransferTooSmall


def check_transfer(
    account: Account, currency: terms.PointsCurrency, points: int, month: str, money: str | None
) -> None:
    """Refuse what may not be given. Raises Refused with the limit that is in the way.

    `money` is what the currency is counted in, None where in points.
    """
    allowed = currency.transfers
    if allowed is None:
        raise Refused(TransferNotOffered(currency.id, currency.name))
    if points < allowed.minimum:
        raise Refused(TransferTooSmall(currency.id, points, allowed.minimum, money))
    if allowed.per_transfer is not None and points > allowed.per_transfer:
        most = allowed.per_transfer
        raise Refused(TransferTooLarge(currency.id, points, most, "TRANSFER", money))
    if allowed.per_month is not None:
        left = max(0, allowed.per_month - sent_in(account, month))
        if points > left:
            raise Refused(TransferTooLarge(currency.id, points, left, "MONTH", money))


def sent_in(account: Account, month: str) -> int:
    """Give how much was given to others in a local month, such as 2026-03."""
    return account.sent[1] if account.sent is not None and account.sent[0] == month else 0


def with_sent(wallet: Wallet, currency: str, month: str, points: int) -> Wallet:
    """Count what was given in a month, or came back (negative) that was given in it."""
    account = wallet.account(currency)
    if points < 0 and sent_in(account, month) < -points:
        return wallet  # given in a month that is over
    sent = (month, sent_in(account, month) + points)
    return wallet.with_account(replace(account, sent=sent))
