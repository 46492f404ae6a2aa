"""Tiers: the ladders of the program, and where each member stands on them."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.tiers.rules import (
    Allowance, BenefitNotHeld, BenefitUnknown, BenefitUsedForGood, BenefitUsedUp, Criterion,
    Keeping, Progress, Standing, Tally, Units, asks, benefits, is_near, units_of, way,
)
from loyalty.tiers.service import (
    BenefitUse, Status, advance, allowances, current_tiers, factors, prepare, settle, statuses,
    sweep, undo, use_benefit,
)

__all__ = [
    "Allowance", "BenefitNotHeld", "BenefitUnknown", "BenefitUse", "BenefitUsedForGood",
    "BenefitUsedUp", "Criterion", "Keeping", "Progress", "Standing", "Status", "Tally", "Units",
    "advance", "allowances", "asks", "benefits", "current_tiers", "factors", "is_near", "prepare",
    "settle", "statuses", "sweep", "undo", "units_of", "use_benefit", "way",
]
