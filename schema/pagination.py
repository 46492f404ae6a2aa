"""Lists that are too long for one answer: connections with opaque keyset cursors, both ways.

A cursor holds the sort key and id of one item, never an offset, so pages neither skip nor repeat
when items are added meanwhile.
"""

import base64
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from loyalty.errors import BadInput
from loyalty.walks import Walk
from schema.context import Info
from schema.scalars import read_instant

PAGE_LIMIT = 100
PAGE_SIZE = 20
CURSOR_LIMIT = 200

T = TypeVar("T")
N = TypeVar("N")
P = TypeVar("P")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies."""

    has_next_page: bool = strawberry.field(
        description="Whether there are items after this page. With `before` true, as that item is "
        "there."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether there are items before this page. With `after` true, as that item is "
        "there."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor to ask the page before with, by `last` and `before`; null at the start "
        "of a list that is empty up to there. A page of a filtered list may hold fewer items than "
        "there are: go on while hasPreviousPage."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor to ask the next page with, by `first` and `after`; null at the end of "
        "a list that is empty from there. A page of a filtered list may hold fewer items than "
        "there are: go on while hasNextPage."
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


@strawberry.type(name="Connection", description="A page of a list that knows its length.")
class CountedConnection(Connection[T]):
    """A page of a list, and how long the list is."""

    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(
        description="How many items the whole list has, whichever page this is: kept or counted "
        "by an index, and only where it is asked for. Null where it could not be read."
    )
    async def total_count(self) -> int | None:
        """Count the list."""
        return await self.count()


@dataclass(frozen=True, slots=True)
class Page(ABC, Generic[P]):
    """What was asked for: at most `size` items beyond a place (None: from an end of the list)."""

    size: int
    place: P | None = None
    back: bool = False

    @property
    def walk(self) -> Walk[P]:
        """Give the walk that finds the page, and one item more, which tells that there is more."""
        return Walk(self.size + 1, self.place, self.back)

    @staticmethod
    @abstractmethod
    def read(parts: Sequence[str]) -> P:
        """Read a place from the parts of a cursor. Raises ValueError or GraphQLError."""


class InstantPage(Page[tuple[datetime, str]]):
    """A page of a list in order of an instant and an id."""

    @staticmethod
    def read(parts: Sequence[str]) -> tuple[datetime, str]:
        """Read an instant and an id."""
        instant, item_id = parts
        return read_instant(instant), item_id


class NumberPage(Page[int]):
    """A page of a list in order of a whole number."""

    @staticmethod
    def read(parts: Sequence[str]) -> int:
        """Read a whole number."""
        (number,) = parts
        if not is_number(number):
            raise ValueError
        return int(number)


class PositionPage(Page[tuple[int, int]]):
    """A page of a list in order of two whole numbers."""

    @staticmethod
    def read(parts: Sequence[str]) -> tuple[int, int]:
        """Read two whole numbers."""
        if not all(map(is_number, parts)):
            raise ValueError
        first, second = map(int, parts)
        return first, second


class TextPage(Page[str]):
    """A page of a list in order of one text."""

    @staticmethod
    def read(parts: Sequence[str]) -> str:
        """Read a text."""
        (text,) = parts
        return text


def _argument(name: str, kind: Any, said: str) -> StrawberryArgument:
    return StrawberryArgument(
        name, None, StrawberryAnnotation(kind), description=said, default=None
    )


ARGUMENTS = (
    _argument(
        "first",
        int | None,
        f"How many items at most, 1 to {PAGE_LIMIT}, from the start or after `after`; "
        f"{PAGE_SIZE} where neither this nor `last` is given. Not together with `last`.",
    ),
    _argument(
        "after",
        str | None,
        "Give the items after this cursor; null begins at the start. Not with `last`.",
    ),
    _argument(
        "last",
        int | None,
        f"How many items at most, 1 to {PAGE_LIMIT}, from the end or before `before`, in the "
        "order of the list.",
    ),
    _argument(
        "before",
        str | None,
        "Give the items before this cursor; null begins at the end. Only with `last`.",
    ),
)


class Paged(FieldExtension):
    """Give a field the arguments of a page; its resolver has what they ask for as `asked`.

    `kind` names the list in its cursors, whose places are read by the type of its pages.
    """

    def __init__(self, kind: str, pages: type[Page[Any]]) -> None:
        self.kind, self.pages = kind, pages

    def apply(self, field: StrawberryField) -> None:
        """Put the arguments in the place of `asked`; for a second door as for the first."""
        taken = {"asked", *(argument.python_name for argument in ARGUMENTS)}
        own = [a for a in field.arguments if a.python_name not in taken]
        field.arguments = [*ARGUMENTS, *own]

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Read what is asked for, then resolve."""
        given = {a.python_name: kwargs.pop(a.python_name, None) for a in ARGUMENTS}
        return await next_(source, info, asked=self.page(**given), **kwargs)

    def page(
        self,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Page[Any]:
        """Read what was asked for. Raises BadInput for what is out of bounds or does not fit."""
        if last is None:
            if before is not None:
                raise BadInput("`before` goes with `last`; with `first` use `after`", ("before",))
            size = PAGE_SIZE if first is None else _size(first, "first")
            return self.pages(size, self._place(after, "after"))
        if first is not None:
            raise BadInput("ask for the `first` or for the `last`, not for both", ("last",))
        if after is not None:
            raise BadInput("`after` goes with `first`; with `last` use `before`", ("after",))
        return self.pages(_size(last, "last"), self._place(before, "before"), back=True)

    def _place(self, text: str | None, at: str) -> Any:
        """Read a place from a cursor; None for none. Raises BadInput."""
        if text is None:
            return None
        try:
            padded = text[:CURSOR_LIMIT] + "=" * (-len(text) % 4)
            kind, *parts = base64.b64decode(padded, b"-_", validate=True).decode().split("|")
            if text == cursor(self.kind, *parts) and kind == self.kind:
                return self.pages.read(parts)
        except (ValueError, GraphQLError):
            pass
        raise BadInput("not a cursor of this list", (at,))


def _size(size: int, at: str) -> int:
    if not 1 <= size <= PAGE_LIMIT:
        raise BadInput(f"ask for 1 to {PAGE_LIMIT} items", (at,))
    return size


def cursor(kind: str, *parts: object) -> str:
    """Write a place in a list of one kind as an opaque text."""
    plain = "|".join((kind, *map(str, parts)))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def is_number(text: str) -> bool:
    """Tell whether a text is a whole number of at most ten plain digits."""
    return text.isascii() and text.isdigit() and len(text) <= 10


def connection(
    asked: Page[Any],
    found: Sequence[N],
    cursor_of: Callable[[N], str],
    node_of: Callable[[N], T],
    looked_to: N | None = None,
) -> Connection[T]:
    """Make a page of what a walk found, in the order of the list whichever way it went.

    `looked_to` is where the walk stopped before its end: the next page goes on from there.
    """
    edges = [Edge(cursor=cursor_of(item), node=node_of(item)) for item in found[: asked.size]]
    shown = edges[::-1] if asked.back else edges
    is_more, was_before = len(found) > asked.size or looked_to is not None, asked.place is not None
    info = PageInfo(
        has_next_page=was_before if asked.back else is_more,
        has_previous_page=is_more if asked.back else was_before,
        start_cursor=shown[0].cursor if shown else None,
        end_cursor=shown[-1].cursor if shown else None,
    )
    if looked_to is not None and asked.back:
        info.start_cursor = cursor_of(looked_to)
    elif looked_to is not None:
        info.end_cursor = cursor_of(looked_to)
    return Connection(edges=shown, page_info=info)


def counted(page: Connection[T], count: Callable[[], Awaitable[int]]) -> CountedConnection[T]:
    """Add to a page how long its list is, counted where it is asked for."""
    return CountedConnection(edges=page.edges, page_info=page.page_info, count=count)
