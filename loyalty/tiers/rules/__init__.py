"""The rules of tiers: what counts, what is reached, how long it lasts, and what it gives.

Tiers read what was bought and qualifying points earned, never the spendable balance.
"""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.tiers.rules.benefits import (
    Allowance, BenefitNotHeld, BenefitUnknown, BenefitUsedForGood, BenefitUsedUp, Uses, allowance,
    benefits, period_start, used,
)
from loyalty.tiers.rules.climbing import Moment, advanced, undone
from loyalty.tiers.rules.tallies import Course, Standing, Tally, bucket, counted, window_end
from loyalty.tiers.rules.thresholds import (
    Criterion, Progress, comes_near, criteria, is_near, current, entry_tier, highest_reached,
    is_met, progress, rank,
)
from loyalty.tiers.rules.validity import Keeping, Kept, Lost, begun, grace_end, keeping, settled
from loyalty.tiers.rules.words import Units, asks, units_of, way

__all__ = [
    "Allowance", "BenefitNotHeld", "BenefitUnknown", "BenefitUsedForGood", "BenefitUsedUp",
    "Course", "Criterion", "Keeping", "Kept", "Lost", "Moment", "Progress", "Standing", "Tally",
    "Units", "Uses", "advanced", "allowance", "asks", "begun", "benefits", "bucket", "comes_near",
    "counted", "criteria", "current", "entry_tier", "grace_end", "highest_reached", "is_met",
    "is_near", "keeping", "period_start", "progress", "rank", "settled", "undone", "units_of",
    "used", "way", "window_end",
]
