"""Points and money are whole numbers: no float is written on any path that ends in an entry."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, place, python_files, tree_of

EXACT = ("loyalty/wallets", "loyalty/tiers", "loyalty/activities", "loyalty/program")


def floats(tree: ast.Module) -> Iterator[ast.AST]:
    """Find float literals and the name `float`, but where `isinstance` asks in order to refuse."""
    refused = {
        id(name)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "isinstance"
        for name in ast.walk(call)
    }
    for node in ast.walk(tree):
        named = isinstance(node, ast.Name) and node.id == "float" and id(node) not in refused
        if named or (isinstance(node, ast.Constant) and isinstance(node.value, float)):
            yield node


def test_no_float_comes_near_an_entry() -> None:
    paths = python_files(*(folder for folder in EXACT if (ROOT / folder).is_dir()))
    assert paths
    assert [place(path, node) for path in paths for node in floats(tree_of(path))] == []


@pytest.mark.parametrize("source", ["rate = 0.5", "float(amount)", "def f(x: float): ..."])
def test_a_float_is_seen(source: str) -> None:
    assert list(floats(tree_of(source)))


def test_a_float_may_be_refused() -> None:
    assert not list(floats(tree_of("if isinstance(amount, float): raise Refused()")))
