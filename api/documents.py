"""Documents as they come in: parsed, held to the limits and validated once, and kept for the next.

Executes nothing. Only documents that may be executed are kept: those compiled at the start for
ever, the others while they are asked for.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from api.costs import Cost, cost_of
from api.limits import Limits, TooComplex, check_document

KEPT_DOCUMENTS = 256
KEPT_CHARACTERS = 10_000
ERRORS_LIMIT = 10
MESSAGE_LIMIT = 500


class DocumentRefused(Exception):
    """Carry why a document is not executed; every error has its code."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, and what it costs."""

    node: OperationDefinitionNode
    cost: Cost
    limits: Limits

    @property
    def name(self) -> str:
        """Give its name, '' for none."""
        return self.node.name.value if self.node.name else ""

    @property
    def kind(self) -> str:
        """Give its kind: query, mutation or subscription."""
        return self.node.operation.value

    def check_cost(self, variables: Mapping[str, Any]) -> int:
        """Tell what it costs with these variables. Raises DocumentRefused when that is too much."""
        cost = cost_of(self.cost, self.node, variables)
        if cost > self.limits.cost:
            raise DocumentRefused([TooComplex("cost", self.limits.cost, cost)])
        return cost


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be executed, if it does not cost too much."""

    node: DocumentNode
    operations: tuple[Operation, ...]

    def operation(self, name: str | None) -> Operation:
        """Choose the operation. Raises DocumentRefused when the name leads to none, or to many."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        for operation in self.operations:
            if name and operation.name == name:
                return operation
        said = "Name the operation to run." if name is None else "No operation has this name."
        raise _refused(said, "OPERATION_RESOLUTION_FAILURE")


class Documents:
    """Prepare documents for one schema; the ones used last are kept."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool, limits: Limits) -> None:
        rules = list(specified_rules)
        self._rules = rules if introspection else [*rules, NoSchemaIntrospectionCustomRule]
        self._schema = schema
        self._introspection = introspection
        self._limits = limits
        self._compiled: dict[str, Document] = {}
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def compile(self, source: str) -> None:
        """Prepare a document before anybody asks for it, and keep it. Raises DocumentRefused."""
        self._compiled[source] = self._prepare(source)

    def prepare(self, source: str) -> Document:
        """Parse, limit and validate. Raises DocumentRefused."""
        if source in self._compiled:
            return self._compiled[source]
        kept = self._kept.get(source)
        if kept is not None:
            self._kept.move_to_end(source)
            return kept
        document = self._prepare(source)
        if len(source) <= KEPT_CHARACTERS:
            self._kept[source] = document
            if len(self._kept) > KEPT_DOCUMENTS:
                self._kept.popitem(last=False)
        return document

    def _prepare(self, source: str) -> Document:
        document = self._parse(source)
        self._validate(document.node)
        return document

    def _parse(self, source: str) -> Document:
        try:
            node = parse(source, max_tokens=self._limits.tokens)
            costs = check_document(node, self._limits)
        except TooComplex as error:
            raise DocumentRefused([error]) from None
        except GraphQLSyntaxError as error:
            if f"more than {self._limits.tokens} tokens" in error.message:
                raise DocumentRefused([TooComplex("tokens", self._limits.tokens)]) from None
            raise DocumentRefused([_coded(error, "GRAPHQL_PARSE_FAILED")]) from None
        except (GraphQLError, RecursionError):
            raise _refused("The document cannot be read.", "GRAPHQL_PARSE_FAILED") from None
        operations = [d for d in node.definitions if isinstance(d, OperationDefinitionNode)]
        pairs = zip(operations, costs, strict=True)
        return Document(node, tuple(Operation(o, cost, self._limits) for o, cost in pairs))

    def _validate(self, node: DocumentNode) -> None:
        """Hold the document to the schema; without introspection, nothing unknown is suggested."""
        hide = not self._introspection
        errors = validate(self._schema, node, self._rules, ERRORS_LIMIT, hide_suggestions=hide)
        if errors:
            raise DocumentRefused([_coded(_curt(e), "GRAPHQL_VALIDATION_FAILED") for e in errors])


def _curt(error: GraphQLError) -> GraphQLError:
    """Cut what repeats a value of the document, and what Python says of numbers without end."""
    if "set_int_max_str_digits" in error.message:
        error.message = "A number has too many digits."
    elif len(error.message) > MESSAGE_LIMIT:
        error.message = f"{error.message[:MESSAGE_LIMIT]}..."
    return error


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {**(error.extensions or {}), "code": code}
    return error


def _refused(said: str, code: str) -> DocumentRefused:
    return DocumentRefused([GraphQLError(said, extensions={"code": code})])
