"""Wallets: what members hold, and every movement of it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.rules import (
    Allocation, Clawback, EntryKind, InsufficientPoints, LedgerEntry, Reinstatement, add_months,
    expire, refusals,
)
from loyalty.wallets.service import (
    Adjustment, Gift, Spending, adjust, carry, check_key, clawback, entries, expire_due, give,
    hash_input, record_entries, reinstate, settle, spend, take,
)
from loyalty.wallets.store import WALLET, PostedEntry, wallet_of

__all__ = [
    "WALLET", "Adjustment", "Allocation", "Clawback", "EntryKind", "Gift", "InsufficientPoints",
    "LedgerEntry", "PostedEntry", "Reinstatement", "Spending", "add_months", "adjust", "carry",
    "check_key", "clawback", "entries", "expire", "expire_due", "give", "hash_input",
    "record_entries", "refusals", "reinstate", "settle", "spend", "take", "wallet_of",
]
