"""The hub on a real change stream: who is told what, how often, and what becomes of outages."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from loyalty.errors import Unavailable
from loyalty.live import Hub
from loyalty.mongo import Changed, Mongo, Place
from tests.conftest import PATIENCE_SECONDS, Eventually
from tests.engines import patient

NOTES = "notes"
KEEPER = "keeper"  # the note that shows how far the stream has come


class Breakable(Mongo):
    """A door whose stream breaks when told to, and may forget where it was."""

    breaking: Exception | None = None
    forgets = False
    opened = 0

    async def changes(
        self, collections: Collection[str], place: Place | None
    ) -> AsyncGenerator[Changed, None]:
        self.opened += 1
        if place is not None and self.forgets:
            self.forgets = False
            place = long_ago(place)
        async with aclosing(super().changes(collections, place)) as found:
            async for changed in found:
                if self.breaking is not None:
                    error, self.breaking = self.breaking, None
                    raise error
                yield changed


def long_ago(place: Place) -> Place:
    """Make a place that the server's oplog no longer reaches: its second is the first of all."""
    token = place["_data"]
    return {"_data": token[:2] + "00000001" + token[10:]}


@dataclass
class Board:
    """Notes with a number each, those who follow them, and how often each was read."""

    mongo: Breakable
    hub: Hub
    reads: Counter[str] = field(default_factory=Counter)
    keeping: AsyncGenerator[int, None] | None = None
    shown: int = 0

    async def write(self, note: str, number: int) -> None:
        """Write a number on a note."""
        await self.mongo.update_one(NOTES, {"_id": note}, {"$set": {"n": number}}, upsert=True)

    def follow(self, note: str) -> AsyncGenerator[int, None]:
        """Follow the number on a note."""

        async def read() -> int | None:
            self.reads[note] += 1
            found = await self.mongo.find_one(NOTES, {"_id": note})
            return None if found is None else int(found["n"])

        return self.hub.follow(NOTES, note, read)

    async def open(self) -> None:
        """Have the stream open, and everything written so far behind it."""
        await self.write(KEEPER, 0)
        self.keeping = self.follow(KEEPER)
        await hear(self.keeping)
        await hear(self.keeping)  # what is told when the stream is first open
        await self.pass_by()

    async def pass_by(self) -> None:
        """Wait until the stream has passed everything written so far."""
        assert self.keeping is not None
        self.shown += 1
        await self.write(KEEPER, self.shown)
        while await hear(self.keeping) != self.shown:
            pass


async def hear(numbers: AsyncGenerator[int, None]) -> int:
    return await asyncio.wait_for(anext(numbers), PATIENCE_SECONDS)


@pytest.fixture
async def board(mongo_url: str, database_name: str) -> AsyncIterator[Board]:
    mongo = Breakable(patient(mongo_url, database_name))
    board = Board(mongo, Hub(mongo))
    board.hub.cover(NOTES)
    try:
        await board.write("a", 1)
        await board.write("b", 1)
        await board.open()
        yield board
    finally:
        if board.keeping is not None:
            await board.keeping.aclose()
        await board.hub.close()
        await mongo.close()


async def test_everybody_who_follows_a_document_reads_its_news_once(board: Board) -> None:
    async with (
        aclosing(board.follow("a")) as one,
        aclosing(board.follow("a")) as two,
        aclosing(board.follow("b")) as other,
    ):
        assert [await hear(who) for who in (one, two, other)] == [1, 1, 1]
        waiting = asyncio.ensure_future(hear(other))
        await board.write("a", 2)
        assert [await hear(one), await hear(two)] == [2, 2]
        await board.pass_by()
        assert board.reads["a"] == 4
        assert not waiting.done()
        await board.write("b", 3)
        assert await waiting == 3
        assert board.reads["b"] == 2


async def test_who_is_slow_reads_the_newest_and_nothing_twice(board: Board) -> None:
    async with aclosing(board.follow("a")) as slow:
        assert await hear(slow) == 1
        for number in range(2, 22):
            await board.write("a", number)
        await board.pass_by()
        assert await hear(slow) == 21
        await board.write("a", 22)
        assert await hear(slow) == 22
        assert board.reads["a"] == 3


async def test_news_during_an_outage_is_told_after_it(board: Board) -> None:
    async with aclosing(board.follow("a")) as one, aclosing(board.follow("b")) as other:
        assert [await hear(one), await hear(other)] == [1, 1]
        board.mongo.breaking = Unavailable("the line is cut")
        await board.write("a", 2)
        assert await hear(one) == 2
        await board.pass_by()
        assert board.mongo.opened == 2
        assert board.reads["b"] == 1  # the place was kept: nobody else had to read


async def test_when_the_place_is_lost_everybody_reads_again(board: Board) -> None:
    async with aclosing(board.follow("a")) as one, aclosing(board.follow("b")) as other:
        assert [await hear(one), await hear(other)] == [1, 1]
        board.mongo.forgets = True
        board.mongo.breaking = Unavailable("the line is cut")
        assert [await hear(one), await hear(other)] == [1, 1]
        assert board.mongo.opened == 3  # refused with the old place, opened without one
        await board.write("a", 2)
        assert await hear(one) == 2


async def test_who_follows_what_is_dropped_with_its_database_is_at_the_end(board: Board) -> None:
    async with aclosing(board.follow("a")) as one:
        assert await hear(one) == 1
        await board.mongo.drop_database()
        with pytest.raises(StopAsyncIteration):
            await hear(one)


async def test_an_error_that_is_no_outage_reaches_everybody(
    board: Board, eventually: Eventually
) -> None:
    async with aclosing(board.follow("a")) as one, aclosing(board.follow("b")) as other:
        assert [await hear(one), await hear(other)] == [1, 1]
        board.mongo.breaking = ZeroDivisionError("a fault of ours")
        for who in (one, other):
            with pytest.raises(ZeroDivisionError):
                await hear(who)
    await eventually(lambda: not board.hub.is_open)
    async with aclosing(board.follow("a")) as again:  # and who comes later begins anew
        assert await hear(again) == 1
        assert board.hub.is_open
        await board.write("a", 2)
        while await hear(again) != 2:
            pass


async def test_the_stream_is_open_while_somebody_listens(
    board: Board, eventually: Eventually
) -> None:
    assert board.keeping is not None
    assert (board.hub.listening, board.hub.is_open) == (1, True)
    await board.keeping.aclose()
    assert board.hub.listening == 0
    await eventually(lambda: not board.hub.is_open)
    await board.write("a", 2)
    async with aclosing(board.follow("a")) as late:
        assert await hear(late) == 2
        assert board.hub.is_open
        assert await hear(late) == 2
        assert board.mongo.opened == 2


async def test_a_hub_that_is_closed_watches_nothing_and_lets_everybody_leave(board: Board) -> None:
    async with aclosing(board.follow("a")) as one:
        assert await hear(one) == 1
        await board.hub.close()
        assert (board.hub.listening, board.hub.is_open) == (0, False)
    await board.hub.close()
