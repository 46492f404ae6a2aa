"""The verbs of activities: what members do is recorded, and brings about what the terms say."""

from loyalty.activities.service.approving import record_approved
from loyalty.activities.service.recording import (
    finish_open,
    prepare,
    record_event,
    record_purchase,
    record_visit,
)

__all__ = [
    "finish_open",
    "prepare",
    "record_approved",
    "record_event",
    "record_purchase",
    "record_visit",
]
