"""The rules of activities: what can be recorded, what counts, what it earns."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.activities.rules.birthdays import days_celebrated
from loyalty.activities.rules.buying import NOTHING_BOUGHT, Bought, all_bought, bought_with
from loyalty.activities.rules.caps import given_with, given_without, local_day, room
from loyalty.activities.rules.checks import LINES_LIMIT, OWN_SOURCE, check, check_number
from loyalty.activities.rules.earning import (
    Circumstances, Earning, earn, meant, rounded, total_base, trigger,
)
from loyalty.activities.rules.refunds import (
    NOTHING_REFUNDED, Due, Refund, Refunded, RefundLine, check_refund, dues, is_over, out_of_carry,
    part_between, points_payment_of, refunded_total, refunded_with, remaining,
    taken_with, worth,
)
from loyalty.activities.rules.refusals import (
    MoneyMismatch, PurchaseOfAnother, PurchaseUnknown, ReceiptExpired, ReceiptTaken,
    ReceiptUnknown, RedemptionUnknown, RedemptionUsed, RefundedAlready, RefundTooHigh,
    RefundTooMany,
)
from loyalty.activities.rules.similar import (
    BASKETS_AT_LEAST, Similar, Together, similar_products,
)
from loyalty.activities.rules.visits import counted_with, is_apart

__all__ = [
    "BASKETS_AT_LEAST", "LINES_LIMIT", "NOTHING_BOUGHT", "NOTHING_REFUNDED", "OWN_SOURCE", "Bought",
    "Circumstances", "Due", "Earning", "MoneyMismatch", "PurchaseOfAnother", "PurchaseUnknown",
    "ReceiptExpired", "ReceiptTaken", "ReceiptUnknown", "RedemptionUnknown", "RedemptionUsed",
    "Refund", "RefundLine", "RefundTooHigh", "RefundTooMany", "Refunded", "RefundedAlready",
    "Similar", "Together", "all_bought", "bought_with", "check", "check_number", "check_refund",
    "counted_with", "days_celebrated", "dues", "earn", "given_with", "given_without", "is_apart",
    "is_over", "local_day", "meant", "out_of_carry", "part_between", "points_payment_of",
    "refunded_total", "refunded_with", "remaining", "room", "rounded", "similar_products",
    "taken_with", "total_base", "trigger", "worth",
]
