"""The driver in use, its options, and the few operations that stores need.

Not a repository: collections, fields and indexes belong to the stores of the nouns.
"""

import asyncio
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

from pymongo import AsyncMongoClient, IndexModel, ReturnDocument, timeout
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    DocumentTooLarge,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from loyalty.errors import Unavailable
from loyalty.mongo.changes import Changed, Place, changes
from loyalty.mongo.channel import BATCH, ITEMS, Channel, Verb
from loyalty.mongo.outages import outage

Document = dict[str, Any]
Filter = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]

BY_ID = "_id_"
"""The index of ids: what is asked for by ids and another index as well may be found by the wrong
one, which goes through all that matches that, however many the ids are not of.
"""

NAMESPACE_EXISTS = 48
DUPLICATE_KEY = 11000
WRITE_CONFLICT = 112
PREPARING_SECONDS = 30  # for an index on a machine that has much else to do
MAJORITY = WriteConcern(w="majority", j=True, wtimeout=5000)

# Measured: with the driver's defaults a hung primary is a 28 s outage, with these about 4 s.
OPTIONS: dict[str, Any] = {
    "retryWrites": True,
    "heartbeatFrequencyMS": 1000,
    "connectTimeoutMS": 1500,
    "serverSelectionTimeoutMS": 4000,
    "waitQueueTimeoutMS": 1000,
    "appName": "stamkund",
}

Index = IndexModel
Driver = Literal["pymongo", "motor"]


@dataclass(frozen=True, slots=True)
class MongoOptions:
    """Say where the database is and how patient to be with it.

    `lean` lets single commands go past the driver where that is known to be safe.
    """

    url: str
    database: str = "stamkund"
    driver: Driver = "pymongo"
    pool_size: int = 64
    timeout_ms: int = 2_000
    lean: bool = True


@dataclass(frozen=True, slots=True)
class StatementError:
    """Name the statement of a batch that failed (its index) and the server's code."""

    index: int
    code: int


class BadAddress(ValueError):
    """Say why the address of the database cannot be used; never quotes a password."""


def _open_client(options: MongoOptions) -> Any:
    """Make the driver's client, which connects later. Raises BadAddress."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # an option the driver would pass over
            return _driver_client(options)
    except (ConfigurationError, ValueError, UserWarning) as error:
        why = str(error)
        # The driver takes what follows a stray `/` for a name, and may quote it.
        raise BadAddress("it is not a MongoDB address" if "@" in why else why) from None


def _driver_client(options: MongoOptions) -> Any:
    settings = {**OPTIONS, "maxPoolSize": options.pool_size + 1, "timeoutMS": options.timeout_ms}
    if options.driver == "motor":
        from motor.motor_asyncio import AsyncIOMotorClient

        return AsyncIOMotorClient(options.url, **settings)
    return AsyncMongoClient(options.url, **settings)


class Mongo:
    """Run operations on one database, never more at once than the pool has connections.

    PyMongo's asynchronous pool starves waiters under load (96 of 128 got one operation in
    2.5 s), so a fair semaphore of the pool's size stands in front of it.

    Raises `Unavailable` for every outage of the server; programming errors pass through.
    """

    def __init__(self, options: MongoOptions) -> None:
        self.options = options
        self.client = _open_client(options)
        self.database = self.client.get_database(
            options.database,
            write_concern=MAJORITY,
            read_concern=ReadConcern("local"),
        )
        self._gate = asyncio.Semaphore(options.pool_size)
        is_lean = options.lean and options.driver == "pymongo"
        self.channel = Channel(
            self.client, self.database, options.timeout_ms, None if is_lean else "not wanted"
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.channel.close()
        closing = self.client.close()
        if closing is not None:
            await closing

    @asynccontextmanager
    async def _turn(self, seconds: int | None = None) -> AsyncIterator[None]:
        async with self._gate:
            try:
                with nullcontext() if seconds is None else timeout(seconds):
                    yield
            except PyMongoError as error:
                raise outage(error, has_limit=seconds is not None) from error

    async def find_one(
        self,
        collection: str,
        where: Filter,
        projection: Filter | None = None,
        sort: Sort | None = None,
    ) -> Document | None:
        """Return the first match or None."""
        async with self._turn():
            lean = await self.channel.find(collection, where, projection, sort=sort, limit=1)
            if lean is not None:
                return lean[0] if lean else None
            found: Document | None = await self.database[collection].find_one(
                where, projection, sort=sort
            )
            return found

    async def find(
        self,
        collection: str,
        where: Filter,
        projection: Filter | None = None,
        *,
        sort: Sort | None = None,
        limit: int = 0,
    ) -> list[Document]:
        """Return every match, or the first `limit`."""
        async with self._turn():
            if 0 < limit < BATCH or (not limit and _names(where)):
                lean = await self.channel.find(
                    collection, where, projection, sort=sort, limit=limit
                )
                if lean is not None:
                    return lean
            cursor = self.database[collection].find(
                where, projection, sort=sort, limit=limit, batch_size=limit or BATCH
            )
            found: list[Document] = await cursor.to_list(None)
            return found

    async def scan(
        self,
        collection: str,
        where: Filter,
        projection: Filter | None = None,
        *,
        batch: int = 1_000,
    ) -> AsyncIterator[list[Document]]:
        """Walk every match in order of `_id`, `batch` documents at a time; needs no open cursor."""
        last: Any = None
        while True:
            step = (
                {**where, "_id": {**where.get("_id", {}), "$gt": last}}
                if last is not None
                else where
            )
            found = await self.find(collection, step, projection, sort=[("_id", 1)], limit=batch)
            if found:
                yield found
            if len(found) < batch:
                return
            last = found[-1]["_id"]

    async def aggregate(
        self, collection: str, pipeline: Sequence[Filter], *, seconds: int | None = None
    ) -> list[Document]:
        """Return every document that the pipeline gives; work in the background has `seconds`."""
        async with self._turn(seconds):
            return await self._aggregate(collection, pipeline)

    async def _aggregate(self, collection: str, pipeline: Sequence[Filter]) -> list[Document]:
        cursor = self.database[collection].aggregate(list(pipeline))
        if self.options.driver == "pymongo":
            cursor = await cursor
        found: list[Document] = await cursor.to_list(None)
        return found

    async def insert_new(self, collection: str, documents: Sequence[Document]) -> set[int]:
        """Insert what is not there yet; return the indexes whose unique value was taken."""
        errors = await self._write("insert", collection, documents)
        if any(error.code != DUPLICATE_KEY for error in errors):
            raise Unavailable("an insert met a concurrent change")
        return {error.index for error in errors}

    async def update_one(
        self, collection: str, where: Filter, update: Any, *, upsert: bool = False
    ) -> int:
        """Change the first match; return how many matched or were inserted (0 or 1)."""
        async with self._turn():
            done = await self.database[collection].update_one(where, update, upsert=upsert)
            return int(done.matched_count or done.upserted_id is not None)

    async def update_many(
        self, collection: str, where: Filter, update: Any, index: str | None = None
    ) -> int:
        """Change every match, found by an index where one is named; return how many matched."""
        async with self._turn():
            done = await self.database[collection].update_many(where, update, hint=index)
            return int(done.matched_count)

    async def find_one_and_update(
        self,
        collection: str,
        where: Filter,
        update: Any,
        *,
        sort: Sort | None = None,
        upsert: bool = False,
    ) -> Document | None:
        """Change the first match and return it as it is afterwards, or None."""
        async with self._turn():
            found: Document | None = await self.database[collection].find_one_and_update(
                where, update, sort=sort, upsert=upsert, return_document=ReturnDocument.AFTER
            )
            return found

    async def update_batch(
        self, collection: str, statements: Sequence[Document]
    ) -> list[StatementError]:
        """Send many update statements `{q, u, upsert?, multi?}` as one unordered command.

        Returns the statements that lost a race (duplicate key, write conflict).
        """
        return await self._write("update", collection, statements)

    async def _write(
        self, verb: Verb, collection: str, items: Sequence[Document]
    ) -> list[StatementError]:
        """Send an unordered write command; return the statements that lost a race.

        More than the server's 16 MiB at once is refused before it is sent: then by halves.
        """
        if not items:
            return []
        concern = self.database.write_concern.document
        try:
            async with self._turn():
                answer = await self.channel.write(verb, collection, items, concern)
                if answer is None:
                    command = {verb: collection, ITEMS[verb]: list(items), "ordered": False}
                    answer = await self.database.command(command | {"writeConcern": concern})
        except DocumentTooLarge:
            if len(items) == 1:
                raise
            half = len(items) // 2
            first = await self._write(verb, collection, items[:half])
            rest = await self._write(verb, collection, items[half:])
            return [*first, *(StatementError(half + e.index, e.code) for e in rest)]
        return _lost_races(answer)

    async def delete_many(self, collection: str, where: Filter) -> int:
        """Delete every match; return how many went."""
        async with self._turn():
            done = await self.database[collection].delete_many(where)
            return int(done.deleted_count)

    async def count(self, collection: str, where: Filter) -> int:
        """Count the matches."""
        async with self._turn():
            return int(await self.database[collection].count_documents(where))

    async def length(self, collection: str) -> int:
        """Give how many documents a collection keeps count of; after a crash it may be off."""
        async with self._turn():
            return int(await self.database[collection].estimated_document_count())

    def changes(
        self, collections: Collection[str], place: Place | None
    ) -> AsyncGenerator[Changed, None]:
        """Follow what a majority writes to collections, on one more connection; see `changes`."""
        return changes(self.database, collections, place)

    async def ping_primary(self, seconds: int | None = None) -> bool:
        """Tell whether a writable primary answers; one may be looked for as long as `seconds`."""
        async with self._turn(seconds):
            hello = await self.database.command("hello")
        return bool(hello.get("isWritablePrimary"))

    async def create_indexes(self, collection: str, indexes: Sequence[Index]) -> None:
        """Create the indexes that are not there yet; where the line is cut, it is done again."""
        async with self._turn():
            with timeout(PREPARING_SECONDS):
                try:
                    await self.database[collection].create_indexes(list(indexes))
                except AutoReconnect:  # which the driver tries again itself, but not this command
                    await self.database[collection].create_indexes(list(indexes))

    async def create_clustered(self, collection: str) -> None:
        """Create a collection stored in the order of `_id`, if it is not there yet."""
        clustered = {"key": {"_id": 1}, "unique": True}
        async with self._turn():
            if collection in await self.database.list_collection_names():
                return
            try:
                with timeout(PREPARING_SECONDS):
                    await self.database.create_collection(
                        collection, check_exists=False, clusteredIndex=clustered
                    )
            except OperationFailure as error:
                if error.code != NAMESPACE_EXISTS:  # where another process was as quick
                    raise

    async def drop_database(self) -> None:
        """Delete the whole database; for tests and benchmarks."""
        async with self._turn():
            await self.client.drop_database(self.options.database)


def _names(where: Filter) -> bool:
    """Tell whether documents are asked for by name, so that one answer should hold them."""
    named = (isinstance(asked, Mapping) and "$in" in asked for asked in where.values())
    return where.keys() == {"_id"} or any(named)


def _lost_races(answer: Document) -> list[StatementError]:
    """Read the answer to a write command. Raises Unavailable where it is not on a majority."""
    if "writeConcernError" in answer:
        raise Unavailable("the write is not yet known to a majority of the replica set")
    errors = [
        StatementError(error["index"], error["code"]) for error in answer.get("writeErrors", ())
    ]
    unexpected = [error for error in errors if error.code not in _LOST_RACE]
    if unexpected:
        raise RuntimeError(f"a write failed: {unexpected[0]}")
    return errors


_LOST_RACE = {DUPLICATE_KEY, WRITE_CONFLICT}
