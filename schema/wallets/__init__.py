"""Wallets in the graph: holdings, movements and why, and what members and staff do to them."""

import strawberry

from schema.wallets.adjustments import StaffAdjustmentMutation, StaffAdjustmentQuery
from schema.wallets.balances import as_money, show_balances, show_holds
from schema.wallets.holdings import LedgerEntry, Wallet, find_entry, show_entry
from schema.wallets.holds import StaffHoldMutation
from schema.wallets.moves import Moved, StaffSpendMutation, moved
from schema.wallets.prepaid import StaffPrepaidMutation
from schema.wallets.transfers import AppWalletMutation, StaffTransferMutation

__all__ = [
    "AppWalletMutation",
    "LedgerEntry",
    "Moved",
    "StaffAdjustmentQuery",
    "StaffWalletMutation",
    "Wallet",
    "as_money",
    "find_entry",
    "moved",
    "show_balances",
    "show_entry",
    "show_holds",
]


@strawberry.type
class StaffWalletMutation(
    StaffSpendMutation,
    StaffAdjustmentMutation,
    StaffHoldMutation,
    StaffPrepaidMutation,
    StaffTransferMutation,
):
    """What staff and the shop's systems do to wallets."""
