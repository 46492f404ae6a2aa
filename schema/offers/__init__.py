"""Offers in the graph: what the program declares, and what a member has of it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from schema.offers.terms import Offer, show_offer
from schema.offers.helds import HeldOffer, MemberOffers, find_held, show_held

__all__ = [
    "HeldOffer", "MemberOffers", "Offer", "find_held", "show_held", "show_offer",
]
