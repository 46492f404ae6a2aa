"""Tasks that are to end, ended for good; starts none."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.5


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and wait until they are over.

    A task may lose a cancellation: before Python 3.12 `asyncio.wait_for`, in which the driver
    sends, forgets one that comes as it is done. So they are cancelled until they end.
    """
    ending = set(tasks)
    left = {task for task in ending if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    await asyncio.gather(*ending, return_exceptions=True)
