"""Limits of documents: what is counted, costs, that fragments are counted once each, in no time."""

import time

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from api import limits as limits_module
from api.costs import cost_of
from api.limits import Limits, TooComplex, check_document

LIMITS = Limits()


def refused(source: str, limits: Limits = LIMITS) -> str | None:
    """Name the ceiling a document passes, if any."""
    try:
        check_document(parse(source), limits)
    except TooComplex as error:
        extensions = error.extensions or {}
        return str(extensions["limit"]) if extensions["code"] == "QUERY_TOO_COMPLEX" else "no code"
    return None


def nested(depth: int) -> str:
    return "{ a" * depth + " }" * depth


def test_an_ordinary_document_passes() -> None:
    assert refused("query { me { id wallet { balances { balance } } } }") is None
    assert refused(get_introspection_query()) is None


@pytest.mark.parametrize(
    ("within", "over", "what"),
    [
        (nested(12), nested(13), "depth"),
        (
            "{ a { " + "b " * 398 + "} }",
            "{ a { " + "b " * 400 + "} }",
            "fields",
        ),
        (
            "{ a { " + " ".join(f"x{n}: b" for n in range(30)) + " } }",
            "{ a { " + " ".join(f"x{n}: b" for n in range(31)) + " } }",
            "aliases",
        ),
        ("{ a" + " @b" * 30 + " }", "{ a" + " @b" * 31 + " }", "directives"),
        ("query" + " @b" * 30 + " { a }", "query" + " @b" * 31 + " { a }", "directives"),
        ("{ " + "a " * 10 + "}", "{ " + "a " * 11 + "}", "root fields"),
        ("mutation { a }", "mutation { a b }", "mutation fields"),
        ("mutation { __typename a }", "mutation { __typename a b }", "mutation fields"),
        (
            "mutation { ...F } fragment F on M { a }",
            "mutation { ...F } fragment F on M { a b }",
            "mutation fields",
        ),
        (
            " ".join(f"query Q{n} {{ a }}" for n in range(10)),
            " ".join(f"query Q{n} {{ a }}" for n in range(11)),
            "operations",
        ),
        (
            "{ a }" + " ".join(f"fragment F{n} on Q {{ a }}" for n in range(40)),
            "{ a }" + " ".join(f"fragment F{n} on Q {{ a }}" for n in range(41)),
            "fragments",
        ),
    ],
    ids=[*"12345678", "fragment-root", "operations", "fragments"],
)
def test_a_ceiling_is_the_last_that_passes(within: str, over: str, what: str) -> None:
    assert refused(within) is None
    assert refused(over) == what


def test_fragments_count_wherever_they_are_spread() -> None:
    fragment = " fragment F on Q { " + "b " * 150 + "}"
    assert refused("{ a { ...F ...F } }" + fragment) is None
    assert refused("{ a { ...F ...F ...F } }" + fragment) == "fields"
    assert refused("{ a { ... on Q { " + "b " * 400 + "} } }") == "fields"
    deep = " fragment F on Q { b { b { b { b { b } } } } }"
    assert refused("{ a { a { a { a { a { a { a { ...F } } } } } } } }" + deep) is None
    assert refused("{ a { a { a { a { a { a { a { a { ...F } } } } } } } } }" + deep) == "depth"


def test_what_is_in_no_operation_is_measured_too() -> None:
    assert refused("{ a } fragment F on Q " + nested(13)) == "depth"


def test_circles_and_unknown_fragments_are_left_to_validation() -> None:
    assert refused("{ ...F } fragment F on Q { a ...F }") is None
    assert refused("{ ...F } fragment F on Q { a ...G } fragment G on Q { ...F }") is None
    assert refused("{ ...None }") is None


def test_introspection_may_nest() -> None:
    assert refused("{ __schema " + nested(30) + " }") is None


def test_a_bomb_is_measured_in_no_time() -> None:
    started = time.thread_time()
    assert refused(bomb(39, 2)) == "fields"
    assert time.thread_time() - started < 1


def bomb(fragments: int, spreads: int) -> str:
    """Write fragments that each spread the next one so many times."""
    chain = " ".join(
        f"fragment F{n} on Q {{ {f'...F{n + 1} ' * spreads}}}" for n in range(fragments)
    )
    return "{ a { ...F0 } } " + chain + f" fragment F{fragments} on Q {{ a }}"


@pytest.mark.parametrize("spreads", [2, 20])
def test_a_bomb_takes_one_look_at_each_of_its_nodes(
    spreads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    really = limits_module._Measure._selection_size

    def counted(self: limits_module._Measure, node: object) -> limits_module.Size:
        nonlocal looks
        looks += 1
        return really(self, node)

    monkeypatch.setattr(limits_module._Measure, "_selection_size", counted)
    boundless = Limits(fields=10**100, fragments=100)
    for fragments in (15, 30, 60):
        looks = 0
        assert refused(bomb(fragments, spreads), boundless) is None
        assert looks <= fragments * spreads + 5


BOTH = "query ($f: Int, $l: Int) { list(first: $f, last: $l) { edges { a } } }"


def cost(source: str, **variables: object) -> int:
    """Give what the first operation of a document costs."""
    document = parse(source)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return cost_of(check_document(document, LIMITS)[0], operation, variables)


@pytest.mark.parametrize(
    ("source", "variables", "expected"),
    [
        ("{ a { b c } }", {}, 3),
        ("{ list(first: 7) { edges { node { a } } pageInfo { b } } }", {}, 1 + 7 * 3 + 2),
        ("{ list { edges { cursor } } }", {}, 1 + 20 * 2),
        ("{ list(last: 3) { edges { cursor } } }", {}, 1 + 3 * 2),
        ("{ list(first: 2000) { edges { a } } }", {}, 1 + 100 * 2),
        ("{ list(first: -1) { edges { a } } }", {}, 1 + 2),
        ("{ list(first: 99999999999) { x: edges { a } } }", {}, 1 + 100 * 2),
        ('{ list(first: "x") { edges { a } } }', {}, 1 + 20 * 2),
        ("query ($n: Int!) { list(first: $n) { edges { a } } }", {"n": 4}, 1 + 4 * 2),
        ("query ($n: Int!) { list(first: $n) { edges { a } } }", {"n": 4.0}, 1 + 4 * 2),
        ("query ($n: Int!) { list(first: $n) { edges { a } } }", {"n": 10**30}, 1 + 100 * 2),
        ("query ($n: Int!) { list(first: $n) { edges { a } } }", {"n": "4"}, 1 + 20 * 2),
        ("query ($n: Int!) { list(first: $n) { edges { a } } }", {}, 1 + 20 * 2),
        ("query ($n: Int! = 5) { list(first: $n) { edges { a } } }", {}, 1 + 5 * 2),
        ("query ($n: Int! = 5) { list(first: $n) { edges { a } } }", {"n": 6}, 1 + 6 * 2),
        ("{ list(first: null, last: 100) { edges { a } } }", {}, 1 + 100 * 2),
        ("query ($n: Int) { list(first: $n, last: 30) { edges { a } } }", {}, 1 + 30 * 2),
        (BOTH, {"f": None, "l": 100}, 1 + 100 * 2),
        (BOTH, {"f": 3}, 1 + 3 * 2),
        (BOTH, {}, 1 + 20 * 2),
        (BOTH, {"f": 3, "l": 100}, 1 + 100 * 2),
        (
            "query ($n: Int!) { out(first: $n) { edges { in(first: $n) { edges { a } } } } }",
            {"n": 10},
            1 + 10 * (1 + 1 + 10 * 2),
        ),
        (
            """{ x: list(first: 3) { ...P } y: list(first: 5) { ...P } }
            fragment P on C { edges { ...I } } fragment I on E { a b }""",
            {},
            2 + 3 * 3 + 5 * 3,
        ),
    ],
    ids=range(23),
)
def test_items_of_a_page_cost_each(
    source: str, variables: dict[str, object], expected: int
) -> None:
    assert cost(source, **variables) == expected


def test_a_bomb_of_pages_is_measured_in_no_time() -> None:
    chain = " ".join(
        f"fragment F{n} on Q {{ a(first: $v{n}) {{ edges {{ ...F{n + 1} b }} }} }}"
        for n in range(5)
    )
    names = " ".join(f"x{n}: a(first: $w{n}) {{ edges {{ ...F2 }} }}" for n in range(20))
    started = time.thread_time()
    assert cost("{ r { ...F0 " + names + " } } " + chain + " fragment F5 on Q { a }") > 5_000
    assert time.thread_time() - started < 1
