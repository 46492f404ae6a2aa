"""Prepaid credit: a top-up's paid part and bonus are lots of their own, so that it can go back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty.errors import Refused
from loyalty.wallets.rules.accounts import (
    BONUS,
    PAID,
    Account,
    EntryKind,
    LedgerEntry,
    Movement,
    Wallet,
)
from loyalty.wallets.rules.moves import Credit, Debit, credit, portions, take_bonus, take_out
from loyalty.wallets.rules.refusals import NothingToPayBack


@dataclass(frozen=True, slots=True)
class Paid:
    """A top-up that was paid: its mark (unique for the member) and its parts in minor units."""

    mark: str
    pay: int
    bonus: int
    expires_at: datetime | None = None
    idle_until: datetime | None = None


def top_up(
    wallet: Wallet, currency: str, paid: Paid, now: datetime, why: Mapping[str, object]
) -> Movement:
    """Credit what was paid, then what is given on top, each in a lot of this top-up."""
    entries: list[LedgerEntry] = []
    for part, points in ((PAID, paid.pay), (BONUS, paid.bonus)):
        if not points:
            continue
        giving = Credit(
            EntryKind.TOP_UP,
            points,
            now,
            expires_at=paid.expires_at,
            explanation={"kind": f"TOP_UP_{part}", **why},
            part=f"{part}:{paid.mark}",
            idle_until=paid.idle_until,
        )
        moved = credit(wallet, currency, giving)
        wallet = moved.wallet
        entries += moved.entries
    return Movement(wallet, tuple(entries))


def pay_back(
    wallet: Wallet, top_up_id: str, now: datetime, why: Mapping[str, object]
) -> tuple[Movement, int]:
    """Take out what is unspent of a top-up's paid part, and its bonus; give what is to be paid.

    What is set aside stays; of the bonus it is taken, too, when it comes back, as is what a refund
    returns. Raises Refused(NothingToPayBack).
    """
    mark = top_up_id.rpartition("_")[2]
    for account in wallet.accounts.values():
        paid = _left(account, f"{PAID}:{mark}")
        if paid:
            break
    else:
        raise Refused(NothingToPayBack(top_up_id))
    back = sum(paid.values())
    released = take_out(wallet, account, Debit(EntryKind.RELEASE, back, why), paid, now)
    account = released.wallet.account(account.currency)
    marks = dict.fromkeys((*account.paid_back, mark))
    account, taken = take_bonus(replace(account, paid_back=tuple(marks)), now, why)
    return Movement(released.wallet.with_account(account), (*released.entries, *taken)), back


def _left(account: Account, part: str) -> dict[str, int]:
    lots = [lot for lot in account.lots if lot.part == part]
    return portions(account, lots, sum(lot.remaining for lot in lots))
