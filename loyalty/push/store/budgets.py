"""How many messages of a campaign's budget are spent, in MongoDB: taken before they are sent.

One document a campaign: how many are spent, and the ids of those among them that are not settled
yet, so that none is paid for twice, nor given back twice, whoever dies in between.
"""

from collections.abc import Sequence

from loyalty.mongo import Document, Mongo

BUDGETS = "push_budgets"


async def take(mongo: Mongo, campaign_id: str, budget: int, wanted: Sequence[str]) -> set[str]:
    """Take messages out of a budget, or as many as are left of it; give the ids of those that go.

    What was taken before, and is not settled, may go, however often it is asked for.
    """
    spent, unsettled = {"$ifNull": ["$spent", 0]}, {"$ifNull": ["$open", []]}
    asked = {"$literal": list(wanted)}
    new = {"$filter": {"input": asked, "cond": {"$not": {"$in": ["$$this", unsettled]}}}}
    left = {"$max": [0, {"$subtract": [budget, spent]}]}
    room = {"$cond": [{"$gt": [left, 0]}, {"$slice": [new, {"$max": [1, left]}]}, []]}
    steps = [
        {"$set": {"new": room}},
        {
            "$set": {
                "spent": {"$add": [spent, {"$size": "$new"}]},
                "open": {"$concatArrays": [unsettled, "$new"]},
            }
        },
        {"$unset": "new"},
    ]
    found = await mongo.find_one_and_update(BUDGETS, {"_id": campaign_id}, steps, upsert=True)
    return set(wanted) & set((found or {"open": []})["open"])


async def settle(
    mongo: Mongo, campaign_id: str, told: Sequence[str], unsent: Sequence[str]
) -> None:
    """Count messages as spent for good, or put them back that were not sent after all, once."""
    taken = {"$ifNull": ["$open", []]}
    back = {"$setIntersection": [taken, {"$literal": list(unsent)}]}
    over = {"$literal": [*told, *unsent]}
    left: Document = {"$filter": {"input": taken, "cond": {"$not": {"$in": ["$$this", over]}}}}
    change = {"spent": {"$subtract": ["$spent", {"$size": back}]}, "open": left}
    if told or unsent:
        await mongo.update_one(BUDGETS, {"_id": campaign_id}, [{"$set": change}])
