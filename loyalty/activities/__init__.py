"""Activities: what members do, recorded once, and what it earns them."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.activities.importers import (
    BadLine, CsvShape, Intake, Sale, by_customer, read_cdnow, read_csv,
)
from loyalty.activities.rules import Refund, RefundLine, refusals
from loyalty.activities.service import (
    buying, claim_receipt, enrol, finish_open, history, occasions, prepare, record_approved,
    record_event, record_purchase, record_receipt, record_refund, record_visit, similar, who,
)
from loyalty.activities.store import purchases_of
from loyalty.program import Event, Line, Purchase, Visit

__all__ = [
    "BadLine", "CsvShape", "Event", "Intake", "Line", "Purchase", "Refund", "RefundLine", "Sale",
    "Visit", "buying", "by_customer", "claim_receipt", "enrol", "finish_open", "history",
    "occasions", "prepare", "purchases_of", "read_cdnow", "read_csv", "record_approved",
    "record_event", "record_purchase", "record_receipt", "record_refund", "record_visit",
    "refusals", "similar", "who",
]
