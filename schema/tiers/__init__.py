"""Tiers in the graph: where a member stands, and the benefits they make use of."""

from schema.tiers.benefits import StaffBenefitMutation
from schema.tiers.places import TierStatus, show_statuses

__all__ = ["StaffBenefitMutation", "TierStatus", "show_statuses"]
