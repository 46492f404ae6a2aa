"""What a selection costs, in fields, each item of a page counting for itself; reads no schema.

The size of a page may be a variable, so a cost is a sum of products that is worked out once for a
document and evaluated for each request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from graphql import FieldNode, IntValueNode, OperationDefinitionNode, ValueNode, VariableNode

from schema.pagination import PAGE_LIMIT, PAGE_SIZE

PAGE_ARGUMENTS = ("first", "last")


@dataclass(frozen=True, slots=True)
class Cost:
    """How many fields, for each combination of variables that multiplies them."""

    terms: Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def times(self, size: int | str) -> "Cost":
        """Multiply by a number, or by the variable of a name."""
        if isinstance(size, int):
            return Cost({names: count * size for names, count in self.terms.items()})
        return Cost({tuple(sorted((*n, size))): count for n, count in self.terms.items()})

    def value(self, size_of: Callable[[str], int]) -> int:
        """Evaluate with the sizes of the variables."""
        return sum(count * prod(map(size_of, names)) for names, count in self.terms.items())


ONE = Cost({(): 1})


def total(*costs: Cost) -> Cost:
    """Add costs."""
    terms: dict[tuple[str, ...], int] = {}
    for cost in costs:
        for names, count in cost.terms.items():
            terms[names] = terms.get(names, 0) + count
    return Cost(terms)


def page_size(node: FieldNode) -> int | str:
    """Give the size of the page that a field asks for, or the name of the variable that has it."""
    for argument in node.arguments or ():
        if argument.name.value in PAGE_ARGUMENTS:
            if isinstance(argument.value, VariableNode):
                return argument.value.name.value
            return _size(_literal(argument.value))
    return PAGE_SIZE


def cost_of(cost: Cost, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
    """Evaluate the cost of an operation with what was sent for its variables."""
    defaults = {
        definition.variable.name.value: definition.default_value
        for definition in operation.variable_definitions or ()
    }

    def size_of(name: str) -> int:
        return _size(variables[name] if name in variables else _literal(defaults.get(name)))

    return cost.value(size_of)


def _literal(node: ValueNode | None) -> int | None:
    if not isinstance(node, IntValueNode):
        return None
    return int(node.value) if len(node.value) < 10 else PAGE_LIMIT


def _size(value: object) -> int:
    """Hold a size to what a page may have; one that is none is refused when it is read."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return PAGE_SIZE
    return int(max(1, min(value, PAGE_LIMIT)))
