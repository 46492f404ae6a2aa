"""The verbs of plans: what billing tells, what purchases and visits stamp, what the clock ends."""

from loyalty.plans.service.billing import finish_open, record
from loyalty.plans.service.reading import active, benefit, cards, factors, memberships, prepare
from loyalty.plans.service.stamping import after, undo
from loyalty.plans.service.sweeping import lapse_due

__all__ = [
    "active",
    "after",
    "benefit",
    "cards",
    "factors",
    "finish_open",
    "lapse_due",
    "memberships",
    "prepare",
    "record",
    "undo",
]
