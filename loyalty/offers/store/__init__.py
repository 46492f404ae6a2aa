"""Offers in MongoDB: what members have."""

from loyalty.offers.store import helds
from loyalty.offers.store.helds import HOLDING, prepare

__all__ = ["HOLDING", "helds", "prepare"]
