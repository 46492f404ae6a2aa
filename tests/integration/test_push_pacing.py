"""All workers of a Firebase project keep its quota together, and slow down together."""

import asyncio
from datetime import timedelta

from loyalty.engine import Engine
from loyalty.push import store
from loyalty.push.fcm import FixedToken, LeanSender, Outcome, Project, Receipt
from loyalty.push.service import pacing
from tests.engines import START, Clock
from tests.integration.conftest import OpenEngine

PATIENCE = timedelta(seconds=2)


def ms(milliseconds: int) -> timedelta:
    return timedelta(milliseconds=milliseconds)


async def reserve(engine: Engine, room_ms: int) -> timedelta:
    """Give how long after now the room begins."""
    begins_at = await store.paces.reserve(
        engine.mongo, "demo", ms(room_ms), engine.clock(), PATIENCE
    )
    return begins_at - engine.clock()


async def test_workers_at_once_get_rooms_that_do_not_overlap(
    engine: Engine, open_process: OpenEngine
) -> None:
    workers = [engine, await open_process()]
    begin = await asyncio.gather(*(reserve(workers[n % 2], 7) for n in range(40)))
    assert sorted(begin) == [ms(7 * n) for n in range(40)]


async def test_what_is_far_away_is_not_taken(engine: Engine, clock: Clock) -> None:
    assert await reserve(engine, 2_500) == ms(0)
    assert await reserve(engine, 10) == ms(2_500)
    assert await reserve(engine, 10) == ms(2_500)
    clock.advance(seconds=1)
    assert await reserve(engine, 10) == ms(1_500)
    assert await reserve(engine, 10) == ms(1_510)


async def test_what_one_is_told_slows_all_down_and_speed_comes_back_slowly(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    other = await open_process()
    sender = LeanSender(Project("demo", FixedToken(), 1_000))
    throttled = Receipt("dev_1", Outcome.THROTTLED, retry_after_seconds=20)
    await pacing.heed(engine, sender, [throttled, Receipt("dev_2", Outcome.SENT)])
    again_at = await pacing.room_for(other, sender, 64)
    assert again_at is not None
    assert timedelta(seconds=20) <= again_at - START <= timedelta(seconds=25)
    taken = []
    clock.present = again_at
    for _ in range(8):
        before = await reserve(other, 0)
        await reserve(other, 10)
        taken.append((await reserve(other, 0) - before) // ms(1))
        clock.advance(seconds=12)
    assert taken == [100, 50, 25, 17, 13, 10, 10, 10]


async def test_what_fails_for_other_reasons_slows_nobody_down(engine: Engine) -> None:
    sender = LeanSender(Project("demo", FixedToken(), 1_000))
    await pacing.heed(engine, sender, [Receipt("d", Outcome.TRANSIENT, retry_after_seconds=30)])
    assert await pacing.room_for(engine, sender, 64) is None
    assert await reserve(engine, 1) == ms(64)
