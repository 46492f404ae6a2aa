"""The page the app team reads first: its numbers are the server's, its codes are ones it sends."""

import re
from pathlib import Path

from graphql import GraphQLObjectType, build_schema, get_named_type

from api import graphql_ws, live_connections, wires
from api.contracts import FOLDER
from api.graph import COSTS
from api.limits import Limits
from api.metrics import CODES
from api.settings import Settings
from loyalty.push.service import news
from schema import app_schema
from schema.pagination import PAGE_LIMIT, PAGE_SIZE
from tests.e2e.operations import operation_names

PAGE = (Path(FOLDER) / "README.md").read_text(encoding="utf-8")


def test_the_limits_are_those_of_the_server() -> None:
    limits = Limits(cost=COSTS["app"])
    body = Settings.model_fields["body_limit_bytes"].default
    rows = re.findall(r"^\| ([^|]+?) \| ([\d,]+)( KiB)? \|$", PAGE, re.MULTILINE)
    assert {name: int(number.replace(",", "")) for name, number, _ in rows} == {
        "mutation fields in an operation": limits.mutation_fields,
        "root fields of a query": limits.root_fields,
        "depth": limits.depth,
        "fields": limits.fields,
        "aliases": limits.aliases,
        "directives": limits.directives,
        "fragments": limits.fragments,
        "operations in a document": limits.operations,
        "tokens of a document": limits.tokens,
        "cost": limits.cost,
        "body": body // 1_024,
        "items of a page (`first`, `last`)": PAGE_LIMIT,
    }
    assert f"`first` (1 to {PAGE_LIMIT}; {PAGE_SIZE} when left out)" in PAGE


def test_every_operation_has_its_screen() -> None:
    table = PAGE[PAGE.index("## The screens") : PAGE.index("## Offline and again")]
    assert sorted(re.findall(r"`(\w+)`", table)) == operation_names()


def test_the_mutations_with_keys_are_told() -> None:
    graph = build_schema(app_schema.as_str())
    assert graph.mutation_type is not None
    keyed = {
        name
        for name, field in graph.mutation_type.fields.items()
        if "key" in get_named_type(field.args["input"].type).fields
    }
    told = PAGE[PAGE.index("* Keys are taken by") :].partition("All others")[0]
    assert set(re.findall(r"`(\w+)`", told)) == keyed


def test_the_cache_keeps_apart_what_has_an_id_everywhere() -> None:
    page = (FOLDER / "clients.md").read_text(encoding="utf-8")
    told = page.partition("is an object of its own**:")[2].partition(", by")[0]
    graph = build_schema(app_schema.as_str())
    nodes = {
        name
        for name, kind in graph.type_map.items()
        if isinstance(kind, GraphQLObjectType) and "Node" in {i.name for i in kind.interfaces}
    }
    assert set(re.findall(r"`(\w+)`", told)) == nodes
    for kind in nodes:
        assert len(re.findall(rf"\b{kind}\b", page)) >= 3  # Kotlin's is of the interface


def test_the_deep_links_are_those_of_the_pushes() -> None:
    assert set(re.findall(r"`(stamkund://[\w/]+)`", PAGE)) == set(news.LINKS)


def test_the_codes_that_sockets_are_closed_with_are_told() -> None:
    table = PAGE[PAGE.index("| close code |") : PAGE.index("Streams end with an error instead")]
    told = {int(code) for row in table.splitlines() for code in re.findall(r"\d{4}", row[:24])}
    parts = [*vars(graphql_ws).values(), *vars(live_connections).values()]
    named = {each.code for each in parts if isinstance(each, live_connections.End)}
    in_use, of_the_server = 4409, {1009, 1011}
    assert told == named | {in_use, wires.TOO_SLOW} | of_the_server


def test_the_codes_are_ones_that_are_sent() -> None:
    table = PAGE[PAGE.index("## When it goes wrong") : PAGE.index("## Limits of a request")]
    assert set(re.findall(r"`([A-Z_]{6,})`", table)) <= set(CODES)
