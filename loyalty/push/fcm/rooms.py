"""Places for messages that are under way, taken before those are claimed; nothing is sent here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Room:
    """So many places, given out in the order of asking; who asks for more than there are gets all.

    A place is free again as its message is answered, so that a slow answer holds up no other.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = asyncio.Semaphore(places)
        self._door = asyncio.Lock()

    @asynccontextmanager
    async def stay(self, count: int) -> AsyncIterator[Callable[[int], None]]:
        """Take places, and give what gives some of them back; the rest goes back at the end."""
        taken = 0

        def leave(answered: int) -> None:
            nonlocal taken
            for _ in range(min(answered, taken)):
                taken -= 1
                self._free.release()

        try:
            async with self._door:
                while taken < min(count, self._places):
                    await self._free.acquire()
                    taken += 1
            yield leave
        finally:
            leave(taken)
