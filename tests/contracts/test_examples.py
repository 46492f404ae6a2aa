"""The explorer's examples: each is an operation its door's schema takes, with its variables."""

import itertools
from collections.abc import Mapping

import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from api.costs import cost_of
from api.explorer import Door
from api.graph import COSTS
from api.greeting import EXAMPLES_DIR, Example, examples, filled
from api.limits import Limits, check_document
from schema import app_schema, core_schema, staff_schema

KINDS: dict[Door, list[str]] = {
    "app": ["newcomer", "member"],
    "staff": ["marketing", "support", "till"],
}
SCHEMAS = {"app": core_schema(app_schema), "staff": core_schema(staff_schema)}
VALUES: Mapping[str, object] = {
    "$newId": lambda: "01900000-0000-7000-8000-000000000001",
    "$purchaseId": "01900000-0000-7000-8000-000000000002",
    "$memberId": "mbr_1",
    "$currencyId": "points",
    "$campaignId": "cmp_1",
    "$offerId": "coffee",
    "$money": "DKK",
    "$now": "2026-03-01T10:00:00.000Z",
}
ALL = [
    (door, example)
    for door, kinds in KINDS.items()
    for example in itertools.chain.from_iterable(examples(door, kind) for kind in kinds)
]


@pytest.mark.parametrize(
    ("door", "example"), ALL, ids=[str(example["title"]) for _, example in ALL]
)
def test_an_example_is_one_named_operation_that_the_schema_takes(
    door: Door, example: Example
) -> None:
    document = parse(example["query"])
    assert example["query"].startswith("# "), "its tab would have no explanation"
    assert validate(SCHEMAS[door], document) == []
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None, "its tab would have no title"
    variables = filled(example["variables"] or {}, VALUES)
    assert "$" not in str(variables)
    assert isinstance(variables, dict)
    taken = get_variable_values(SCHEMAS[door], operation.variable_definitions or (), variables)
    assert not isinstance(taken, list), taken
    (cost,) = check_document(document, Limits())
    assert cost_of(cost, operation, {}) < COSTS["app"] / 4


def test_every_kind_of_user_has_examples_and_every_file_is_one() -> None:
    assert {(door, path.name) for door in KINDS for path in (EXAMPLES_DIR / door).iterdir()} == {
        (door, kind) for door, kinds in KINDS.items() for kind in kinds
    }
    assert len(ALL) == len(list(EXAMPLES_DIR.rglob("*.graphql")))
    assert all(len(examples(door, kind)) >= 3 for door, kinds in KINDS.items() for kind in kinds)
