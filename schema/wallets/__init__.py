"""Wallets in the graph: holdings, movements and why, and what staff do to them."""

from schema.wallets.holdings import LedgerEntry, Wallet, find_entry, owner_of
from schema.wallets.moves import Moved, StaffWalletMutation, moved

__all__ = [
    "LedgerEntry",
    "Moved",
    "StaffWalletMutation",
    "Wallet",
    "find_entry",
    "moved",
    "owner_of",
]
