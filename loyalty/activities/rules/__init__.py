"""The rules of activities: what can be recorded, what counts, what it earns."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.activities.rules.caps import given_with, local_day, room
from loyalty.activities.rules.checks import LINES_LIMIT, OWN_SOURCE, MoneyMismatch, check
from loyalty.activities.rules.earning import (
    Circumstances, Earning, earn, meant, rounded, total_base, trigger,
)
from loyalty.activities.rules.visits import counted_with, is_apart

__all__ = [
    "LINES_LIMIT", "OWN_SOURCE", "Circumstances", "Earning", "MoneyMismatch", "check",
    "counted_with", "earn", "given_with", "is_apart", "local_day", "meant", "room", "rounded",
    "total_base", "trigger",
]
