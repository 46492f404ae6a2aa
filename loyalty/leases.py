"""A lease in a worker's hands: how long it is surely held, and the heartbeat that keeps it so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty.ending import end
from loyalty.errors import Unavailable

BEATS = 3  # in a lease
SURE_SHARE = 0.8  # of a lease; what is left of it is for clocks that do not agree


@dataclass(frozen=True, slots=True)
class Asked:
    """When a lease was asked for: by the loop, which no setting of the clock moves, and by that."""

    loop_time: float
    at: datetime

    def is_sure(self, lease: timedelta, now: datetime) -> bool:
        """Tell whether nobody else can have taken what is leased.

        Known by what has passed since the lease was asked for, so that a process that was paused
        finds out by itself, before it asks the database.
        """
        sure = lease * SURE_SHARE
        passed = asyncio.get_running_loop().time() - self.loop_time
        return passed < sure.total_seconds() and now < self.at + sure


def asked(now: datetime) -> Asked:
    """Note that a lease is asked for now."""
    return Asked(asyncio.get_running_loop().time(), now)


@asynccontextmanager
async def kept(lease: timedelta, renew: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Renew a lease three times in its life for as long as the block runs."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(lease.total_seconds() / BEATS)
            with suppress(Unavailable):  # two more beats before the lease ends
                await renew()

    heart = asyncio.create_task(beat())
    try:
        yield
    finally:
        await end([heart])
