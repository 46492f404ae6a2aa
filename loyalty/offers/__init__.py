"""Offers: what members can have for points or are given, and what becomes of it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.offers.rules import Choice, Held, HeldEnd, HeldState, next_best, refusals
from loyalty.offers.service import (
    Claim, Step, activate, after, cancel, choices, claim, codes, confirm, give, helds, issue,
    personal, place_in_line, prepare, react, supplies, sweep, take_back, tills, undo, withdraw,
)

__all__ = [
    "Choice", "Claim", "Held", "HeldEnd", "HeldState", "Step", "activate", "after",
    "cancel", "choices", "claim", "codes", "confirm", "give", "helds", "issue",
    "next_best", "personal", "place_in_line", "prepare", "react", "refusals", "supplies", "sweep",
    "take_back", "tills", "undo", "withdraw",
]
