"""Offers: what members can have for points or are given, and what becomes of it."""

# fmt: off

from loyalty.offers.rules import Held, HeldState
from loyalty.offers.service import give, helds, issue, learn, prepare, unlearn, win_back_due

__all__ = [
    "Held", "HeldState", "give", "helds", "issue", "learn", "prepare", "unlearn", "win_back_due",
]
