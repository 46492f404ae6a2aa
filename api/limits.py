"""How large a document may be: depth, fields, aliases, directives, cost; measured in one pass.

Every fragment is measured once, however often it is spread, so the pass is linear in the document.
Strawberry's own limiters expand fragments without memory: 771 bytes cost them 15 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)

from api.costs import ONE, Cost, id_count, page_size, total


@dataclass(frozen=True, slots=True)
class Limits:
    """The ceilings; fields and aliases count after fragments are expanded.

    The cost counts a field once for each item of the pages it is in.
    """

    tokens: int = 2_000
    depth: int = 12
    fields: int = 400
    aliases: int = 30
    directives: int = 30
    root_fields: int = 10
    mutation_fields: int = 1
    fragments: int = 40
    operations: int = 10
    cost: int = 5_000


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection comes to; introspection has no depth here: graphql-core limits it itself.

    `items` is what one item of a page costs, until the field is reached that says how many.
    """

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    cost: Cost = field(default_factory=Cost)
    items: Cost = field(default_factory=Cost)


class TooComplex(GraphQLError):
    """Say which ceiling a document passes."""

    def __init__(self, what: str, limit: int, cost: int | None = None) -> None:
        extensions = {"code": "QUERY_TOO_COMPLEX", "limit": what, "maximum": limit}
        said = f"at most {limit} {what}"
        if cost is not None:
            extensions["cost"] = cost
            said = f"it costs {cost}, at most {limit}"
        super().__init__(f"The document is too complex: {said}.", extensions=extensions)


def check_document(document: DocumentNode, limits: Limits) -> list[Cost]:
    """Measure a document; give the cost of each operation, which is checked when it is run.

    Raises TooComplex for a document over any other ceiling, whatever else is wrong with it.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    _at_most(len(fragments), "fragments", limits.fragments)
    _at_most(len(operations), "operations", limits.operations)
    measure = _Measure(fragments, limits)
    try:
        for name in fragments:
            measure.fragment(name)
        return [measure.operation(operation) for operation in operations]
    except RecursionError:
        raise TooComplex("depth", limits.depth) from None


def _at_most(count: int, what: str, limit: int) -> None:
    if count > limit:
        raise TooComplex(what, limit)


@dataclass(slots=True)
class _Measure:
    fragments: dict[str, FragmentDefinitionNode]
    limits: Limits
    known: dict[str, Size] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def operation(self, operation: OperationDefinitionNode) -> Cost:
        is_mutation = operation.operation.value == "mutation"
        what = "mutation fields" if is_mutation else "root fields"
        ceiling = self.limits.mutation_fields if is_mutation else self.limits.root_fields
        own = self._directives(operation.directives)
        size = self._sum([own, self._selections(operation.selection_set)])
        _at_most(self._roots(operation.selection_set), what, ceiling)
        _at_most(size.depth, "depth", self.limits.depth)
        return size.cost

    def fragment(self, name: str) -> Size:
        if name in self.known:
            return self.known[name]
        definition = self.fragments.get(name)
        if definition is None or name in self.open:
            return Size()  # unknown or in a circle: validation says so
        self.open.add(name)
        own = self._directives(definition.directives)
        size = self._sum([own, self._selections(definition.selection_set)])
        if not definition.type_condition.name.value.startswith("__"):
            _at_most(size.depth, "depth", self.limits.depth)
        self.open.discard(name)
        self.known[name] = size
        return size

    def _roots(self, selections: SelectionSetNode) -> int:
        """Count root fields but `__typename`, which clients add; a fragment is what it holds."""
        return sum(
            node.name.value != "__typename"
            if isinstance(node, FieldNode)
            else self._selection_size(node).fields
            for node in selections.selections
        )

    def _selections(self, selections: SelectionSetNode | None) -> Size:
        if selections is None:
            return Size()
        if not selections.selections:
            raise GraphQLError("A selection is empty.")  # which graphql-core reads, and answers
        return self._sum([self._selection_size(node) for node in selections.selections])

    def _selection_size(self, node: object) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._sum([self._directives(node.directives), self.fragment(node.name.value)])
        selections = getattr(node, "selection_set", None)
        inner = self._sum(
            [self._directives(getattr(node, "directives", ())), self._selections(selections)]
        )
        if not isinstance(node, FieldNode):
            return inner
        cost, items = self._cost(node, inner)
        return Size(
            inner.fields + 1,
            inner.aliases + (node.alias is not None),
            inner.directives,
            0 if node.name.value.startswith("__") else inner.depth + 1,
            cost,
            items,
        )

    def _cost(self, node: FieldNode, inner: Size) -> tuple[Cost, Cost]:
        """Multiply what is below `edges` by the size of the page it is the edges of."""
        if node.name.value == "edges":
            return Cost(), total(ONE, inner.cost, inner.items)
        below = total(inner.cost, inner.items.times(page_size(node)))
        return total(ONE, below.times(id_count(node))), Cost()

    def _directives(self, directives: Sequence[DirectiveNode] | None) -> Size:
        return Size(directives=len(directives or ()))

    def _sum(self, sizes: Sequence[Size]) -> Size:
        size = Size(
            sum(size.fields for size in sizes),
            sum(size.aliases for size in sizes),
            sum(size.directives for size in sizes),
            max((size.depth for size in sizes), default=0),
            total(*(size.cost for size in sizes)),
            total(*(size.items for size in sizes)),
        )
        _at_most(size.fields, "fields", self.limits.fields)
        _at_most(size.aliases, "aliases", self.limits.aliases)
        _at_most(size.directives, "directives", self.limits.directives)
        return size
