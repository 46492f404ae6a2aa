"""The lean channel: the same answers as from the driver, and a broken wire harms nobody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.errors import DocumentTooLarge, OperationFailure

from loyalty.errors import Unavailable
from loyalty.mongo import Index, Mongo, MongoOptions
from tests.conftest import PATIENCE_SECONDS, Eventually
from tests.engines import patient

MEGABYTE = 1_000_000
Open = Callable[..., Awaitable[Mongo]]


@dataclass
class Passage:
    """A way to the server that can hold answers back, and cut every connection."""

    server: tuple[str, int]
    port: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    pipes: set[asyncio.Task[None]] = field(default_factory=set)
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self.server)
        self.ends |= {writer, back}
        for source, sink, is_answer in ((reader, back, False), (there, writer, True)):
            self.pipes.add(asyncio.ensure_future(self.pipe(source, sink, is_answer)))

    async def pipe(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, is_answer: bool
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                if is_answer:
                    await self.open.wait()
                sink.write(data)
                await sink.drain()
        sink.transport.abort()

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()
        self.ends.clear()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Passage]:
    parts = urlsplit(url)
    passage = Passage((parts.hostname or "", parts.port or 27017))
    passage.open.set()
    server = await asyncio.start_server(passage.connect, "127.0.0.1", 0)
    passage.port = server.sockets[0].getsockname()[1]
    yield passage
    server.close()
    passage.cut()
    for pipe in passage.pipes:
        pipe.cancel()
    await asyncio.gather(*passage.pipes, return_exceptions=True)


@pytest.fixture
async def passage(mongo_url: str) -> AsyncIterator[Passage]:
    async with opened(mongo_url) as passage:
        yield passage


@pytest.fixture
async def open_door(
    mongo_url: str, database_name: str, passage: Passage, eventually: Eventually
) -> AsyncIterator[Open]:
    """Open a door whose channel has a wire, or is off; it is closed before the passage is."""
    doors: list[Mongo] = []

    async def open_one(options: MongoOptions | None = None) -> Mongo:
        mongo = Mongo(options or patient(mongo_url, database_name))
        doors.append(mongo)
        await mongo.find_one("things", {"_id": 0})
        await eventually(lambda: mongo.channel.wires > 0 or mongo.channel.off is not None)
        return mongo

    yield open_one
    for mongo in doors:
        await mongo.close()


@pytest.fixture
async def mongo(open_door: Open) -> Mongo:
    return await open_door()


@pytest.fixture
def through(passage: Passage, database_name: str) -> Callable[[int], MongoOptions]:
    """Give the options of a door that goes through the passage."""
    url = f"mongodb://127.0.0.1:{passage.port}/?directConnection=true"
    return lambda timeout_ms: MongoOptions(url, database_name, timeout_ms=timeout_ms)


def no_driver(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make whatever is not sent over the channel fail."""
    monkeypatch.setattr(mongo, "database", Concern(mongo.database.write_concern))


@dataclass
class Concern:
    write_concern: Any


async def test_with_this_driver_the_channel_is_on_and_does_it_alone(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mongo.channel.off is None
    no_driver(mongo, monkeypatch)
    assert await mongo.insert_new("things", [{"_id": 1, "n": 1}, {"_id": 2, "n": 2}]) == set()
    assert await mongo.insert_new("things", [{"_id": 3}, {"_id": 2}]) == {1}
    change = {"q": {"_id": 1}, "u": {"$inc": {"n": 5}}}
    assert await mongo.update_batch("things", [change]) == []
    assert await mongo.find_one("things", {"_id": 1}) == {"_id": 1, "n": 6}
    assert await mongo.find_one("things", {"_id": 9}) is None
    found = await mongo.find("things", {"_id": {"$in": [1, 2, 9]}}, {"_id": 1})
    assert found == [{"_id": 1}, {"_id": 2}]


async def test_lists_are_read_in_their_order_and_no_longer_than_asked_for(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_driver(mongo, monkeypatch)
    things = [{"_id": n, "size": n % 3} for n in range(9)]
    await mongo.insert_new("things", things)
    order = [("size", -1), ("_id", -1)]
    sorted_so = sorted(things, key=lambda one: (one["size"], one["_id"]), reverse=True)
    assert await mongo.find("things", {}, sort=order, limit=7) == sorted_so[:7]
    assert await mongo.find("things", {}, sort=order, limit=9) == sorted_so
    assert await mongo.find("things", {"size": {"$lt": 2}}, sort=order, limit=99) == sorted_so[3:]
    assert await mongo.find_one("things", {"size": 1}, sort=order) == {"_id": 7, "size": 1}
    assert mongo.channel.wires == 1  # none was given up, as no cursor was left open


async def test_more_than_one_answer_holds_is_read_by_the_driver_also_where_it_is_limited(
    mongo: Mongo,
) -> None:
    documents = [{"_id": n, "text": str(n) * (6 * MEGABYTE)} for n in range(4)]
    assert await mongo.insert_new("things", documents) == set()
    assert await mongo.find("things", {}, sort=[("_id", 1)], limit=4) == documents


async def test_large_answers_are_put_together(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"_id": 1, "text": "x" * (12 * MEGABYTE)}
    no_driver(mongo, monkeypatch)
    await mongo.insert_new("things", [large])
    assert await mongo.find_one("things", {"_id": 1}) == large
    assert await mongo.find("things", {"_id": {"$in": [1]}}) == [large]


async def test_more_than_one_answer_holds_is_read_all_the_same(mongo: Mongo) -> None:
    documents = [{"_id": n, "text": str(n) * (6 * MEGABYTE)} for n in range(4)]
    assert await mongo.insert_new("things", documents) == set()
    assert await mongo.find("things", {"_id": {"$in": [0, 1, 2, 3]}}) == documents
    assert mongo.channel.wires == 1


async def test_a_command_beyond_16_mib_is_sent_by_halves(mongo: Mongo) -> None:
    documents = [{"_id": n, "text": "x" * (6 * MEGABYTE)} for n in range(4)]
    assert await mongo.insert_new("things", documents[2:3]) == set()
    assert await mongo.insert_new("things", documents) == {2}
    assert await mongo.count("things", {}) == 4
    with pytest.raises(DocumentTooLarge):
        await mongo.insert_new("things", [{"_id": 9, "text": "x" * (17 * MEGABYTE)}])
    assert mongo.channel.wires == 1


async def test_errors_are_those_of_the_driver(mongo: Mongo, open_door: Open) -> None:
    plain = await open_door(MongoOptions(mongo.options.url, mongo.options.database, lean=False))
    said = []
    for door in (mongo, plain):
        with pytest.raises(OperationFailure) as read:
            await door.find_one("things", {"$unheard": 1})
        with pytest.raises(OperationFailure) as written:
            await door.insert_new("$things", [{"_id": 1}])
        said.append((str(read.value), read.value.code, str(written.value), written.value.code))
    assert said[0] == said[1]
    assert mongo.channel.wires == 1


async def test_a_write_whose_answer_is_lost_is_unavailable_and_not_sent_again(
    mongo: Mongo,
    open_door: Open,
    passage: Passage,
    through: Callable[[int], MongoOptions],
    eventually: Eventually,
) -> None:
    door = await open_door(through(30_000))
    await mongo.insert_new("things", [{"_id": 1, "n": 0}])
    passage.open.clear()
    change = {"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}
    sent = asyncio.ensure_future(door.update_batch("things", [change]))
    while await mongo.find_one("things", {"_id": 1}) == {"_id": 1, "n": 0}:
        assert not sent.done()
    passage.cut()
    with pytest.raises(Unavailable):
        await sent
    passage.open.set()
    assert door.channel.wires == 0
    assert await door.find_one("things", {"_id": 1}) == {"_id": 1, "n": 1}


async def test_a_read_whose_answer_is_lost_is_left_to_the_driver(
    open_door: Open, passage: Passage, through: Callable[[int], MongoOptions]
) -> None:
    door = await open_door(through(30_000))
    await door.insert_new("things", [{"_id": 1}])
    passage.open.clear()
    read = asyncio.ensure_future(door.find_one("things", {"_id": 1}))
    await asyncio.sleep(0)
    passage.cut()
    passage.open.set()
    assert await read == {"_id": 1}


async def test_a_server_that_does_not_answer_in_time_is_unavailable(
    open_door: Open, passage: Passage, through: Callable[[int], MongoOptions]
) -> None:
    door = await open_door(through(500))
    passage.open.clear()
    with pytest.raises(Unavailable):
        await door.find_one("things", {"_id": 1})
    with pytest.raises(Unavailable):
        await door.insert_new("things", [{"_id": 1}])


async def test_a_caller_that_goes_away_leaves_no_answer_to_the_next(
    open_door: Open,
    passage: Passage,
    through: Callable[[int], MongoOptions],
    eventually: Eventually,
) -> None:
    door = await open_door(through(30_000))
    await door.insert_new("things", [{"_id": n} for n in range(40)])
    for n in range(0, 40, 2):
        passage.open.clear()
        gone = asyncio.ensure_future(door.find_one("things", {"_id": n}))
        await asyncio.sleep(0)
        gone.cancel()
        passage.open.set()
        assert await door.find_one("things", {"_id": n + 1}) == {"_id": n + 1}
        await eventually(lambda: door.channel.wires > 0)
    assert door.channel.off is None


async def test_answers_find_those_who_asked(mongo: Mongo) -> None:
    await mongo.insert_new("things", [{"_id": n} for n in range(300)])
    found = await asyncio.gather(*(mongo.find_one("things", {"_id": n}) for n in range(300)))
    assert found == [{"_id": n} for n in range(300)]
    assert 0 < mongo.channel.wires <= mongo.options.pool_size


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lean": False}, "not wanted"),
        ({"driver": "motor"}, "not wanted"),
        ({"url": "compressors=zlib"}, "Unsupported: compression"),
        ({"url": "readPreference=nearest"}, "Unsupported: reading from secondaries"),
    ],
)
async def test_where_it_is_off_the_driver_does_everything(
    open_door: Open, mongo_url: str, database_name: str, changes: dict[str, Any], reason: str
) -> None:
    url = f"{mongo_url}&{changes['url']}" if "url" in changes else mongo_url
    door = await open_door(MongoOptions(**{"database": database_name, **changes, "url": url}))
    assert door.channel.off == reason
    assert await door.insert_new("things", [{"_id": 1}]) == set()
    assert await door.find_one("things", {"_id": 1}) == {"_id": 1}


async def test_a_driver_that_has_changed_inside_turns_it_off(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(mongo.client), "_select_server")
    plain = MongoOptions(mongo.options.url, mongo.options.database)
    door = Mongo(plain)
    await door.channel.open_one_more()
    assert door.channel.off is not None
    assert "_select_server" in door.channel.off
    monkeypatch.undo()
    assert await door.insert_new("things", [{"_id": 1}]) == set()
    await door.close()


async def test_indexes_are_made_though_the_line_is_cut_before_the_answer(
    mongo: Mongo, open_door: Open, through: Callable[[int], MongoOptions], passage: Passage
) -> None:
    cut_off = await open_door(through(30_000))
    passage.open.clear()
    making = asyncio.ensure_future(cut_off.create_indexes("things", [Index("n", name="by_n")]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while "by_n" not in await mongo.database["things"].index_information():
            assert not making.done()
    passage.cut()
    passage.open.set()
    await making
