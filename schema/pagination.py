"""Lists that are too long for one answer: connections with opaque keyset cursors.

A cursor holds the sort key and id of one item, never an offset, so pages neither skip nor repeat
when items are added meanwhile.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar

import strawberry
from graphql import GraphQLError

from loyalty.errors import BadInput
from schema.scalars import read_instant

PAGE_LIMIT = 100
PAGE_SIZE = 20
CURSOR_LIMIT = 200

T = TypeVar("T")
N = TypeVar("N")

First = Annotated[
    int,
    strawberry.argument(description=f"How many items at most, 1 to {PAGE_LIMIT}."),
]
After = Annotated[
    str | None,
    strawberry.argument(description="Give the items after this cursor; null begins at the start."),
]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies."""

    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before this page."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first item; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor to ask the next page with; null at the end of a list that is empty "
        "from there. A page of a filtered list may hold fewer items than there are: go on while "
        "hasNextPage."
    )


@strawberry.type(description="An item of a list, and its place there.")
class Edge(Generic[T]):
    """An item and its place."""

    cursor: str = strawberry.field(description="Opaque place of the item; good for ever.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


@dataclass(frozen=True, slots=True)
class Page:
    """What was asked for: at most `size` items, after `parts` of a cursor (None from the start)."""

    size: int
    parts: tuple[str, ...] | None


def page(kind: str, first: int, after: str | None, part_count: int) -> Page:
    """Read what was asked for. Raises BadInput for another size or a cursor of another list."""
    if not 1 <= first <= PAGE_LIMIT:
        raise BadInput(f"ask for 1 to {PAGE_LIMIT} items", ("first",))
    return Page(first, None if after is None else _read_cursor(kind, after, part_count))


def cursor(kind: str, *parts: object) -> str:
    """Write a place in a list of one kind as an opaque text."""
    plain = "|".join((kind, *map(str, parts)))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read_cursor(kind: str, text: str, part_count: int) -> tuple[str, ...]:
    try:
        padded = text[:CURSOR_LIMIT] + "=" * (-len(text) % 4)
        written, *parts = base64.b64decode(padded, b"-_", validate=True).decode().split("|")
    except (binascii.Error, ValueError):
        written, parts = "", []
    if written != kind or len(parts) != part_count or text != cursor(kind, *parts):
        raise bad_cursor()
    return tuple(parts)


def instant_position(asked: Page) -> tuple[datetime, str] | None:
    """Read a place in a list by an instant and an id; None at the start. Raises BadInput."""
    if asked.parts is None:
        return None
    instant, item_id = asked.parts
    try:
        return read_instant(instant), item_id
    except GraphQLError:
        raise bad_cursor() from None


def number_position(asked: Page) -> tuple[int, int] | None:
    """Read a place in a list by two whole numbers; None at the start. Raises BadInput."""
    if asked.parts is None:
        return None
    if not all(is_number(part) for part in asked.parts):
        raise bad_cursor()
    first, second = map(int, asked.parts)
    return first, second


def is_number(text: str) -> bool:
    """Tell whether a text is a whole number of at most ten plain digits."""
    return text.isascii() and text.isdigit() and len(text) <= 10


def bad_cursor() -> BadInput:
    """Say that a cursor was not given by this list."""
    return BadInput("not a cursor of this list", ("after",))


def connection(
    asked: Page,
    found: Sequence[N],
    cursor_of: Callable[[N], str],
    node_of: Callable[[N], T],
    looked_to: N | None = None,
) -> Connection[T]:
    """Make a page of what was found; one item more than asked for tells that there is a next.

    `looked_to` is where the search stopped before its end: the next page goes on from there.
    """
    shown = found[: asked.size]
    edges = [Edge(cursor=cursor_of(item), node=node_of(item)) for item in shown]
    info = PageInfo(
        has_next_page=len(found) > asked.size or looked_to is not None,
        has_previous_page=asked.parts is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    if looked_to is not None:
        info.end_cursor = cursor_of(looked_to)
    return Connection(edges=edges, page_info=info)
