"""The verbs of activities: what members do is recorded, and brings about what the terms say."""

from loyalty.activities.service import buying, history, occasions, similar
from loyalty.activities.service.approving import record_approved
from loyalty.activities.service.deciding import who
from loyalty.activities.service.finishing import finish_open
from loyalty.activities.service.occasions import enrol
from loyalty.activities.service.receipts import claim_receipt, record_receipt
from loyalty.activities.service.recording import (
    prepare,
    record_event,
    record_purchase,
    record_visit,
)
from loyalty.activities.service.refunding import record_refund

__all__ = [
    "buying",
    "claim_receipt",
    "enrol",
    "finish_open",
    "history",
    "occasions",
    "prepare",
    "record_approved",
    "record_event",
    "record_purchase",
    "record_receipt",
    "record_refund",
    "record_visit",
    "similar",
    "who",
]
