"""Tasks are ended, also those that lose a cancellation."""

import asyncio
from contextlib import suppress

from loyalty import ending


async def test_what_loses_a_cancellation_is_cancelled_again() -> None:
    lost = 0

    async def lose() -> None:
        nonlocal lost
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        lost += 1
        await asyncio.Event().wait()

    task = asyncio.create_task(lose())
    await asyncio.sleep(0)
    async with asyncio.timeout(ending.AGAIN_SECONDS * 20):
        await ending.end([task])
    assert (lost, task.cancelled()) == (1, True)


async def test_what_is_over_or_fails_is_no_matter() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    failing = asyncio.create_task(fail())
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await ending.end([failing, asyncio.create_task(fail())])
        await ending.end([])
    assert isinstance(failing.exception(), ZeroDivisionError)
