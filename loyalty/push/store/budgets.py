"""How many messages of a campaign's budget are spent, in MongoDB: taken before they are sent.

One document a campaign: how many are spent, and the ids of those among them that a worker has in
hand, so that none is paid for twice, nor given back twice, whoever dies in between. That a message
which waits is paid for says its delivery.
"""

from collections.abc import Sequence

from loyalty.mongo import Document, Mongo

BUDGETS = "push_budgets"


async def take(
    mongo: Mongo, campaign_id: str, budget: int, wanted: Sequence[str], paid: Sequence[str]
) -> set[str]:
    """Take messages in hand, paid for by a budget as far as it goes; give the ids of those.

    `paid` are in hand again, and were paid for before; so are those of `wanted` that are in hand.
    """
    spent, in_hand = {"$ifNull": ["$spent", 0]}, {"$ifNull": ["$open", []]}
    new = _without([one for one in wanted if one not in {*paid}], in_hand)
    left = {"$max": [0, {"$subtract": [budget, spent]}]}
    room = {"$cond": [{"$gt": [left, 0]}, {"$slice": [new, {"$max": [1, left]}]}, []]}
    steps = [
        {"$set": {"new": room}},
        {
            "$set": {
                "spent": {"$add": [spent, {"$size": "$new"}]},
                "open": {"$concatArrays": [in_hand, "$new", _without(paid, in_hand)]},
            }
        },
        {"$unset": "new"},
    ]
    found = await mongo.find_one_and_update(BUDGETS, {"_id": campaign_id}, steps, upsert=True)
    return set(wanted) & set((found or {"open": []})["open"])


async def settle(
    mongo: Mongo, campaign_id: str, done: Sequence[str], unsent: Sequence[str]
) -> None:
    """Let go of messages: those `unsent` are put back, once; what is `done` stays paid for."""
    in_hand = {"$ifNull": ["$open", []]}
    back = {"$setIntersection": [in_hand, {"$literal": list(unsent)}]}
    over = {"$literal": [*done, *unsent]}
    change: Document = {
        "spent": {"$subtract": ["$spent", {"$size": back}]},
        "open": {"$filter": {"input": in_hand, "cond": {"$not": {"$in": ["$$this", over]}}}},
    }
    if done or unsent:
        await mongo.update_one(BUDGETS, {"_id": campaign_id}, [{"$set": change}])


async def read(mongo: Mongo, campaign_id: str) -> tuple[int, list[str]]:
    """Read how many messages are spent, and the ids of those among them that are in hand."""
    found = await mongo.find_one(BUDGETS, {"_id": campaign_id}) or {"spent": 0, "open": []}
    return found["spent"], found["open"]


def _without(ids: Sequence[str], in_hand: Document) -> Document:
    given = {"$literal": list(ids)}
    return {"$filter": {"input": given, "cond": {"$not": {"$in": ["$$this", in_hand]}}}}
