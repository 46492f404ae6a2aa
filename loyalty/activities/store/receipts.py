"""Receipts: purchases of nobody yet, by the number that is printed on them."""

from datetime import datetime

from loyalty.activities.store.activities import purchase_from_document, to_document
from loyalty.mongo import Document, Mongo
from loyalty.program import Purchase
from loyalty.values import value

RECEIPTS = "receipts"


@value
class Receipt:
    """A purchase as its receipt tells it; the purchase has no member (its `member_id` is empty)."""

    number: str
    purchase: Purchase


async def add(mongo: Mongo, receipt: Receipt, fingerprint: str, at: datetime) -> Document | None:
    """Keep a receipt; give the one that has its number already, as stored, or None."""
    document = {
        "_id": receipt.number,
        "purchase": to_document(receipt.purchase),
        "input": fingerprint,
        "recorded_at": at,
    }
    if not await mongo.insert_new(RECEIPTS, [document]):
        return None
    return await mongo.find_one(RECEIPTS, {"_id": receipt.number})


async def find(mongo: Mongo, number: str) -> Receipt | None:
    """Find a receipt by its number."""
    document = await mongo.find_one(RECEIPTS, {"_id": number})
    return Receipt(number, purchase_from_document(document["purchase"])) if document else None
