"""How value is held and moved, decided from values alone."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.rules.accounts import (
    BONUS, PAID, POINTS_LIMIT, Account, Allocation, EntryKind, Hold, LedgerEntry, Life, Lot,
    Movement, Wallet,
)
from loyalty.wallets.rules.lives import (
    add_months, available_at, days_later, expires_at, idle_until, local_month,
)
from loyalty.wallets.rules.moves import (
    Credit, Debit, choose, credit, debit, expire, take_out, with_carry,
)
from loyalty.wallets.rules.refunds import (
    Clawback, Clawed, Reinstatement, SecondLife, clawback, reinstate,
)
from loyalty.wallets.rules.refusals import (
    CurrencyNotRedeemable, CurrencyUnknown, InsufficientPoints,
)

__all__ = [
    "BONUS", "PAID", "POINTS_LIMIT", "Account", "Allocation", "Clawback", "Clawed", "Credit",
    "CurrencyNotRedeemable", "CurrencyUnknown", "Debit", "EntryKind", "Hold",
    "InsufficientPoints", "LedgerEntry", "Life", "Lot", "Movement", "Reinstatement", "SecondLife",
    "Wallet", "add_months", "available_at", "choose", "clawback", "credit", "days_later", "debit",
    "expire", "expires_at", "idle_until", "local_month", "reinstate", "take_out", "with_carry",
]
