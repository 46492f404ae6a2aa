"""The verbs of wallets: within a turn of another noun, and those that are commands of their own."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.service.corrections import (
    Adjustment, Spending, adjust, check_key, expire_due, hash_input, spend,
)
from loyalty.wallets.service.moving import (
    Gift, carry, clawback, give, move, reinstate, settle, take,
)
from loyalty.wallets.service.reading import entries, record_entries

__all__ = [
    "Adjustment", "Gift", "Spending", "adjust", "carry", "check_key", "clawback", "entries",
    "expire_due", "give", "hash_input", "move", "record_entries", "reinstate", "settle", "spend",
    "take",
]
