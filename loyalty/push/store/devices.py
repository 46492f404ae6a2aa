"""Devices in MongoDB: one document for each token, so that a token has one owner.

Whose a device ever was is kept beside it, by its hash, when it moves and when it is forgotten.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo, all_read, each_read
from loyalty.push.rules import Device, DeviceInput, Platform, TokenKind, fingerprint

DEVICES, OWNERS = "devices", "device_owners"
OWNED_DAYS = 400

INDEXES = [
    Index("token", name="one_device_per_token", unique=True),
    Index([("member", 1), ("seen_at", -1)], name="devices_of_a_member"),
    Index("seen_at", name="devices_by_when_they_were_seen"),
]
OWNER_INDEXES = [
    Index("members", name="devices_that_were_a_members"),
    Index("seen_at", name="owners_are_forgotten", expireAfterSeconds=OWNED_DAYS * 86_400),
]


def to_document(member_id: str, wanted: DeviceInput, now: datetime) -> Document:
    """Write what the app told of its device."""
    return {
        "member": member_id,
        "token": wanted.token,
        "token_kind": wanted.token_kind.value,
        "platform": wanted.platform.value,
        "app_version": wanted.app_version,
        "seen_at": now,
    }


def from_document(document: Document) -> Device:
    """Read a device."""
    return Device(
        id=document["_id"],
        member_id=document["member"],
        token=document["token"],
        token_kind=TokenKind(document["token_kind"]),
        platform=Platform(document["platform"]),
        app_version=document["app_version"],
        registered_at=document["registered_at"],
        seen_at=document["seen_at"],
    )


async def put(
    mongo: Mongo, member_id: str, wanted: DeviceInput, now: datetime, new_id: str
) -> Device:
    """Note a device as seen, and as this member's from now on if it was another's or nobody's.

    Where the app knows its device, and the device is the member's, it keeps its id when its token
    is another one now. `new_id` is for a device that nobody has registered before.
    """
    told, again = to_document(member_id, wanted, now), {"token": wanted.token, "member": member_id}
    found = await mongo.find_one_and_update(DEVICES, again, {"$set": told})
    if wanted.id is not None and (found is None or found["_id"] != wanted.id):
        await _take_over(mongo, wanted.id, told)
        found = await mongo.find_one_and_update(DEVICES, again, {"$set": told})
    if found is None:
        mine = {"$set": {**told, "registered_at": now}, "$setOnInsert": {"_id": new_id}}
        where = {"token": wanted.token}
        found = await mongo.find_one_and_update(DEVICES, where, mine, upsert=True)
    await _note_owners(mongo, wanted.token, [member_id], now)
    return from_document(found or {"_id": new_id, **told, "registered_at": now})


async def _take_over(mongo: Mongo, key: str, told: Document) -> None:
    """Give a member's device the token it has now; it goes where that is another's already."""
    where = {"_id": key, "member": told["member"]}
    before = await mongo.find_one(DEVICES, where)
    if before is None:
        return
    if await mongo.update_batch(DEVICES, [{"q": where, "u": {"$set": told}}]):
        await mongo.delete_many(DEVICES, where)
    known = await mongo.find_one(OWNERS, {"_id": fingerprint(before["token"])})
    owners = known["members"] if known else []
    await _note_owners(mongo, told["token"], owners, told["seen_at"])


async def _note_owners(mongo: Mongo, token: str, members: Sequence[str], now: datetime) -> None:
    owned = {"$addToSet": {"members": {"$each": list(members)}}, "$set": {"seen_at": now}}
    await mongo.update_one(OWNERS, {"_id": fingerprint(token)}, owned, upsert=True)


async def have_shared(mongo: Mongo, member_id: str, other_id: str) -> bool:
    """Tell whether a device was ever the one's and the other's."""
    found = await mongo.find_one(OWNERS, {"members": {"$all": [member_id, other_id]}}, {"_id": 1})
    return found is not None


async def some(mongo: Mongo, count: int) -> list[Device]:
    """Read a few devices, of whomever."""
    return all_read(DEVICES, await mongo.find(DEVICES, {}, limit=count), from_document)


async def find(mongo: Mongo, key: str) -> Device | None:
    """Read one device."""
    found = await mongo.find_one(DEVICES, {"_id": key})
    return from_document(found) if found else None


async def holding(mongo: Mongo, token: str) -> Device | None:
    """Read the device with a token."""
    found = await mongo.find_one(DEVICES, {"token": token})
    return from_document(found) if found else None


async def of_members(
    mongo: Mongo, member_ids: Collection[str], seen_since: datetime | None = None
) -> dict[str, list[Device]]:
    """Read the devices of members, by member, the last seen first; those seen since an instant.

    Those that cannot be read are left out; who has none but those is given with an empty list.
    """
    where: Document = {"member": {"$in": list(member_ids)}}
    if seen_since is not None:
        where["seen_at"] = {"$gte": seen_since}
    found: dict[str, list[Device]] = {}
    documents = await mongo.find(DEVICES, where)
    for document, device in each_read(DEVICES, documents, from_document):
        theirs = found.setdefault(document["member"], [])
        if device is not None:
            theirs.append(device)
    for theirs in found.values():
        theirs.sort(key=lambda device: device.seen_at, reverse=True)
    return found


async def count(mongo: Mongo, member_ids: Collection[str]) -> Counter[str]:
    """Count the devices of members, by member."""
    where, only = {"member": {"$in": list(member_ids)}}, {"_id": 0, "member": 1}
    return Counter(device["member"] for device in await mongo.find(DEVICES, where, only))


async def any_there(mongo: Mongo) -> bool:
    """Tell whether any member has a device."""
    return await mongo.find_one(DEVICES, {}, {"_id": 1}) is not None


async def remove(mongo: Mongo, member_id: str, keys: Sequence[str]) -> int:
    """Delete devices of a member; those of others stay."""
    return await mongo.delete_many(DEVICES, {"_id": {"$in": list(keys)}, "member": member_id})


async def remove_seen_until(mongo: Mongo, member_id: str, at: datetime) -> None:
    """Delete the devices of a member that were last seen at an instant or before."""
    await mongo.delete_many(DEVICES, {"member": member_id, "seen_at": {"$lte": at}})


async def remove_unless_seen(mongo: Mongo, devices: Sequence[Device]) -> None:
    """Delete devices that have not been heard of since they were read."""
    if devices:
        read = [{"_id": d.id, "member": d.member_id, "seen_at": d.seen_at} for d in devices]
        await mongo.delete_many(DEVICES, {"$or": read})


async def unseen_since(mongo: Mongo, at: datetime, limit: int) -> list[Device]:
    """Read devices that were last seen before an instant, the longest ago first."""
    where, oldest = {"seen_at": {"$lt": at}}, [("seen_at", 1)]
    found = await mongo.find(DEVICES, where, sort=oldest, limit=limit)
    return all_read(DEVICES, found, from_document)
