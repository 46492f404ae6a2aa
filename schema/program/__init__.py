"""The program in the graph: what members see of it, and its versions for staff."""

from schema.program.benefits import Benefit, show_benefit
from schema.program.offers import Offer, OfferPrice, show_offer
from schema.program.plans import Pass, Plan, PunchCard, show_card, show_pass, show_plan
from schema.program.terms import (
    Ladder,
    PointsCurrency,
    ProgramQuery,
    Tier,
    show_currency,
    show_ladder,
    show_tier,
)
from schema.program.versions import StaffProgramMutation, StaffProgramQuery

__all__ = [
    "Benefit",
    "Ladder",
    "Offer",
    "OfferPrice",
    "Pass",
    "Plan",
    "PointsCurrency",
    "ProgramQuery",
    "PunchCard",
    "StaffProgramMutation",
    "StaffProgramQuery",
    "Tier",
    "show_benefit",
    "show_card",
    "show_currency",
    "show_ladder",
    "show_offer",
    "show_pass",
    "show_plan",
    "show_tier",
]
