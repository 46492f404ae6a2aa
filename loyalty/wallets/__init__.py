"""Wallets: what members hold, and every movement of it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.rules import (
    Account, Credit, CurrencyNotRedeemable, CurrencyUnknown, EntryKind, InsufficientPoints,
    LedgerEntry, Movement, Wallet, add_months, available_at, credit, expire, expires_at,
    with_carry,
)
from loyalty.wallets.service import (
    Adjustment, Spending, adjust, check_key, entries, expire_due, hash_input, move,
    record_entries, settle, spend,
)
from loyalty.wallets.store import WALLET, PostedEntry, posted, wallet_of

__all__ = [
    "WALLET", "Account", "Adjustment", "Credit", "CurrencyNotRedeemable", "CurrencyUnknown",
    "EntryKind", "InsufficientPoints", "LedgerEntry", "Movement", "PostedEntry", "Spending",
    "Wallet", "add_months", "adjust", "available_at", "check_key", "credit", "entries", "expire",
    "expire_due", "expires_at", "hash_input", "move", "posted", "record_entries", "settle", "spend",
    "wallet_of", "with_carry",
]
