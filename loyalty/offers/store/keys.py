"""The keys of what is done at a till or for a list of codes, where no member keeps them."""

from loyalty.errors import KeyReused, Refused, Unavailable
from loyalty.mongo import Document, Mongo

KEYS = "offer_keys"


async def keep(mongo: Mongo, key: str, input_hash: str, more: Document | None = None) -> Document:
    """Keep what a key is used for, once for ever; give what was kept first for the same input.

    Raises Refused(KeyReused) where it was another input, Unavailable.
    """
    document: Document = {"_id": key, "input": input_hash, **(more or {})}
    if not await mongo.insert_new(KEYS, [document]):
        return document
    shared = {"$set": {"shared": True}}
    found = await mongo.find_one_and_update(KEYS, {"_id": key, "input": input_hash}, shared)
    if found is not None:
        return found
    if await mongo.find_one(KEYS, {"_id": key}) is None:
        raise Unavailable("the key was let go of a moment ago: send it again")
    raise Refused(KeyReused(key))


async def let_go(mongo: Mongo, key: str) -> None:
    """Forget a key of what was refused, unless somebody else was told of it meanwhile."""
    await mongo.delete_many(KEYS, {"_id": key, "shared": {"$exists": False}})
