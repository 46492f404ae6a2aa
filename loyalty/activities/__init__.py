"""Activities: what members do, recorded once, and what it earns them."""

# fmt: off

from loyalty.activities.rules import Event, Line, MoneyMismatch, Purchase
from loyalty.activities.service import finish_open, prepare, record_event, record_purchase

__all__ = [
    "Event", "Line", "MoneyMismatch", "Purchase", "finish_open", "prepare", "record_event",
    "record_purchase",
]
