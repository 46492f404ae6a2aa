"""Wallets in MongoDB: accounts in a member's state, entries, corrections that wait."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.store import requests
from loyalty.wallets.store.accounts import (
    WALLET, PostedEntry, due_members, entry_document, posted, wallet_of,
)

__all__ = [
    "WALLET", "PostedEntry", "due_members", "entry_document", "posted", "requests",
    "wallet_of",
]
