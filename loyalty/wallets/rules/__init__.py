"""How value is held and moved, decided from values alone."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.wallets.rules.accounts import (
    BONUS, PAID, POINTS_LIMIT, Account, Allocation, EntryKind, Hold, LedgerEntry, Life, Lot,
    Movement, Wallet,
)
from loyalty.wallets.rules.corrections import (
    Adjustment, AdjustmentStatus, Request, needs_second,
)
from loyalty.wallets.rules.holds import (
    HOLD_SECONDS_LIMIT, HOLDS_OF_A_MEMBER, Holding, confirm, find_hold, hold, release,
)
from loyalty.wallets.rules.lives import (
    available_at, days_later, expires_at, idle_until, local_month,
)
from loyalty.wallets.rules.moves import (
    Credit, Debit, choose, credit, debit, expire, take_out, with_carry,
)
from loyalty.wallets.rules.prepaid import Paid, pay_back, top_up
from loyalty.wallets.rules.refunds import (
    Clawback, Clawed, Reinstatement, SecondLife, clawback, reinstate,
)
from loyalty.wallets.rules.refusals import (
    AdjustmentDecided, AdjustmentOwn, AdjustmentTooLarge, AdjustmentUnknown,
    CurrencyNotRedeemable, CurrencyUnknown, HoldUnknown, InsufficientPoints, NothingToPayBack,
    ReceiverUnknown, TooManyHolds, TopUpUnknown, TransferNotOffered, TransferTooLarge,
    TransferTooSmall,
)
from loyalty.wallets.rules.transfers import check_transfer, sent_in, with_sent

__all__ = [
    "BONUS", "HOLDS_OF_A_MEMBER", "HOLD_SECONDS_LIMIT", "PAID", "POINTS_LIMIT", "Account",
    "Adjustment", "AdjustmentDecided", "AdjustmentOwn", "AdjustmentStatus", "AdjustmentTooLarge",
    "AdjustmentUnknown", "Allocation", "Clawback", "Clawed", "Credit", "CurrencyNotRedeemable",
    "CurrencyUnknown", "Debit", "EntryKind", "Hold", "HoldUnknown", "Holding", "InsufficientPoints",
    "LedgerEntry", "Life", "Lot", "Movement", "NothingToPayBack", "Paid", "ReceiverUnknown",
    "Reinstatement", "Request", "SecondLife", "TooManyHolds", "TopUpUnknown", "TransferNotOffered",
    "TransferTooLarge", "TransferTooSmall", "Wallet", "available_at",
    "check_transfer", "choose", "clawback", "confirm", "credit", "days_later", "debit", "expire",
    "expires_at", "find_hold", "hold", "idle_until", "local_month", "needs_second", "pay_back",
    "reinstate", "release", "sent_in", "take_out", "top_up", "with_carry", "with_sent",
]
