"""Documents whose id may be used once for ever: taken before a commit, noted after it.

An id from elsewhere (a shop's order number) is not ordered by time, so the ring cannot tell
whether it is new. Its claim carries a key that is; the claim stays open until it is noted that its
record is durable, and an open claim can be finished by anyone at any time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from loyalty.mongo import Document, Mongo
from loyalty.values import value

OPEN_SECONDS = 30


@value
class Claim:
    """Claim an id for a member and an input.

    `document` holds `_id`, `member`, `input`, `key` (which the record will carry), `open_since`.
    """

    collection: str
    document: Document

    @property
    def id(self) -> str:
        """Give the id that is claimed."""
        claimed: str = self.document["_id"]
        return claimed

    def is_same(self, holder: Document) -> bool:
        """Tell whether the holder of the id claimed it for the same member and input."""
        return all(holder[name] == self.document[name] for name in ("member", "input"))


async def take(mongo: Mongo, claims: Sequence[Claim]) -> dict[int, Document | None]:
    """Insert claims; return who holds those that were taken before, by index.

    Holders give `member`, `input`, `key`, and `open_since` until their record is noted. From then
    on the holder cannot release the claim. None: it was released meanwhile, and is to be had.
    """
    held: dict[int, Document | None] = {}
    for collection in {claim.collection for claim in claims}:
        indexes = [i for i, claim in enumerate(claims) if claim.collection == collection]
        taken = await mongo.insert_new(collection, [claims[i].document for i in indexes])
        if taken:
            held |= await _holders(mongo, collection, claims, [indexes[place] for place in taken])
    return held


async def _holders(
    mongo: Mongo, collection: str, claims: Sequence[Claim], indexes: Sequence[int]
) -> dict[int, Document | None]:
    ids = {"$in": [claims[i].id for i in indexes]}
    is_open = {"open_since": {"$exists": True}}
    await mongo.update_many(collection, {"_id": ids, **is_open}, {"$set": {"shared": True}})
    projection = {"member": 1, "input": 1, "key": 1, "open_since": 1}
    found = await mongo.find(collection, {"_id": ids}, projection)
    by_id = {document["_id"]: document for document in found}
    return {i: by_id.get(claims[i].id) for i in indexes}


async def release(mongo: Mongo, claims: Sequence[Claim]) -> None:
    """Take back one's own claims of commands that were refused, unless another shares them."""
    for collection in {claim.collection for claim in claims}:
        mine = [claim for claim in claims if claim.collection == collection]
        await mongo.delete_many(
            collection,
            {
                "_id": {"$in": [claim.id for claim in mine]},
                "key": {"$in": [claim.document["key"] for claim in mine]},
                "shared": {"$exists": False},
            },
        )


async def note(mongo: Mongo, noted: Sequence[Claim]) -> None:
    """Write on claims that their records are durable; they are open no longer."""
    for collection in {claim.collection for claim in noted}:
        ids = [claim.id for claim in noted if claim.collection == collection]
        closing = {"$unset": {"open_since": ""}}
        await mongo.update_batch(
            collection, [{"q": {"_id": {"$in": ids}}, "u": closing, "multi": True}]
        )


async def left_open(mongo: Mongo, collection: str, now: datetime, limit: int) -> list[Document]:
    """Find claims that are open longer than a commit takes, oldest first: who took them died."""
    where = {"open_since": {"$lt": now - timedelta(seconds=OPEN_SECONDS)}}
    return await mongo.find(collection, where, sort=[("open_since", 1)], limit=limit)


async def set_aside(mongo: Mongo, collection: str, claimed: str, reason: str) -> None:
    """Note why a claim that was left open cannot be finished, and stop trying."""
    change = {"$set": {"refused": reason}, "$unset": {"open_since": ""}}
    await mongo.update_many(collection, {"_id": claimed}, change)
