"""Tiers in the graph: where a member stands, and the benefits they make use of."""

from schema.tiers.benefits import StaffBenefitMutation
from schema.tiers.places import BenefitAllowance, TierStatus, show_allowance, show_statuses

__all__ = [
    "BenefitAllowance",
    "StaffBenefitMutation",
    "TierStatus",
    "show_allowance",
    "show_statuses",
]
