"""Receipts: purchases of nobody yet, by the number that is printed on them."""

from datetime import datetime

from loyalty.activities.store.activities import purchase_from_document, to_document
from loyalty.mongo import Document, Index, Mongo
from loyalty.program import Purchase
from loyalty.values import value

RECEIPTS = "receipts"
INDEXES = [Index("purchase._id", name="one_receipt_for_a_purchase", unique=True)]


@value
class Receipt:
    """A purchase as its receipt tells it; the purchase has no member (its `member_id` is empty)."""

    number: str
    purchase: Purchase


async def prepare(mongo: Mongo) -> None:
    """Create the index."""
    await mongo.create_indexes(RECEIPTS, INDEXES)


async def add(mongo: Mongo, receipt: Receipt, fingerprint: str, at: datetime) -> Document | None:
    """Keep a receipt; give the one that has its number or purchase already, as stored, or None."""
    purchase = to_document(receipt.purchase)
    document = {
        "_id": receipt.number,
        "purchase": purchase,
        "input": fingerprint,
        "recorded_at": at,
    }
    if not await mongo.insert_new(RECEIPTS, [document]):
        return None
    same = [{"_id": receipt.number}, {"purchase._id": purchase["_id"]}]
    return await mongo.find_one(RECEIPTS, {"$or": same})


async def find(mongo: Mongo, number: str) -> Receipt | None:
    """Find a receipt by its number."""
    document = await mongo.find_one(RECEIPTS, {"_id": number})
    return Receipt(number, purchase_from_document(document["purchase"])) if document else None
