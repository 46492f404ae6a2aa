"""Offers: what members can have for points or are given, and what becomes of it."""

# fmt: off

from loyalty.offers.rules import Held, HeldState
from loyalty.offers.service import give, helds, issue, prepare

__all__ = ["Held", "HeldState", "give", "helds", "issue", "prepare"]
