"""The units of limited offers: one document for each, taken by one member, freed or burned.

Units of a stock are made when they are needed, a bunch at a time and never more than the stock;
where it was cut, those beyond it that are had count against it. Those of a code list are its codes.
An offer that had the one and has the other now may have units of both: what is had counts, whatever
its kind; what is free counts, and is taken, only of the kind that the offer has now.
A unit that was taken stands under a lease until it is noted which held offer has it; only its
taker can note, free or burn it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from loyalty.mongo import Document, Index, Mongo

UNITS = "offer_units"
FREE, TAKEN, BURNED = "FREE", "TAKEN", "BURNED"
OF_LIST, OF_STOCK = {"code": {"$exists": True}}, {"code": {"$exists": False}}
BUNCH = 500
LEASE = timedelta(seconds=60)
_SPREAD = 1 << 31

INDEXES = [
    Index([("offer", 1), ("state", 1), ("n", 1)], name="next_free_unit"),
    Index("code", name="what_code_it_is", sparse=True),
    Index("member", name="units_of_a_member", sparse=True),
    Index("receipt", name="codes_burned_on_a_receipt", sparse=True),
    Index("leased_until", name="units_in_doubt", sparse=True),
    Index("taker", name="one_unit_for_a_taker", sparse=True, unique=True),
]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: `taker` is who took it (an id used once), `held` the held offer that has it.

    A code that was burned on a `receipt` `is_asked` until it is known to go with what else was
    used on it.
    """

    id: str
    offer: str
    state: str
    n: int
    code: str | None = None
    taker: str | None = None
    member: str | None = None
    held: str | None = None
    leased_until: datetime | None = None
    ended_at: datetime | None = None
    receipt: str | None = None
    is_asked: bool = False


_NAMES = tuple(field.name for field in fields(Unit) if field.name != "id")


@dataclass(frozen=True, slots=True)
class Taking:
    """Who takes a unit of which offer: `taker` is an id used once; `stock` None for a code list."""

    offer: str
    stock: int | None
    member: str
    taker: str


def from_document(document: Document) -> Unit:
    """Read a unit."""
    known = {name: document[name] for name in _NAMES if name in document}
    return Unit(id=document["_id"], **known)


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(UNITS, INDEXES)


async def take(mongo: Mongo, wanted: Taking, now: datetime) -> Unit | None:
    """Take a free unit under a lease; None when there is none left."""
    if wanted.stock is not None:
        wanted = replace(wanted, stock=await _room(mongo, wanted.offer, wanted.stock))
        if not wanted.stock:
            return None
    place = _place(wanted.taker) % (wanted.stock or _SPREAD)
    while True:
        for start in (place, 0):  # from somewhere of one's own, so that many do not meet at one
            found = await _take_one(mongo, wanted, start, now)
            if found is not None:
                return found
        if wanted.stock is None:
            return None
        if not await _make(mongo, wanted.offer, wanted.stock):
            return await _take_one(mongo, wanted, 0, now)  # others may just have made the last


async def _room(mongo: Mongo, offer: str, stock: int) -> int:
    """Give below which number units may be taken, so that with those beyond it the stock is had.

    Nobody takes one beyond, so it only grows as those are freed: however many take at once, what
    each of them sees holds. It is the stock itself where that was never cut.
    """
    room, had = stock, {"offer": offer, "state": {"$in": [TAKEN, BURNED]}}
    while room > 0:
        beyond = await mongo.count(UNITS, {**had, "$or": [{"n": {"$gte": room}}, OF_LIST]})
        if room + beyond <= stock:
            return room
        room = stock - beyond
    return 0


async def _take_one(mongo: Mongo, wanted: Taking, start: int, now: datetime) -> Unit | None:
    if wanted.stock is None:
        place: Document = {**OF_LIST, "n": {"$gte": start}}
    else:
        place = {**OF_STOCK, "n": {"$gte": start, "$lt": wanted.stock}}
    found = await mongo.find_one_and_update(
        UNITS,
        {"offer": wanted.offer, "state": FREE, **place},
        {
            "$set": {
                "state": TAKEN,
                "taker": wanted.taker,
                "member": wanted.member,
                "taken_at": now,
                "leased_until": now + LEASE,
            }
        },
    )
    return from_document(found) if found else None


async def _make(mongo: Mongo, offer: str, stock: int) -> bool:
    """Make the next bunch of units; False when all of the stock are made."""
    made = {"offer": offer, **OF_STOCK}
    last = await mongo.find_one(UNITS, made, {"n": 1}, sort=[("n", -1)])
    first = last["n"] + 1 if last else 0
    bunch = range(first, min(first + BUNCH, stock))
    await mongo.insert_new(
        UNITS,
        [{"_id": f"{offer}:{n:06d}", "offer": offer, "n": n, "state": FREE} for n in bunch],
    )
    return bool(bunch)


async def note(mongo: Mongo, unit: str, taker: str, held: str) -> None:
    """Note on a unit which held offer has it; it stands under its lease no longer."""
    change = {"$set": {"held": held}, "$unset": {"leased_until": ""}}
    await mongo.update_one(UNITS, {"_id": unit, "taker": taker, "state": TAKEN}, change)


async def free(mongo: Mongo, unit: str, taker: str) -> None:
    """Give a unit back, if its taker still has it."""
    gone = dict.fromkeys(("taker", "member", "held", "taken_at", "leased_until"), "")
    where = {"_id": unit, "taker": taker, "state": TAKEN}
    await mongo.update_one(UNITS, where, {"$set": {"state": FREE}, "$unset": gone})


async def burn(mongo: Mongo, unit: str, taker: str, held: str, now: datetime) -> None:
    """End a unit for good, as what its taker has was used or ran out."""
    change = {"$set": {"state": BURNED, "held": held, "ended_at": now}}
    where = {"_id": unit, "taker": taker, "state": TAKEN}
    await mongo.update_one(UNITS, where, {**change, "$unset": {"leased_until": ""}})


@dataclass(frozen=True, slots=True)
class Burn:
    """A code that no member has and that is burned: which unit, by whom, on which receipt, when."""

    unit: str
    taker: str
    receipt: str | None
    at: datetime


async def burn_code(mongo: Mongo, burn: Burn) -> None:
    """Burn a code that no member has, unless it is taken; on a receipt it is asked of first."""
    change: Document = {"state": BURNED, "taker": burn.taker, "ended_at": burn.at}
    if burn.receipt is not None:
        change |= {"receipt": burn.receipt, "is_asked": True}
    await mongo.update_one(UNITS, {"_id": burn.unit, "state": FREE}, {"$set": change})


async def keep_burned(mongo: Mongo, burn: Burn) -> None:
    """Leave a code burned that goes with what else was used on its receipt."""
    change = {"$unset": {"is_asked": ""}}
    await mongo.update_one(UNITS, {"_id": burn.unit, "taker": burn.taker}, change)


async def unburn(mongo: Mongo, burn: Burn) -> None:
    """Free a code again that does not go with what else was used on its receipt."""
    gone = dict.fromkeys(("taker", "ended_at", "receipt", "is_asked"), "")
    where = {"_id": burn.unit, "taker": burn.taker, "state": BURNED, "is_asked": True}
    await mongo.update_one(UNITS, where, {"$set": {"state": FREE}, "$unset": gone})


async def burned_on(mongo: Mongo, receipt: str) -> list[Unit]:
    """Find the codes that no member had and that were burned on a receipt."""
    found = await mongo.find(UNITS, {"receipt": receipt})
    return [from_document(document) for document in found]


async def find(mongo: Mongo, unit: str) -> Unit | None:
    """Find a unit by its id."""
    found = await mongo.find_one(UNITS, {"_id": unit})
    return from_document(found) if found else None


async def find_codes(mongo: Mongo, codes: Sequence[str]) -> list[Unit]:
    """Find the units that are these codes of lists; a code stands in one, but for the oldest."""
    found = await mongo.find(UNITS, {"code": {"$in": list(codes)}})
    return [from_document(document) for document in found]


async def in_doubt(mongo: Mongo, now: datetime, limit: int) -> list[Unit]:
    """Find units whose lease is over: it was never noted what became of the claim."""
    found = await mongo.find(UNITS, {"leased_until": {"$lt": now}}, limit=limit)
    return [from_document(document) for document in found]


async def add_codes(mongo: Mongo, offer: str, codes: Sequence[str]) -> dict[str, str]:
    """Add codes to the list of an offer; return those that stand in a list, with its offer.

    The id of such a unit is the code itself: however many add it at once, it stands in one list.
    """
    listed = {unit.code or "": unit.offer for unit in await find_codes(mongo, codes)}
    new = [code for code in codes if code not in listed]
    documents = [
        {"_id": f"#{code}", "offer": offer, "n": _place(code), "state": FREE, "code": code}
        for code in new
    ]
    late = [new[index] for index in await mongo.insert_new(UNITS, documents)]
    others = await find_codes(mongo, late) if late else []
    return listed | {unit.code or "": unit.offer for unit in others}


@dataclass(slots=True)
class Counted:
    """How many units of an offer are had (taken or burned), and how many codes of its list free."""

    had: int = 0
    free_codes: int = 0


async def counts(mongo: Mongo, offers: Sequence[str]) -> dict[str, Counted]:
    """Count the units of offers."""
    kind = {"offer": "$offer", "state": "$state", "coded": {"$gt": ["$code", None]}}
    pipeline: list[Document] = [
        {"$match": {"offer": {"$in": list(offers)}}},
        {"$group": {"_id": kind, "count": {"$sum": 1}}},
    ]
    counted = {offer: Counted() for offer in offers}
    for group in await mongo.aggregate(UNITS, pipeline):
        found, kind = counted[group["_id"]["offer"]], group["_id"]
        if kind["state"] != FREE:
            found.had += group["count"]
        elif kind["coded"]:
            found.free_codes += group["count"]
    return counted


def _place(text: str) -> int:
    """Give a number below 2^31 that a text always leads to."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % _SPREAD
