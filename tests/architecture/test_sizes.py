"""Ceilings of files, functions and signatures: what passes one is split."""

import ast
from pathlib import Path

from tests.architecture.sources import (
    Function,
    decorators,
    functions,
    place,
    python_files,
    tree_of,
)

MODULE_LINES = 400
FACE_NAMES = 30
FUNCTION_LINES = 70
FUNCTION_LINES_AIM = 50
PARAMETERS = 5
RESOLVER_STATEMENTS = 5

RESOLVERS = {"field", "mutation", "subscription"}
# The options of a command are its help page, and typer takes each from a parameter.
COMMANDS = {"command", "callback"}


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def face_names(path: Path) -> int:
    """Count the names a face shows; -1 for one that does more than show names."""
    body = tree_of(path).body
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    if not all(isinstance(node, allowed) for node in body):
        return -1
    return sum(len(node.names) for node in body if isinstance(node, ast.ImportFrom))


def parameter_count(function: Function) -> int:
    """Count what a caller has to know; the object itself and GraphQL's `info` are given."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([argument for argument in named if argument.arg not in {"self", "cls", "info"}])


def statement_count(function: Function) -> int:
    nested = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    return len(nested) - 1 - (ast.get_docstring(function) is not None)


def test_files_stay_below_their_ceiling() -> None:
    counts = {place(path): line_count(path) for path in python_files()}
    assert counts
    assert {name: count for name, count in counts.items() if count > MODULE_LINES} == {}


def test_the_face_of_a_noun_is_short_and_only_shows_names() -> None:
    faces = [path for path in python_files("loyalty") if path.match("loyalty/*/__init__.py")]
    assert faces
    assert [place(path) for path in faces if not 0 <= face_names(path) <= FACE_NAMES] == []


def test_functions_stay_below_their_ceiling() -> None:
    too_long = [
        place(path, function)
        for path in python_files()
        for function in functions(tree_of(path))
        if length(function) > FUNCTION_LINES
    ]
    assert too_long == []


def test_functions_over_the_aim_are_rare() -> None:
    found = [(path, function) for path in python_files() for function in functions(tree_of(path))]
    over = [
        place(path, function) for path, function in found if length(function) > FUNCTION_LINES_AIM
    ]
    assert len(over) <= len(found) // 50, over


def test_more_than_five_parameters_are_a_dataclass() -> None:
    too_many = [
        place(path, function)
        for path in python_files("api", "schema", "loyalty", "benchmarks")
        for function in functions(tree_of(path))
        if parameter_count(function) > PARAMETERS and not decorators(function) & COMMANDS
    ]
    assert too_many == []


def test_resolvers_translate_and_nothing_more() -> None:
    too_busy = [
        place(path, function)
        for path in python_files("schema")
        for function in functions(tree_of(path))
        if decorators(function) & RESOLVERS and statement_count(function) > RESOLVER_STATEMENTS
    ]
    assert too_busy == []


def test_these_measures_measure() -> None:
    body = "\n".join(f"        x{n} = {n}" for n in range(6))
    source = (
        "class Query:\n"
        "    @strawberry.field(description='d')\n"
        "    async def me(self, info, *, a, b, c, d, e, f):\n"
        "        '''Say.'''\n"
        f"{body}\n"
    )
    (function,) = functions(tree_of(source))
    assert decorators(function) == {"field"}
    assert parameter_count(function) == 6
    assert statement_count(function) == 6
    assert length(function) == 8
