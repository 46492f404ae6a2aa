"""How many messages of a campaign's budget are spent, in MongoDB: taken before they are sent."""

from loyalty.mongo import Mongo

BUDGETS = "push_budgets"


async def take(mongo: Mongo, campaign_id: str, budget: int, wanted: int) -> int:
    """Take so many messages out of a budget, or what is left of it; give how many."""
    spent = {"$ifNull": ["$spent", 0]}
    taken = {"$max": [0, {"$min": [wanted, {"$subtract": [budget, spent]}]}]}
    steps = [{"$set": {"taken": taken}}, {"$set": {"spent": {"$add": [spent, "$taken"]}}}]
    found = await mongo.find_one_and_update(BUDGETS, {"_id": campaign_id}, steps, upsert=True)
    return int((found or {"taken": 0})["taken"])


async def give_back(mongo: Mongo, campaign_id: str, unsent: int) -> None:
    """Put back what was taken for messages that were not sent after all."""
    if unsent:
        await mongo.update_one(BUDGETS, {"_id": campaign_id}, {"$inc": {"spent": -unsent}})
