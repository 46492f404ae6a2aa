"""Tiers: the ladders of the program, and where each member stands on them."""

# fmt: off

from loyalty.tiers.rules import Criterion, Progress, Standing, Tally, benefits
from loyalty.tiers.service import (
    Status,
    advance,
    current_tiers,
    factors,
    local_day,
    statuses,
    undo,
)

__all__ = [
    "Criterion", "Progress", "Standing", "Status", "Tally", "advance", "benefits",
    "current_tiers", "factors", "local_day", "statuses", "undo",
]
