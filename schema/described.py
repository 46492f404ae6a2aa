"""Descriptions of closed lists, of a whole one and each of its values; the lists are elsewhere."""

from enum import Enum
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=type[Enum])


def describe(enum: E, description: str, /, *, called: str | None = None, **values: str) -> None:
    """Show an enum in the graph, with a description of it and of each value."""
    shown = strawberry.enum(enum, name=called, description=description)
    for value in shown.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
