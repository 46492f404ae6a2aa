"""How long work is one worker's, and the heartbeat that keeps it so while the worker lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from loyalty.ending import end
from loyalty.errors import Unavailable

LEASE = timedelta(seconds=60)
SURE_SHARE = 0.8


def until(now: datetime) -> datetime:
    """Give the end of a lease that is taken or renewed now."""
    return now + LEASE


def is_sure(asked_at: float) -> bool:
    """Tell whether a lease asked for at an instant of the loop's clock is surely still held.

    What is left of it is for clocks that do not agree.
    """
    return asyncio.get_running_loop().time() - asked_at < LEASE.total_seconds() * SURE_SHARE


@asynccontextmanager
async def kept(renew: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Renew a lease three times in its life for as long as the block runs."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with suppress(Unavailable):  # two more beats before the lease ends
                await renew()

    heart = asyncio.create_task(beat())
    try:
        yield
    finally:
        await end([heart])
