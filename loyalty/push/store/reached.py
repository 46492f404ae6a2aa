"""When marketing last reached members, in MongoDB: what frequency caps are held to, by all workers.

One document a member, the newest message first. A message is noted before it is sent, by one
statement that matches only where no cap is reached, so that two campaigns at once cannot exceed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from loyalty.errors import Unavailable
from loyalty.mongo import Document, Index, Mongo
from loyalty.push.rules.caps import Cap, is_capped
from loyalty.values import value

REACHED = "push_reached"
KEPT = 50  # messages a member; no cap of a program counts more
KEPT_DAYS = 91
ROUNDS = 8  # that others may win

INDEXES = [Index("last_at", name="who_was_not_reached_goes", expireAfterSeconds=KEPT_DAYS * 86_400)]


@value
class Wanted:
    """A marketing message that is about to be sent, and the caps that it is held to."""

    id: str
    member_id: str  # or a key of a part of what they get
    caps: Sequence[Cap]


async def note(mongo: Mongo, wanted: Iterable[Wanted], now: datetime) -> set[str]:
    """Note messages as sent now, where no cap forbids it; give the ids of those that may go.

    A message that was noted before may go, however often it is asked for. Raises Unavailable.
    """
    left = {one.id: one for one in wanted}
    may_go: set[str] = set()
    for _ in range(ROUNDS):
        asked = list(left.values())
        lost = await mongo.update_batch(REACHED, [_statement(one, now) for one in asked])
        there = [asked[error.index] for error in lost]
        may_go.update(left.keys() - {one.id for one in there})
        if not there:
            return may_go
        sent = await sent_to(mongo, {one.member_id for one in there})
        may_go.update(one.id for one in there if one.id in sent[one.member_id])
        left = {
            one.id: one
            for one in there
            if one.id not in sent[one.member_id]
            and not is_capped([*sent[one.member_id].values()], one.caps, now)
        }
        if not left:
            return may_go
    raise Unavailable("others note what they send to the same members all the time")


async def capped(mongo: Mongo, wanted: Sequence[Wanted], now: datetime) -> set[str]:
    """Give the ids of those messages that a cap forbids as things stand; nothing is noted."""
    bounded = [one for one in wanted if one.caps]
    sent = await sent_to(mongo, {one.member_id for one in bounded}) if bounded else {}
    return {one.id for one in bounded if is_capped([*sent[one.member_id].values()], one.caps, now)}


def _statement(wanted: Wanted, now: datetime) -> Document:
    """Add a message; where a cap is reached, the insert that is tried instead finds the member."""
    where: Document = {"_id": wanted.member_id, "sent.id": {"$ne": wanted.id}}
    for cap in wanted.caps:
        where[f"sent.{cap.count - 1}.at"] = {"$not": {"$gt": cap.since(now)}}
    added = {"$each": [{"id": wanted.id, "at": now}], "$sort": {"at": -1}, "$slice": KEPT}
    update = {"$push": {"sent": added}, "$set": {"last_at": now}}
    return {"q": where, "u": update, "upsert": True}


async def sent_to(mongo: Mongo, member_ids: set[str]) -> Mapping[str, Mapping[str, datetime]]:
    """Give what members were sent lately: when, by the messages' ids."""
    found = await mongo.find(REACHED, {"_id": {"$in": sorted(member_ids)}})
    sent = {d["_id"]: {one["id"]: one["at"] for one in d["sent"]} for d in found}
    return {member_id: sent.get(member_id, {}) for member_id in member_ids}


async def noted(mongo: Mongo, asked: Mapping[str, str]) -> dict[str, str]:
    """Give those of some messages, each with its member, that are noted."""
    where = {"_id": {"$in": list(asked.values())}, "sent.id": {"$in": list(asked)}}
    found = await mongo.find(REACHED, where, {"sent.id": 1})
    there = {one["id"] for document in found for one in document["sent"]}
    return {id: member_id for id, member_id in asked.items() if id in there}


async def forget(mongo: Mongo, unsent: Iterable[tuple[str, str]]) -> None:
    """Take back messages that were not sent after all; each by its member and its id."""
    pulls = [
        {"q": {"_id": member_id}, "u": {"$pull": {"sent": {"id": message_id}}}}
        for member_id, message_id in unsent
    ]
    await mongo.update_batch(REACHED, pulls)
