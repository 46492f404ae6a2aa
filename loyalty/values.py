"""Values: dataclasses that nobody changes once they are made; no noun and no behaviour of its own.

A frozen dataclass sets its fields through `object.__setattr__`, which makes it four times as slow
to make as another. Dozens are made for each command, so here the type checker does the freezing.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a class a dataclass with slots, equal and hashed by its fields, frozen to mypy."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
