"""Recipients in MongoDB: the parts of members' states that messages are written from."""

from collections.abc import Sequence

from loyalty import states
from loyalty.mongo import Mongo
from loyalty.states import STATES, State

FOR_AUDIENCES = {"seq": 1, "profile": 1, "tiers": 1}
# `recent` and `trimmed` lead to the entry that a nudge is about.
FOR_CAMPAIGNS = {"seq": 1, "profile": 1, "wallet.accounts": 1, "tiers": 1}
FOR_NUDGES = FOR_CAMPAIGNS | dict.fromkeys(
    ("recent", "trimmed", "offers", "challenges", "activity", "engagement"), 1
)


async def next_members(mongo: Mongo, after: str, limit: int) -> list[State]:
    """Read what decides whether members are in an audience, in order of their ids."""
    where = {"_id": {"$gt": after}}
    found = await mongo.find(STATES, where, FOR_AUDIENCES, sort=[("_id", 1)], limit=limit)
    return [states.from_document(document) for document in found]


async def read(mongo: Mongo, ids: Sequence[str], *, for_nudges: bool) -> dict[str, State]:
    """Read the states of those members that exist, by id."""
    projection = FOR_NUDGES if for_nudges else FOR_CAMPAIGNS
    found = await mongo.find(STATES, {"_id": {"$in": list(ids)}}, projection)
    return {document["_id"]: states.from_document(document) for document in found}
