"""Plans: what members pay for by the month or the year, passes for a time, and punch cards."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.plans.rules import (
    Card, CardState, Membership, PassNotRefundable, PassUnknown, PlanAlreadyActive,
    PlanAlreadyCancelled, PlanNotActive, PlanNotCancelled, PlanUnknown, PlanStatus,
)
from loyalty.plans.service import active, prepare

__all__ = [
    "Card", "CardState", "Membership", "PassNotRefundable", "PassUnknown", "PlanAlreadyActive",
    "PlanAlreadyCancelled", "PlanNotActive", "PlanNotCancelled", "PlanStatus", "PlanUnknown",
    "active", "prepare",
]
