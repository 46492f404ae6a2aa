"""The verbs of activities: what members do is recorded, and brings about what the terms say."""

from loyalty.activities.service import similar
from loyalty.activities.service.approving import record_approved
from loyalty.activities.service.deciding import who
from loyalty.activities.service.finishing import finish_open
from loyalty.activities.service.occasions import celebrate, enrol, welcome
from loyalty.activities.service.reading import Reported, activities_of
from loyalty.activities.service.receipts import claim_receipt, record_receipt
from loyalty.activities.service.recording import (
    prepare,
    record_event,
    record_purchase,
    record_visit,
)
from loyalty.activities.service.refunding import record_refund

__all__ = [
    "Reported",
    "activities_of",
    "celebrate",
    "claim_receipt",
    "enrol",
    "finish_open",
    "prepare",
    "record_approved",
    "record_event",
    "record_purchase",
    "record_receipt",
    "record_refund",
    "record_visit",
    "similar",
    "welcome",
    "who",
]
