"""What many members bought since an instant, added up by the database as the rules would."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from loyalty.activities.rules import Bought, Refunded
from loyalty.activities.store.activities import ACTIVITIES, purchase_from_document
from loyalty.activities.store.sections import REFUNDS
from loyalty.mongo import Document, Mongo
from loyalty.program import Purchase
from loyalty.states import STATES
from loyalty.values import value

ADDING_SECONDS = 60
LOOKING_SECONDS = 1


@value
class Window:
    """What of purchases to add up, since an instant (naive UTC): of which categories and stores.

    With `taxed` the tax counts as spend. What was bought at `until` or later does not count.
    """

    since: datetime
    taxed: bool = True
    categories: tuple[str, ...] = ()
    stores: tuple[str, ...] = field(default=())
    until: datetime | None = None


def _counted(member_ids: Sequence[str], window: Window) -> Document:
    """Select purchases that were not refused; what is still on its way counts."""
    return {
        "member": {"$in": list(member_ids)},
        "occurred_at": {"$gte": window.since, **({"$lt": window.until} if window.until else {})},
        "kind": "purchase",
        "refused": {"$exists": False},
    }


def _spend(*, taxed: bool) -> Document:
    """Add up a purchase as `line_bases` does: less what points paid, by the lines' part of it.

    In decimals of 34 places: an amount has 12, and their product fits.
    """
    amounts: Any = {"$sum": "$lines.amount"}
    goods = amounts if taxed else {"$subtract": [amounts, {"$sum": "$lines.tax"}]}
    paid = {"$divide": [{"$multiply": [{"$toDecimal": "$points_payment"}, goods]}, "$total"]}
    with_points = {"$subtract": [goods, {"$toLong": {"$floor": paid}}]}
    return {"$cond": [{"$gt": ["$points_payment", 0]}, with_points, goods]}


async def added_up(mongo: Mongo, member_ids: Sequence[str], window: Window) -> dict[str, Bought]:
    """Add up purchases of members as if nothing was ever given back; who has none is left out.

    Names that were asked for are values in the stages, never fields or expressions.
    """
    categories, stores = list(window.categories), list(window.stores)
    of_category = {
        f"c{n}": _times({"$in": [{"$literal": name}, {"$ifNull": ["$lines.category", []]}]})
        for n, name in enumerate(categories)
    }
    of_store = {
        f"s{n}": _times({"$eq": ["$store", {"$literal": name}]}) for n, name in enumerate(stores)
    }
    group = {
        "_id": "$member",
        "purchases": {"$sum": 1},
        "spend": {"$sum": _spend(taxed=window.taxed)},
        **of_category,
        **of_store,
    }
    pipeline = [{"$match": _counted(member_ids, window)}, {"$group": group}]
    found = await mongo.aggregate(ACTIVITIES, pipeline, seconds=ADDING_SECONDS)
    return {
        one["_id"]: Bought(
            one["purchases"],
            one["spend"],
            {name: one[f"c{n}"] for n, name in enumerate(categories)},
            {name: one[f"s{n}"] for n, name in enumerate(stores)},
        )
        for one in found
    }


def _times(condition: Document) -> Document:
    return {"$sum": {"$cond": [condition, 1, 0]}}


async def given_back(
    mongo: Mongo, member_ids: Sequence[str], window: Window
) -> list[tuple[Purchase, Refunded]]:
    """Read purchases of members of which something was given back, and what."""
    some = {"_id": {"$in": list(member_ids)}, "refunds.purchases.0": {"$exists": True}}
    found = await mongo.find(STATES, some, {"refunds.purchases": 1})
    refunded: Mapping[str, Refunded] = {
        purchase: part
        for document in found
        for purchase, part in REFUNDS.read(document["refunds"]).purchases.items()
    }
    if not refunded:
        return []
    theirs = [document["_id"] for document in found]
    where = {**_counted(theirs, window), "_id": {"$in": list(refunded)}}
    claims = await mongo.find(ACTIVITIES, where)
    return [(purchase_from_document(claim), refunded[claim["_id"]]) for claim in claims]


async def is_bought(mongo: Mongo, category: str) -> bool:
    """Tell whether anybody ever bought of a category; reads until the first who did.

    Raises Unavailable where that takes too long: no index has categories.
    """
    pipeline: list[Document] = [
        {"$match": {"kind": "purchase", "lines.category": {"$eq": category}}},
        {"$limit": 1},
        {"$project": {"_id": 1}},
    ]
    return bool(await mongo.aggregate(ACTIVITIES, pipeline, seconds=LOOKING_SECONDS))


async def is_store(mongo: Mongo, name: str) -> bool:
    """Tell whether anybody ever bought at a store, or visited it."""
    return await mongo.find_one(ACTIVITIES, {"store": name}, {"_id": 1}) is not None
