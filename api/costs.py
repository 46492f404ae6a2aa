"""What a selection costs, in fields, each item of a page counting for itself; reads no schema.

The size of a page may be a variable, so a cost is a sum of products that is worked out once for a
document and evaluated for each request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from graphql import (
    FieldNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)

from schema.pagination import PAGE_LIMIT, PAGE_SIZE

PAGE_ARGUMENTS = ("first", "last")

Choice = tuple[str, ...]
"""Names of variables, of which the largest that is sent is the size of a page."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How many fields, for each combination of page sizes that multiplies them."""

    terms: Mapping[tuple[Choice, ...], int] = field(default_factory=dict)

    def times(self, size: int | Choice) -> "Cost":
        """Multiply by a number, or by the first of some variables that has one."""
        if isinstance(size, int):
            return Cost({sizes: count * size for sizes, count in self.terms.items()})
        return Cost({tuple(sorted((*sizes, size))): n for sizes, n in self.terms.items()})

    def value(self, size_of: Callable[[Choice], int]) -> int:
        """Evaluate with the sizes of the variables."""
        return sum(count * prod(map(size_of, sizes)) for sizes, count in self.terms.items())


ONE = Cost({(): 1})


def total(*costs: Cost) -> Cost:
    """Add costs."""
    terms: dict[tuple[Choice, ...], int] = {}
    for cost in costs:
        for names, count in cost.terms.items():
            terms[names] = terms.get(names, 0) + count
    return Cost(terms)


def page_size(node: FieldNode) -> int | Choice:
    """Give the size of the page that a field asks for, or the names of the variables that have it.

    One that is written down counts before any that is not; a field that asks for both `first` and
    `last` is refused.
    """
    asked = [a.value for a in node.arguments or () if a.name.value in PAGE_ARGUMENTS]
    sizes = [size for value in asked if (size := _literal(value)) is not None]
    names = tuple(sorted(value.name.value for value in asked if isinstance(value, VariableNode)))
    if sizes or not names:
        return max(map(_size, sizes), default=PAGE_SIZE)
    return names


def id_count(node: FieldNode) -> int | Choice:
    """Give how many things a field asks for by their ids, or the variable that has them; else 1."""
    asked = next((a.value for a in node.arguments or () if a.name.value == "ids"), None)
    if isinstance(asked, VariableNode):
        return (asked.name.value,)
    return _size(len(asked.values)) if isinstance(asked, ListValueNode) else 1


def cost_of(cost: Cost, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
    """Evaluate the cost of an operation with what was sent for its variables."""
    defaults = {
        definition.variable.name.value: definition.default_value
        for definition in operation.variable_definitions or ()
    }

    def sent(name: str) -> object:
        return variables[name] if name in variables else _literal(defaults.get(name))

    def size_of(names: Choice) -> int:
        found = [value for name in names if (value := sent(name)) is not None]
        return max(map(_size, found), default=PAGE_SIZE)

    return cost.value(size_of)


def _literal(node: ValueNode | None) -> int | None:
    if not isinstance(node, IntValueNode):
        return None
    return int(node.value) if len(node.value) < 10 else PAGE_LIMIT


def _size(value: object) -> int:
    """Hold a size to what a page may have; one that is none is refused when it is read."""
    if isinstance(value, list):
        value = len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return PAGE_SIZE
    return int(max(1, min(value, PAGE_LIMIT)))
