"""The watchdog of an embedded mongod: starts it again when it ends; sees no mongod that hangs."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from api.embedded_mongo.binary import EmbeddedMongoUnavailable
from api.embedded_mongo.server import DataGone, EmbeddedMongo

DELAYS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each attempt; after the last one the watchdog gives up."""

STEADY_SECONDS = 3.0
"""A mongod that took writes for so long is well again: its next end counts as the first."""

_LOOK_SECONDS = 0.1

_log = structlog.get_logger()


@asynccontextmanager
async def kept_running(
    mongo: EmbeddedMongo, delays: Sequence[float] = DELAYS
) -> AsyncIterator[None]:
    """Keep a started `mongo` running for the length of the block.

    When it cannot be kept, the block is cancelled and `EmbeddedMongoUnavailable` raised, which
    says why and what to do.
    """
    failure: BaseException
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(_watch(mongo, delays))
            yield
            watch.cancel()
    except BaseExceptionGroup as failures:  # the group's form; its first member is what happened
        failure = failures.exceptions[0]
    else:
        return
    raise failure


async def _watch(mongo: EmbeddedMongo, delays: Sequence[float]) -> None:
    """Look until mongod has ended as often in a row as there are delays."""
    ends, well_since = 0, time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if mongo.is_running():
            continue
        if time.monotonic() - well_since > STEADY_SECONDS:
            ends = 0
        ends = await _revive(mongo, delays, ends)
        well_since = time.monotonic()


async def _revive(mongo: EmbeddedMongo, delays: Sequence[float], ends: int) -> int:
    """Start mongod again; return how often in a row it has ended by now, failed starts included."""
    ended_at, reason = time.monotonic(), mongo.why_ended()
    _log.warning("mongod_ended", reason=reason)
    for attempt, delay in enumerate(delays[ends:], ends + 1):
        await asyncio.sleep(delay)
        try:
            await mongo.restart()
        except DataGone:
            raise
        except EmbeddedMongoUnavailable as error:
            reason = str(error)
            _log.warning("mongod_not_started", attempt=attempt, of=len(delays), reason=reason)
        else:
            seconds = round(time.monotonic() - ended_at, 1)
            _log.warning("mongod_started_again", attempt=attempt, gap_seconds=seconds)
            return attempt
    raise EmbeddedMongoUnavailable(
        f"the embedded MongoDB ended {len(delays)} times in a row and is not started again."
        f" The last time: {reason}. Make sure that there is room on the disk, enough memory, and"
        " nothing damaged; then start again. What was acknowledged is kept"
    )
