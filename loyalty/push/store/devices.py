"""Devices in MongoDB: one document for each token, so that a token has one owner.

Whose a device ever was is kept beside it, by its hash, when it moves and when it is forgotten.
"""

from collections.abc import Sequence
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.push.rules import Device, DeviceInput, Platform, TokenKind, device_id

DEVICES, OWNERS = "devices", "device_owners"
OWNED_DAYS = 400

INDEXES = [Index([("member", 1), ("seen_at", -1)], name="devices_of_a_member")]
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


async def put(mongo: Mongo, member_id: str, wanted: DeviceInput, now: datetime) -> Device:
    """Note a device as seen, and as this member's from now on if it was another's or nobody's."""
    key, told = device_id(wanted.token), to_document(member_id, wanted, now)
    again = {"_id": key, "member": member_id}
    found = await mongo.find_one_and_update(DEVICES, again, {"$set": told})
    if found is None:
        mine = {"$set": {**told, "registered_at": now}}
        found = await mongo.find_one_and_update(DEVICES, {"_id": key}, mine, upsert=True)
    owned = {"$addToSet": {"members": member_id}, "$set": {"seen_at": now}}
    await mongo.update_one(OWNERS, {"_id": key}, owned, upsert=True)
    return from_document(found or {"_id": key, **told, "registered_at": now})


async def have_shared(mongo: Mongo, member_id: str, other_id: str) -> bool:
    """Tell whether a device was ever the one's and the other's."""
    found = await mongo.find_one(OWNERS, {"members": {"$all": [member_id, other_id]}}, {"_id": 1})
    return found is not None


async def find(mongo: Mongo, key: str) -> Device | None:
    """Read one device."""
    found = await mongo.find_one(DEVICES, {"_id": key})
    return from_document(found) if found else None


async def of_members(mongo: Mongo, member_ids: Sequence[str]) -> dict[str, list[Device]]:
    """Read the devices of members, by member, the last seen first."""
    where = {"member": {"$in": list(member_ids)}}
    found: dict[str, list[Device]] = {}
    for document in await mongo.find(DEVICES, where, sort=[("member", 1), ("seen_at", -1)]):
        found.setdefault(document["member"], []).append(from_document(document))
    return found


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
