"""Documents read one by one, so that one that is damaged stops nothing else; knows no noun."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import structlog

from loyalty.mongo.door import Document, Filter, Mongo, Sort

T = TypeVar("T")
_log = structlog.get_logger()


def each_read(
    collection: str, documents: Iterable[Document], read: Callable[[Document], T]
) -> Iterator[tuple[Document, T | None]]:
    """Read documents of a collection, each given with what it says; None where that is unreadable.

    It may be damaged, or written by a newer version; its id is logged as an error.
    """
    for document in documents:
        try:
            found = read(document)
        except Exception as error:  # noqa: BLE001 - one document's trouble is not that of the others
            told = {"collection": collection, "id": document["_id"]}
            _log.error("document_not_read", exc_info=error, **told)
            yield document, None
        else:
            yield document, found


def all_read(
    collection: str, documents: Iterable[Document], read: Callable[[Document], T]
) -> list[T]:
    """Read those documents of a collection that can be read."""
    each = each_read(collection, documents, read)
    return [found for _, found in each if found is not None]


async def page_read(
    mongo: Mongo,
    collection: str,
    where: Filter,
    page: tuple[Sort, int],
    read: Callable[[Document], T],
) -> list[T]:
    """Read the first matches that can be read: `page` is their order, and how many at the most.

    So a page is short at the end alone.
    """
    sort, limit = page
    unread: list[str] = []
    while True:
        others = {"$and": [where, {"_id": {"$nin": unread}}]} if unread else where
        documents = await mongo.find(collection, others, sort=sort, limit=limit)
        each = list(each_read(collection, documents, read))
        missed = [document["_id"] for document, found in each if found is None]
        if not missed:
            return [found for _, found in each if found is not None]
        unread += missed
