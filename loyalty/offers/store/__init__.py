"""Offers in MongoDB: what members have, units of limited ones, who waits, keys, what was bought."""

from loyalty.mongo import Mongo
from loyalty.offers.store import helds, histories, keys, lines, units
from loyalty.offers.store.helds import HOLDING
from loyalty.offers.store.histories import HISTORY

__all__ = ["HISTORY", "HOLDING", "helds", "histories", "keys", "lines", "prepare", "units"]


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await helds.prepare(mongo)
    await units.prepare(mongo)
    await lines.prepare(mongo)
    await histories.prepare(mongo)
