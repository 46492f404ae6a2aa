"""The rules of plans: what a member paid for and until when, and the cards they fill."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.plans.rules.cards import (
    Card, CardState, Finished, Set, stamped, stamps_for, unstamped, what_was_set,
)
from loyalty.plans.rules.events import (
    OF_PASSES, PAYMENTS, REFUNDS, EventKind, PlanEvent, check,
)
from loyalty.plans.rules.memberships import (
    Gift, Membership, PassNotRefundable, PassUnknown, Payment, PlanAlreadyActive,
    PlanAlreadyCancelled, PlanNotActive, PlanNotCancelled, PlanStatus, PlanUnknown, Stretch,
    bought, cancelled, is_on, keeping, not_active, refunded, renewed, resumed, started,
    unused_months, unused_price, with_gifts, withholding,
)

__all__ = [
    "OF_PASSES", "PAYMENTS", "REFUNDS", "Card", "CardState", "EventKind", "Finished", "Gift",
    "Membership", "PassNotRefundable", "PassUnknown", "Payment", "PlanAlreadyActive",
    "PlanAlreadyCancelled", "PlanEvent", "PlanNotActive", "PlanNotCancelled", "PlanStatus",
    "PlanUnknown", "Set", "Stretch", "bought", "cancelled", "check", "is_on", "keeping",
    "not_active", "refunded", "renewed", "resumed", "stamped", "stamps_for", "started", "unstamped",
    "unused_months", "unused_price", "what_was_set", "with_gifts", "withholding",
]
