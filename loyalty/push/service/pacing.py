"""How fast messages leave: workers of a project share its quota, and heed what FCM says to one."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from loyalty.engine import Engine
from loyalty.push import rules, store
from loyalty.push.fcm import Receipt, Sender

PATIENCE = timedelta(seconds=2)
JITTER_PERCENT = 25
MILLISECOND = timedelta(milliseconds=1)


async def shut_until(engine: Engine, sender: Sender) -> datetime | None:
    """Give when to ask again where nothing may leave for long, so that nothing is begun for it."""
    now = engine.clock()
    at = await store.paces.free_at(engine.mongo, sender.project.project_id, now)
    return at if at - now > PATIENCE else None


async def room_for(engine: Engine, sender: Sender, count: int) -> datetime | None:
    """Wait until so many messages may leave; where that is long, give at once when to ask again."""
    if not count:
        return None
    now, project = engine.clock(), sender.project
    needed = timedelta(seconds=1) * count / project.per_second
    room = -(-needed // MILLISECOND) * MILLISECOND
    begins_at = await store.paces.reserve(engine.mongo, project.project_id, room, now, PATIENCE)
    if begins_at - now > PATIENCE:
        return begins_at
    if begins_at > now:
        await asyncio.sleep((begins_at - now).total_seconds())
    return None


async def heed(engine: Engine, sender: Sender, receipts: Sequence[Receipt]) -> None:
    """Slow every worker down where FCM asked one to, a little longer than it asked for."""
    pause = rules.pause(receipts)
    if pause:
        until = engine.clock() + pause * (100 + _jitter(engine)) / 100
        await store.paces.slow_down(engine.mongo, sender.project.project_id, until)


def _jitter(engine: Engine) -> int:
    """Give 0 to 25, so that what was throttled together does not come back together."""
    return hashlib.sha256(engine.new_id().encode()).digest()[0] % (JITTER_PERCENT + 1)
