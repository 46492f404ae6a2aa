"""What a majority writes to some collections: which document changed, not what was written.

A change stream of the driver, with the server's errors told apart: an outage, or a place in the
stream that is gone.
"""

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from loyalty.mongo.outages import outage

AWAIT_MS = 1_000  # so long the server waits for a change before it says that there is none
PLACE_LOST = {136, 260, 280, 286}  # the oplog has moved on, or the token is none of this set
MAJORITY = ReadConcern("majority")

Place = Mapping[str, Any]
Key = tuple[str, Any]


class PlaceLost(Exception):
    """Say that nobody knows any more what happened since a place: read everything again."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A document that changed, by collection and `_id`; None for nothing so far.

    `place` is where to go on after it.
    """

    place: Place | None
    key: Key | None


async def changes(
    database: Any, collections: Collection[str], place: Place | None
) -> AsyncGenerator[Changed, None]:
    """Give changes from now on, or from after a place.

    The first one says that the stream is open; about once a second without a change, that is
    given. Raises Unavailable, PlaceLost.
    """
    try:
        async with aclosing(_changes(database, collections, place)) as found:
            async for changed in found:
                yield changed
    except OperationFailure as error:
        if error.code in PLACE_LOST:
            raise PlaceLost from error
        raise outage(error) from error
    except PyMongoError as error:
        raise outage(error) from error


async def _changes(
    database: Any, collections: Collection[str], place: Place | None
) -> AsyncGenerator[Changed, None]:
    pipeline = [
        {"$match": {"ns.coll": {"$in": sorted(collections)}}},
        {"$project": {"ns.coll": 1, "documentKey._id": 1}},
    ]
    source = database.with_options(read_concern=MAJORITY)
    stream = source.watch(pipeline, resume_after=place, max_await_time_ms=AWAIT_MS)
    if hasattr(stream, "__await__"):  # Motor's is opened as it is entered
        stream = await stream
    async with stream:
        yield Changed(stream.resume_token, None)
        while stream.alive:
            found = await stream.try_next()
            yield Changed(stream.resume_token, _key(found) if found else None)
    raise PlaceLost  # the database was dropped or renamed


def _key(found: Mapping[str, Any]) -> Key | None:
    """Name the document; a collection that was dropped has none."""
    document = found.get("documentKey")
    return (found["ns"]["coll"], document["_id"]) if document else None
