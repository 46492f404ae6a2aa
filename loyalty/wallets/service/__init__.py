"""The verbs of wallets: within a turn of another noun, and those that are commands of their own."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.service import adjustments, holds, prepaid, transfers
from loyalty.wallets.service.corrections import Spending, adjust, spend
from loyalty.wallets.service.keys import check_key, hash_input
from loyalty.wallets.service.moving import (
    Gift, carry, clawback, give, reinstate, settle, take,
)
from loyalty.wallets.service.reading import entries, moved_since, record_entries
from loyalty.wallets.service.work import expire_due

__all__ = [
    "Gift",
    "Spending",
    "adjust",
    "adjustments",
    "carry",
    "check_key",
    "clawback",
    "entries",
    "expire_due",
    "give",
    "hash_input",
    "holds",
    "moved_since",
    "prepaid",
    "record_entries",
    "reinstate",
    "settle",
    "spend",
    "take",
    "transfers",
]
