"""The terms and conditions as data: what `program.yaml` may say; nouns execute it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.program.rules.currencies import (
    CurrencyKind, Expiry, FixedDate, Never, PointsCurrency, Rolling,
)
from loyalty.program.rules.earning import (
    WEEKDAYS, Conditions, EarningRule, Fixed, Multiplier, PerAmount, Rounding, Weekday,
)
from loyalty.program.rules.ladders import Benefit, BenefitKind, Ladder, Threshold, Tier, WindowKind
from loyalty.program.rules.mistakes import Problem, problems
from loyalty.program.rules.programs import EarnBase, Nudge, Program, VersionStatus
from loyalty.program.rules.spelling import explain
from loyalty.program.rules.texts import (
    NUDGE_FIELDS, Terms, Text, fields_of, minor_units, time_zones,
)

__all__ = [
    "NUDGE_FIELDS", "WEEKDAYS", "Benefit", "BenefitKind", "Conditions", "CurrencyKind", "EarnBase",
    "EarningRule", "Expiry", "Fixed", "FixedDate", "Ladder", "Multiplier", "Never", "Nudge",
    "PerAmount", "PointsCurrency", "Problem", "Program", "Rolling", "Rounding", "Terms", "Text",
    "Threshold", "Tier", "VersionStatus", "Weekday", "WindowKind", "explain", "fields_of",
    "minor_units", "problems", "time_zones",
]
