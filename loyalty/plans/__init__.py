"""Plans: what members pay for by the month or the year, passes for a time, and punch cards."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.plans.rules import (
    Card, CardState, EventKind, Membership, PassNotRefundable, PassUnknown, PlanAlreadyActive,
    PlanAlreadyCancelled, PlanEvent, PlanNotActive, PlanNotCancelled, PlanStatus, PlanUnknown,
)
from loyalty.plans.service import (
    active, after, benefit, cards, factors, finish_open, lapse_due, memberships, prepare, record,
    undo,
)

__all__ = [
    "Card", "CardState", "EventKind", "Membership", "PassNotRefundable", "PassUnknown",
    "PlanAlreadyActive", "PlanAlreadyCancelled", "PlanEvent", "PlanNotActive", "PlanNotCancelled",
    "PlanStatus", "PlanUnknown", "active", "after", "benefit", "cards", "factors", "finish_open",
    "lapse_due", "memberships", "prepare", "record", "undo",
]
