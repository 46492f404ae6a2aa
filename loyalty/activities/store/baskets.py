"""What is bought together: counted over all purchases by one aggregation, kept by product."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from loyalty.activities.rules import Similar, Together
from loyalty.activities.store.activities import ACTIVITIES
from loyalty.mongo import Document, Mongo

SIMILAR = "similar_products"
PRODUCTS_OF_A_BASKET = 50
COUNTING_SECONDS = 120


async def together(mongo: Mongo, since: datetime, at_least: int) -> list[Together]:
    """Count, for each two products, the baskets since an instant that held both."""
    pipeline: Sequence[Document] = [
        {"$match": {"kind": "purchase", "occurred_at": {"$gte": since}}},
        {"$project": {"_id": 0, "one": {"$setUnion": ["$lines.product", []]}}},
        {"$project": {"one": {"$slice": ["$one", PRODUCTS_OF_A_BASKET]}}},
        {"$project": {"one": 1, "other": "$one"}},
        {"$unwind": "$one"},
        {"$unwind": "$other"},
        {"$group": {"_id": {"one": "$one", "other": "$other"}, "baskets": {"$sum": 1}}},
        {"$match": {"baskets": {"$gte": at_least}}},
    ]
    found = await mongo.aggregate(ACTIVITIES, pipeline, seconds=COUNTING_SECONDS)
    return [Together(pair["_id"]["one"], pair["_id"]["other"], pair["baskets"]) for pair in found]


async def write_similar(
    mongo: Mongo, found: Mapping[str, Sequence[Similar]], now: datetime
) -> None:
    """Keep what was learned in the place of what was known before."""
    statements = [
        {
            "q": {"_id": product},
            "u": {"$set": {"similar": [_to_document(each) for each in ranked], "learned_at": now}},
            "upsert": True,
        }
        for product, ranked in found.items()
    ]
    await mongo.update_batch(SIMILAR, statements)
    await mongo.delete_many(SIMILAR, {"learned_at": {"$lt": now}})


def _to_document(similar: Similar) -> Document:
    return {"product": similar.product, "baskets": similar.baskets, "score": similar.score}


async def similar_to(mongo: Mongo, product: str) -> list[Similar]:
    """Read what goes with a product, best first."""
    found = await mongo.find_one(SIMILAR, {"_id": product}) or {}
    return [Similar(**each) for each in found.get("similar", ())]
