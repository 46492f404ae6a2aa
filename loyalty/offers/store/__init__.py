"""Offers in MongoDB: what members have."""

from loyalty.offers.store import helds, histories
from loyalty.offers.store.helds import HOLDING
from loyalty.offers.store.histories import HISTORY

__all__ = [
    "HISTORY",
    "HOLDING",
    "helds",
    "histories",
]
