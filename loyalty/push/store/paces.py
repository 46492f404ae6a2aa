"""How fast one Firebase project is sent to, in MongoDB: one bucket that all workers draw from.

A bucket is one instant, when what was let through so far has gone. Room for a few dozen messages
is asked for at once, which moves it on; in the minute after a pause it moves further for each.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from loyalty.mongo import Mongo

PACES = "push_paces"
RAMP_MS = 60_000  # by FCM's rule for who was throttled: back to full speed in no less than a minute
TENTHS = 10
LONG_AGO = datetime(1970, 1, 1)


async def reserve(
    mongo: Mongo, project_id: str, room: timedelta, now: datetime, patience: timedelta
) -> datetime:
    """Take so much of a project's time; give when it begins, and take nothing that is far away."""
    slowed_until = {"$ifNull": ["$slowed_until", LONG_AGO]}
    begins_at = {"$max": ["$free_at", slowed_until, now]}
    since_ms = {"$subtract": [now, slowed_until]}
    tenths = {"$floor": {"$divide": [since_ms, RAMP_MS // TENTHS]}}
    share = {"$min": [TENTHS, {"$max": [1, tenths]}]}
    taken_ms = {"$ceil": {"$divide": [room // timedelta(milliseconds=1) * TENTHS, share]}}
    is_near: Mapping[str, Any] = {"$lte": ["$begins_at", now + patience]}
    free_at = {"$cond": [is_near, {"$add": ["$begins_at", taken_ms]}, "$free_at"]}
    steps = [{"$set": {"begins_at": begins_at}}, {"$set": {"free_at": free_at}}]
    found = await mongo.find_one_and_update(PACES, {"_id": project_id}, steps, upsert=True)
    begins: datetime = (found or {"begins_at": now})["begins_at"]
    return begins


async def free_at(mongo: Mongo, project_id: str, now: datetime) -> datetime:
    """Give when the next message of a project may leave; nothing is taken."""
    found = await mongo.find_one(PACES, {"_id": project_id}) or {}
    return max(now, found.get("free_at") or now, found.get("slowed_until") or now)


async def slow_down(mongo: Mongo, project_id: str, until: datetime) -> None:
    """Let nobody send to a project until an instant, and slower than usual for a while after it."""
    later = {"$max": ["$slowed_until", until]}
    await mongo.update_one(
        PACES, {"_id": project_id}, [{"$set": {"slowed_until": later}}], upsert=True
    )
