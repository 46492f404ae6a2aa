"""The operations of the app: valid, named as their files, and within every limit of the server."""

import re
from collections import Counter
from pathlib import Path

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)

from api.costs import cost_of
from api.graph import COSTS
from api.limits import Limits, check_document
from schema import app_schema
from tests.e2e.operations import OPERATIONS, operation, operation_names

GRAPH = build_schema(app_schema.as_str())
E2E = Path(__file__).parents[1] / "e2e"
PROMISED = {"HomeScreen", "WalletHistory", "TierLadder", "RegisterDevice", "UpdateProfile"}


def test_the_promised_operations_are_there() -> None:
    assert set(operation_names()) >= PROMISED


@pytest.mark.parametrize("name", operation_names())
def test_an_operation_is_valid_and_bears_the_name_of_its_file(name: str) -> None:
    document = parse(operation(name))
    assert validate(GRAPH, document) == []
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    assert [o.name.value for o in operations if o.name] == [name]
    (cost,) = check_document(document, Limits())
    assert cost_of(cost, operations[0], {}) < COSTS["app"] / 4


@pytest.mark.parametrize("name", operation_names())
def test_an_operation_says_what_it_is_for(name: str) -> None:
    first = operation(name).splitlines()[0]
    assert first.startswith("# ")
    assert first.endswith(".")


@pytest.mark.parametrize("name", operation_names())
def test_a_mutation_asks_for_its_refusals(name: str) -> None:
    text = operation(name)
    if "mutation " in text:
        assert "userErrors" in text


def test_every_operation_is_run_verbatim_against_a_server() -> None:
    stories = "".join(path.read_text("utf-8") for path in E2E.rglob("*.py"))
    run = re.compile(r"""(?:run|operation|done|follow)\((?:\w+, )?"(\w+)\"""")
    assert set(operation_names()) - set(run.findall(stories)) == set()


def test_a_fragment_has_its_name_alone() -> None:
    """Clients are generated from all files at once, and each file can be sent as it is."""
    fragments = Counter(
        definition.name.value
        for name in operation_names()
        for definition in parse(operation(name)).definitions
        if isinstance(definition, FragmentDefinitionNode)
    )
    assert [name for name, count in fragments.items() if count > 1] == []


class Nodes(Visitor):
    """Note where a node is asked for without its id; a fragment is looked at by itself."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types
        self.without: list[str] = []

    def enter_selection_set(
        self, node: SelectionSetNode, _key: object, parent: object, *_: object
    ) -> None:
        kind = self.types.get_parent_type()
        is_node = isinstance(kind, GraphQLObjectType) and "Node" in map(str, kind.interfaces)
        fields = {part.name.value for part in node.selections if isinstance(part, FieldNode)}
        has_fragment = any(isinstance(part, FragmentSpreadNode) for part in node.selections)
        if is_node and not (
            "id" in fields or has_fragment or isinstance(parent, InlineFragmentNode)
        ):
            self.without.append(str(kind))


@pytest.mark.parametrize("name", operation_names())
def test_every_node_is_asked_for_with_its_id(name: str) -> None:
    """A cache knows by the id what it has already."""
    nodes = Nodes(TypeInfo(GRAPH))
    visit(parse(operation(name)), TypeInfoVisitor(nodes.types, nodes))
    assert nodes.without == []


def test_nothing_else_lies_among_the_operations() -> None:
    assert {path.suffix for path in OPERATIONS.iterdir()} == {".graphql"}
