"""Walks through long lists: from which place, which way, how many items; reads nothing itself."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from loyalty.values import value

P = TypeVar("P")

_BEYOND = {1: "$gt", -1: "$lt"}
_FROM = {1: "$gte", -1: "$lte"}


@value
class Walk(Generic[P]):
    """At most `limit` items of a list, those next to `place` first, which is none of them.

    Without a place it begins at the start of the list, or, going `back`, at its end.
    """

    limit: int
    place: P | None = None
    back: bool = False


def keyset(
    walk: Walk[tuple[Any, str]], order: Sequence[tuple[str, int]]
) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """Give the filter and the sorting of a walk over documents in order of a field and their id.

    A place is what both are at one document: none is skipped or read twice when others come in. The
    field is bounded by itself too, so that an index is entered at the place, however far that is.
    """
    ways = [(name, -way if walk.back else way) for name, way in order]
    if walk.place is None:
        return {}, ways
    ((field, way), (tie, tie_way)), (at, item_id) = ways, walk.place
    further = {field: {_BEYOND[way]: at}}
    beside = {field: at, tie: {_BEYOND[tie_way]: item_id}}
    return {field: {_FROM[way]: at}, "$or": [further, beside]}, ways
