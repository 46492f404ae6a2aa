"""Push in MongoDB: devices, campaigns, deliveries, and the reading of recipients."""

from loyalty.mongo import Mongo
from loyalty.push.store import (
    briefs,
    budgets,
    campaigns,
    deliveries,
    devices,
    inbox,
    outcomes,
    paces,
    reached,
    recipients,
    switches,
    trials,
)

__all__ = [
    "briefs",
    "budgets",
    "campaigns",
    "deliveries",
    "devices",
    "inbox",
    "outcomes",
    "paces",
    "prepare",
    "reached",
    "recipients",
    "switches",
    "trials",
]


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(devices.DEVICES, devices.INDEXES)
    await mongo.create_indexes(devices.OWNERS, devices.OWNER_INDEXES)
    await mongo.create_indexes(campaigns.CAMPAIGNS, campaigns.INDEXES)
    await mongo.create_indexes(deliveries.DELIVERIES, [*deliveries.INDEXES, *inbox.INDEXES])
    await mongo.create_indexes(reached.REACHED, reached.INDEXES)
