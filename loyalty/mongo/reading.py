"""Documents read one by one, so that one that is damaged stops nothing else; knows no noun."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import structlog

from loyalty.mongo.door import Document

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
