"""Offers in the graph: what a member has and may have of them, and what is done with them."""

# fmt: off

from schema.offers.app import AppOfferMutation
from schema.offers.choices import MemberOffers, OfferChoice
from schema.offers.helds import HeldOffer, find_held, show_held, show_helds
from schema.offers.staff import StaffOfferMutation, StaffOfferQuery

__all__ = [
    "AppOfferMutation", "HeldOffer", "MemberOffers", "OfferChoice", "StaffOfferMutation",
    "StaffOfferQuery", "find_held", "show_held", "show_helds",
]
