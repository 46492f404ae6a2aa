"""No transport is a way round: one module prepares documents and runs them, for all of them.

There they are held to what is registered, to the limits, to the app's version and to the buckets.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import python_files, tree_of

THE_ONE = "graph.py"
RUNS = {
    "graphql": {
        *("execute", "execute_sync", "graphql", "graphql_sync", "subscribe"),
        "create_source_event_stream",
    },
    "api.documents": {"Documents"},
    "api.persisted": {"Register", "open_register"},
}
SCHEMAS = {"graphql", "schema", "app_schema", "staff_schema"}


def runs(tree: ast.Module) -> Iterator[str]:
    """Name what a module imports, or calls, that prepares documents or runs them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (n.name for n in node.names if n.name in RUNS.get(node.module or "", ()))
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in SCHEMAS:
            yield from RUNS["graphql"] & {node.attr}


def test_one_module_prepares_and_runs_documents() -> None:
    found = {path.name: set(runs(tree_of(path))) for path in python_files("api", "schema")}
    assert {"Documents", "open_register", "execute"} <= found.pop(THE_ONE)
    assert found.pop("persisted.py") == {"Documents"}  # which it fills at the start
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from graphql import execute",
        "from graphql import parse, subscribe as follow",
        "from api.documents import Documents",
        "import graphql\ngraphql.graphql_sync(schema, text)",
        "await app_schema.execute(text)",
    ],
)
def test_a_way_round_would_be_seen(source: str) -> None:
    assert list(runs(tree_of(source)))


def test_what_only_reads_is_no_way_round() -> None:
    assert not list(runs(tree_of("from graphql import parse, build_schema")))
    assert not list(runs(tree_of("await self._graph.execute(prepared, context)")))
