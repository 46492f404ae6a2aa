"""Activities in MongoDB: what was reported, what a member's state says of it, receipts."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.activities.store import baskets, buying, receipts
from loyalty.activities.store.activities import (
    ACTIVITIES, Birthday, activity_id, claim, entry_place, find_claim, from_document, kind_of,
    of_member, paid_with, prepare, purchase_from_document, purchase_id, refund_document,
    refund_from_document, refund_id, to_document, unsung,
)
from loyalty.activities.store.sections import (
    COUNTERS, REFUNDS, Refunds, bought_last_at, last_at, purchases_of, with_birthday,
    with_purchase, with_visit, without,
)

__all__ = [
    "ACTIVITIES", "COUNTERS", "REFUNDS", "Birthday", "Refunds", "activity_id", "baskets",
    "bought_last_at", "buying", "claim", "entry_place", "find_claim", "from_document", "kind_of",
    "last_at", "of_member", "paid_with", "prepare", "purchase_from_document", "purchase_id",
    "purchases_of", "receipts", "refund_document", "refund_from_document", "refund_id",
    "to_document", "unsung", "with_birthday", "with_purchase", "with_visit", "without",
]
