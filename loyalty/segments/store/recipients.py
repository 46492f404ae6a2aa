"""Members as segments read them: in order of their ids, no more of a document than is asked."""

from collections.abc import Sequence

from loyalty import states
from loyalty.mongo import Document, Mongo
from loyalty.states import STATES, State
from loyalty.values import value

SECTIONS = ("profile", "wallet", "tiers", "plans", "challenges", "activity", "engagement")
LOOKING_SECONDS = 30
ONLY = {"seq": 1, **dict.fromkeys(SECTIONS, 1)}


@value
class Stretch:
    """Members whose ids come after one and up to another, in order; None: up to the last."""

    after: str
    upto: str | None = None

    @property
    def filter(self) -> Document:
        """Select them."""
        return {"_id": {"$gt": self.after} | ({} if self.upto is None else {"$lte": self.upto})}


async def stretch(mongo: Mongo, after: str, length: int) -> Stretch:
    """Give the next so many members, whoever they are: what a query may look at in one go."""
    last = await mongo.aggregate(
        STATES,
        [
            {"$match": {"_id": {"$gt": after}}},
            {"$sort": {"_id": 1}},
            {"$skip": length - 1},
            {"$limit": 1},
            {"$project": {"_id": 1}},
        ],
    )
    return Stretch(after, last[0]["_id"] if last else None)


async def ids(mongo: Mongo, where: Document, limit: int = 0) -> list[str]:
    """Read the first ids of members, in order; where nothing is indexed that takes a while."""
    pipeline: list[Document] = [
        {"$match": where},
        {"$sort": {"_id": 1}},
        *([{"$limit": limit}] if limit else []),
        {"$project": {"_id": 1}},
    ]
    found = await mongo.aggregate(STATES, pipeline, seconds=LOOKING_SECONDS)
    return [document["_id"] for document in found]


async def states_of(mongo: Mongo, member_ids: Sequence[str]) -> list[State]:
    """Read what segments may ask about members."""
    found = await mongo.find(STATES, {"_id": {"$in": list(member_ids)}}, ONLY)
    return [states.from_document(document) for document in found]


async def whole_states(mongo: Mongo, member_ids: Sequence[str]) -> list[State]:
    """Read members whole, to be shown, in order of their ids."""
    found = await states.read_states(mongo, member_ids)
    return [found[member_id] for member_id in sorted(found)]
