"""The program in the graph: what members see of it, and its versions for staff."""

from schema.program.offers import Offer, OfferPrice, show_offer
from schema.program.terms import (
    Benefit,
    Ladder,
    PointsCurrency,
    ProgramQuery,
    Tier,
    show_benefit,
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
    "PointsCurrency",
    "ProgramQuery",
    "StaffProgramMutation",
    "StaffProgramQuery",
    "Tier",
    "show_benefit",
    "show_currency",
    "show_ladder",
    "show_offer",
    "show_tier",
]
