"""An author of operations, right and wrong, from a schema: the same ones for the same seed."""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from tests.e2e.conftest import Json

DEPTH = 4
RENAMED = 0.05
WRONG: list[Any] = [
    *(None, True, False, 0, -1, 2**31, 2**63, -(10**40), 1.5, 1e300),
    *("", " ", "\x00", "\ud7ff", "$where", "../..", "x" * 300, "x" * 5_000, "🧁" * 70),
    *([], [None], [[[1]]], {}, {"a": 1}, {"$gt": ""}),
]
LIKELY: dict[str, list[Any]] = {
    "Int": [0, 1, 3, 100, 101, -1],
    "Float": [0.5],
    "Boolean": [True, False],
    "Points": [1, 3, 10**15, -1],
    "Date": ["1990-05-01", "2026-03-02", "2024-02-29", "0001-01-01", "9999-12-31"],
    "DateTime": ["2026-03-02T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00"],
    "Decimal": ["1.00", "0", "-1", "1e9", "NaN", "Infinity"],
    "URL": ["https://shop.example/a.png", "javascript:alert(1)", "https://[::1"],
}
WORDS = ["points", "mug", "photos", "plus", "sauna", "en", "da", "EUR", "till-1", "1", "UTC"]


class Name(str):
    """A value of an enum: a name where it is written into a document."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """What is sent."""

    query: str
    variables: Json

    @property
    def is_live(self) -> bool:
        """Tell whether it is a subscription."""
        return self.query.startswith("subscription")


@dataclass(slots=True)
class Author:
    """Writes operations against a schema, of ids that there are; one mistake in some."""

    schema: GraphQLSchema
    chance: Random
    ids: list[str]
    wrong: float = 0.0
    _variables: Json = field(default_factory=dict)
    _declared: list[str] = field(default_factory=list)

    def write(self) -> Operation:
        """Write the next operation; every second is without a mistake that is meant as one."""
        self._variables, self._declared = {}, []
        self.wrong = self.chance.choice([0.0, 0.03])
        roots = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }
        kind = self.chance.choices(list(roots), [10, 9, 2])[0]
        root = roots[kind] or self.schema.query_type
        assert root is not None
        shown = self._fields(root, DEPTH, self.chance.randint(1, 2) if kind == "query" else 1)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        return Operation(f"{kind}{declared} {{ {shown} }}", self._variables)

    def _errs(self) -> bool:
        return self.chance.random() < self.wrong

    def _selection(self, kind: Any, depth: int) -> str:
        match kind:
            case GraphQLUnionType() | GraphQLInterfaceType():
                possible = self.schema.get_possible_types(kind)
                chosen = self.chance.sample(possible, min(2, len(possible)))
                parts = [f"... on {one.name} {{ {self._fields(one, depth, 3)} }}" for one in chosen]
                return " ".join(["__typename", *parts])
        return self._fields(kind, depth, self.chance.randint(1, 5))

    def _fields(self, kind: GraphQLObjectType, depth: int, count: int) -> str:
        """Select some fields; at the deepest only leaves."""
        possible = {
            name: shown
            for name, shown in kind.fields.items()
            if depth > 1 or is_leaf_type(get_named_type(shown.type))
        }
        chosen = self.chance.sample(list(possible), min(count, len(possible)))
        parts = [self._field(name, possible[name], depth) for name in chosen]
        if self._errs():
            parts.append(self.chance.choice(["nothing", "id { id }", "__schema", "...{}", "@x"]))
        return " ".join(parts or ["__typename"])

    def _field(self, name: str, shown: GraphQLField, depth: int) -> str:
        given = [
            f"{argument}: {self._written(place.type)}"
            for argument, place in shown.args.items()
            if (is_required_argument(place) or self.chance.random() < 0.5) and not self._errs()
        ]
        arguments = f"({', '.join(given)})" if given else ""
        kind = get_named_type(shown.type)
        inside = "" if is_leaf_type(kind) else f" {{ {self._selection(kind, depth - 1)} }}"
        alias = f"{name}Too: " if self.chance.random() < RENAMED else ""
        return f"{alias}{name}{arguments}{'' if self._errs() else inside}"

    def _written(self, kind: GraphQLInputType) -> str:
        """Write a value into the document, or its variable."""
        value = self._value(kind)
        if self.chance.random() < 0.5:
            return literal(value)
        name = f"v{len(self._declared)}"
        self._declared.append(f"${name}: {kind}")
        self._variables[name] = value
        return f"${name}"

    def _value(self, kind: GraphQLInputType) -> Any:
        if self._errs():
            return self.chance.choice([*WRONG, *self.ids])
        match kind:
            case GraphQLNonNull():
                return self._value(kind.of_type)
            case GraphQLList():
                return [self._value(kind.of_type) for _ in range(self.chance.randint(0, 3))]
            case GraphQLEnumType():
                return Name(self.chance.choice(list(kind.values)))
            case GraphQLInputObjectType():
                return self._object(kind)
        if kind.name == "ID" or self.chance.random() < 0.1:
            return self.chance.choice([*self.ids, *WORDS])
        return self.chance.choice(LIKELY.get(kind.name, WORDS))

    def _object(self, kind: GraphQLInputObjectType) -> Json:
        places = kind.fields
        if kind.is_one_of:
            chosen = [self.chance.choice(list(places))]
        else:
            chosen = [
                name
                for name, place in places.items()
                if is_required_input_field(place) or self.chance.random() < 0.4
            ]
        return {name: self._value(places[name].type) for name in chosen if not self._errs()}


def literal(value: Any) -> str:
    """Write a value as GraphQL does."""
    match value:
        case Name():
            return str(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            inside = (f"{name.replace('$', '')}: {literal(one)}" for name, one in value.items())
            return f"{{{', '.join(inside)}}}"
    return json.dumps(value)
