"""The only door to MongoDB: the face of the module that knows the driver."""

from loyalty.mongo.changes import Changed, Key, Place, PlaceLost
from loyalty.mongo.door import (
    BY_ID,
    BadAddress,
    Document,
    Driver,
    Filter,
    Index,
    Mongo,
    MongoOptions,
    Sort,
    StatementError,
)
from loyalty.mongo.raw import Encoded, joined, sealed
from loyalty.mongo.reading import all_read, each_read, page_read

__all__ = [
    "BY_ID",
    "BadAddress",
    "Changed",
    "Document",
    "Driver",
    "Encoded",
    "Filter",
    "Index",
    "Key",
    "Mongo",
    "MongoOptions",
    "Place",
    "PlaceLost",
    "Sort",
    "StatementError",
    "all_read",
    "each_read",
    "joined",
    "page_read",
    "sealed",
]
