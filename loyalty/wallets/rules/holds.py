"""Points set aside: kept in their lots for something open, until it is done or given up."""

from dataclasses import dataclass, replace
from datetime import datetime

from loyalty.errors import Refused
from loyalty.wallets.rules.accounts import Account, Allocation, EntryKind, Hold, Movement, Wallet
from loyalty.wallets.rules.moves import Debit, choose, let_go, take_out
from loyalty.wallets.rules.refusals import HoldUnknown

HOLD_SECONDS_LIMIT = 30 * 86_400
HOLDS_OF_A_MEMBER = 50


@dataclass(frozen=True, slots=True)
class Holding:
    """What is to be set aside: how many points of what, for how long, and under which id."""

    currency: str
    points: int
    expires_at: datetime
    id: str


def hold(wallet: Wallet, wanted: Holding, taking: Debit, now: datetime) -> tuple[Wallet, Hold]:
    """Set points aside, in the lots that a debit would take. Raises Refused(InsufficientPoints)."""
    account = wallet.account(wanted.currency)
    taken = choose(account, taking, now)
    allocations = tuple(Allocation(lot, part) for lot, part in taken.items())
    held = Hold(wanted.id, wanted.points, wanted.expires_at, allocations, taking.explanation)
    account = replace(account, holds=(*account.holds, held))
    return wallet.with_account(account), held


def release(wallet: Wallet, hold_id: str, now: datetime) -> Movement:
    """Let points go back to what can be spent, or pay what is owed. Raises Refused(HoldUnknown)."""
    account, held = find_hold(wallet, hold_id)
    account, entries = let_go(account, [held], now)
    return Movement(wallet.with_account(account), tuple(entries))


def confirm(
    wallet: Wallet, hold_id: str, idle_until: datetime | None, now: datetime
) -> tuple[Movement, Hold]:
    """Spend what was set aside. Raises Refused(HoldUnknown)."""
    account, held = find_hold(wallet, hold_id)
    taken = {part.lot: part.amount for part in held.allocations}
    taking = Debit(EntryKind.REDEMPTION, held.points, held.explanation, idle_until=idle_until)
    return take_out(wallet, _without(account, held), taking, taken, now), held


def find_hold(wallet: Wallet, hold_id: str) -> tuple[Account, Hold]:
    """Find what is set aside under an id, and where. Raises Refused(HoldUnknown)."""
    for account in wallet.accounts.values():
        for held in account.holds:
            if held.id == hold_id:
                return account, held
    raise Refused(HoldUnknown(hold_id))


def _without(account: Account, held: Hold) -> Account:
    return replace(account, holds=tuple(other for other in account.holds if other is not held))
