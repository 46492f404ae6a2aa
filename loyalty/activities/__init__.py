"""Activities: what members do, recorded once, and what it earns them."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.activities.importers import (
    BadLine, CsvShape, Intake, Sale, by_customer, read_cdnow, read_csv,
)
from loyalty.activities.rules import MoneyMismatch, Refund, RefundLine, refusals
from loyalty.activities.service import (
<<<<<<< HEAD
    finish_open, prepare, record_approved, record_event, record_purchase, record_visit,
=======
    finish_open, prepare, record_event, record_purchase, record_refund,
    record_visit,
>>>>>>> 5519653 (Take back what a refund takes: points, what counted, and what points had paid)
)
from loyalty.program import Event, Line, Purchase, Visit

__all__ = [
<<<<<<< HEAD
    "BadLine", "CsvShape", "Event", "Intake", "Line", "MoneyMismatch", "Purchase", "Sale", "Visit",
    "by_customer", "finish_open", "prepare", "read_cdnow", "read_csv", "record_approved",
    "record_event", "record_purchase", "record_visit",
=======
    "BadLine", "CsvShape", "Event", "Intake", "Line", "MoneyMismatch", "Purchase", "Refund",
    "RefundLine", "Sale", "Visit", "by_customer", "finish_open", "prepare", "read_cdnow",
    "read_csv", "record_event", "record_purchase", "record_refund", "record_visit", "refusals",
>>>>>>> 5519653 (Take back what a refund takes: points, what counted, and what points had paid)
]
