"""Every field of the staff door with every role and every scope: allowed as docs/roles.md says."""

import re
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    is_leaf_type,
)

from api.contracts import roles
from api.integration_keys import SCOPES
from schema import core_schema, staff_schema
from schema.permissions import Role
from tests.e2e.conftest import Json, Person, Shop
from tests.e2e.sockets import socket
from tests.e2e.test_doors import key

GRAPH = core_schema(staff_schema)
SCALARS: dict[str, Any] = {
    "Boolean": False,
    "CurrencyCode": "EUR",
    "DateTime": "2026-03-02T12:00:00Z",
    "ID": "x",
    "Int": 1,
    "Locale": "en",
    "Points": 1,
    "String": "x",
}


def value(kind: Any) -> Any:
    """Make up a value that can be read; whether it makes sense does not matter."""
    if isinstance(kind, GraphQLNonNull):
        return value(kind.of_type)
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLScalarType):
        return SCALARS[kind.name]
    assert isinstance(kind, GraphQLInputObjectType)
    if kind.is_one_of:
        name, field = next(iter(kind.fields.items()))
        return {name: value(field.type)}
    return {
        name: value(field.type)
        for name, field in kind.fields.items()
        if isinstance(field.type, GraphQLNonNull)
    }


def call(verb: str, name: str, field: GraphQLField) -> tuple[str, dict[str, Any]]:
    """Write a call of a field with made-up arguments."""
    given = {n: a for n, a in field.args.items() if isinstance(a.type, GraphQLNonNull)}
    head = ", ".join(f"${n}: {a.type}" for n, a in given.items())
    arguments = ", ".join(f"{n}: ${n}" for n in given)
    kind = field.type
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    shown = "" if is_leaf_type(kind) else "{ __typename }"
    document = (
        f"{verb}{f'({head})' if head else ''} "
        f"{{ {name}{f'({arguments})' if arguments else ''} {shown} }}"
    )
    return document, {n: value(a.type) for n, a in given.items()}


def calls() -> dict[str, tuple[str, dict[str, Any]]]:
    found = {}
    roots = {
        "query": GRAPH.query_type,
        "mutation": GRAPH.mutation_type,
        "subscription": GRAPH.subscription_type,
    }
    for verb, root in roots.items():
        assert isinstance(root, GraphQLObjectType)
        found.update({name: call(verb, name, field) for name, field in root.fields.items()})
    return found


def matrix() -> dict[str, dict[str, bool]]:
    """Read the page: who may use each field."""
    page = roles.PAGE.read_text(encoding="utf-8").partition("## Scopes")[0]
    found = {}
    row = r"^\| `(\w+)` \| (yes)? ?\| (yes)? ?\| (yes)? ?\| ?(.*?) ?\|$"
    for name, *cells, scopes in re.findall(row, page, re.MULTILINE):
        allowed = {role.value: cell == "yes" for role, cell in zip(roles.ROLES, cells, strict=True)}
        allowed |= {scope: scopes == "any" or f"`{scope}`" in scopes for scope in SCOPES}
        found[name] = allowed
    return found


@pytest.fixture(scope="module")
async def callers(shop: Shop) -> dict[str, Person]:
    people = {role.value: shop.staff(role.value) for role in Role}
    return people | {scope: await key(shop, scope) for scope in sorted(SCOPES)}


async def answered(shop: Shop, person: Person, document: str, variables: Json) -> set[str]:
    """Give the codes of what is answered; of a subscription, over a socket, at first."""
    if document.startswith("subscription"):
        async with socket(shop, "staff") as one:
            await one.begin(person.token)
            await one.subscribe("1", document, variables)
            message = await one.hear()
        errors = message["payload"] if message["type"] == "error" else ()
    else:
        errors = (await person.post(document, variables)).json().get("errors", ())
    return {error["extensions"]["code"] for error in errors}


def test_the_page_has_every_field() -> None:
    assert set(matrix()) == set(calls())


@pytest.mark.parametrize("name", calls())
async def test_a_field_is_open_to_those_the_page_names(
    shop: Shop, callers: dict[str, Person], name: str
) -> None:
    document, variables = calls()[name]
    found = {}
    for who, person in callers.items():
        codes = await answered(shop, person, document, variables)
        assert codes <= {"FORBIDDEN", "BAD_USER_INPUT", "NOT_FOUND"}, codes
        found[who] = "FORBIDDEN" not in codes
    assert found == matrix()[name]
    no_staff = shop.member(await shop.enrol()).token
    response = await shop.anyone("staff", no_staff).post(document, variables)
    assert response.status_code == 401 or "FORBIDDEN" in response.text
    assert "UNAUTHENTICATED" in (await shop.anyone("staff").post(document, variables)).text
