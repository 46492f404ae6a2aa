"""Wallets: what members hold, and every movement of it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.rules import (
    Adjustment, Allocation, Clawback, EntryKind, InsufficientPoints, Reinstatement, refusals,
)
from loyalty.wallets.service import (
    Gift, Spending, adjust, adjustments, carry, check_key, clawback, entries, expire_due,
    give, hash_input, holds, moved_since, prepaid, record_entries, reinstate, settle,
    spend, take, transfers,
)
from loyalty.wallets.store import WALLET, PostedEntry, wallet_of

__all__ = [
    "WALLET", "Adjustment", "Allocation", "Clawback", "EntryKind", "Gift", "InsufficientPoints",
    "PostedEntry", "Reinstatement", "Spending", "adjust", "adjustments", "carry", "check_key",
    "clawback", "entries", "expire_due", "give", "hash_input", "holds", "moved_since", "prepaid",
    "record_entries", "refusals", "reinstate", "settle", "spend", "take", "transfers", "wallet_of",
]
