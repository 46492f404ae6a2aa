"""What changes in the database, told to those who wait for it; knows no noun and keeps no news.

One change stream a process, open while somebody listens. It says which document changed; each
listener reads that document again. However much has changed meanwhile, the newest state is read
once, so whoever is slow misses what was in between and holds up nobody.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar

from loyalty.ending import end
from loyalty.errors import Unavailable
from loyalty.mongo import Key, Mongo, Place, PlaceLost

NOTHING: Key = ("", None)
AGAIN_SECONDS = 0.2  # after an outage, or a read that met one

T = TypeVar("T")
Read = Callable[[], Awaitable[T | None]]


class Listener:
    """Somebody who waits for news of one document."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._error: Exception | None = None

    def tell(self, error: Exception | None = None) -> None:
        """Say that there is news, or that there will never be any."""
        self._error = self._error or error
        self._news.set()

    async def wait(self) -> None:
        """Wait for news since the last time. Raises what keeps news from ever coming."""
        await self._news.wait()
        self._news.clear()
        if self._error is not None:
            raise self._error


class Hub:
    """Tell listeners of changes, whichever process made them.

    After a change of primary the stream goes on where it was. Where that place is gone, and when
    the stream is first opened, everybody reads again.
    """

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._collections: set[str] = set()
        self._listeners: dict[Key, set[Listener]] = {}
        self._place: Place | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def listening(self) -> int:
        """Count those who wait for news."""
        return sum(map(len, self._listeners.values()))

    @property
    def is_open(self) -> bool:
        """Tell whether the stream is open, or about to be."""
        return self._watching is not None and not self._watching.done()

    def cover(self, collection: str) -> None:
        """Include a collection in the stream, before it is opened."""
        self._collections.add(collection)

    async def follow(
        self, collection: str, document_id: str, read: Read[T]
    ) -> AsyncGenerator[T, None]:
        """Give what `read` gives, at once and after changes of the document, until it gives None.

        The first read may raise Unavailable; later ones are repeated until they succeed.
        """
        with self._listen((collection, document_id)) as listener:
            found = await read()
            while found is not None:
                yield found
                del found  # nothing is held while nothing happens
                await listener.wait()
                found = await _insist(read)

    @contextmanager
    def _listen(self, key: Key) -> Iterator[Listener]:
        assert key[0] in self._collections, f"the stream does not cover {key[0]}"
        listener = Listener()
        self._listeners.setdefault(key, set()).add(listener)
        if not self.is_open:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield listener
        finally:
            listeners = self._listeners.get(key, set())  # none are left of a hub that was closed
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(key, None)

    async def close(self) -> None:
        """Close the stream; nobody may listen any more."""
        self._listeners.clear()
        if self._watching is not None:
            await end([self._watching])

    async def _watch(self) -> None:
        """Watch for as long as anybody listens, over every outage."""
        while self._listeners:
            try:
                await self._tell_changes()
            except PlaceLost:
                self._place = None
            except Unavailable:
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception as error:  # noqa: BLE001 - whoever listens has to hear of it
                self._place = None
                self._tell_everybody(error)
                return

    async def _tell_changes(self) -> None:
        async with aclosing(self._mongo.changes(self._collections, self._place)) as found:
            async for changed in found:
                if self._place is None:
                    self._tell_everybody()
                self._place = changed.place
                if not self._listeners:
                    self._place = None
                    return
                for listener in self._listeners.get(changed.key or NOTHING, ()):
                    listener.tell()

    def _tell_everybody(self, error: Exception | None = None) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(error)


async def _insist(read: Read[T]) -> T | None:
    while True:
        try:
            return await read()
        except Unavailable:
            await asyncio.sleep(AGAIN_SECONDS)
