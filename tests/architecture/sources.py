"""What the architecture tests read, files and their syntax trees; it judges nothing."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("api", "schema", "loyalty", "benchmarks", "tests")
NOT_OURS = {
    ".git",
    ".venv",
    "node_modules",
    "static",
    "build",
    "dist",
    "__pycache__",
    ".stamkund",
    ".hypothesis",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str, suffix: str = "") -> Iterator[Path]:
    """Walk our own files under the named folders of the project, or under all of it."""
    for folder in folders or ("",):
        for here, inside, names in os.walk(ROOT / folder):
            inside[:] = sorted(
                name for name in inside if name not in NOT_OURS and not name.endswith("_cache")
            )
            yield from (Path(here, name) for name in sorted(names) if name.endswith(suffix))


def python_files(*folders: str) -> list[Path]:
    """List our Python files under the named folders, or of all code."""
    return list(files(*(folders or CODE), suffix=".py"))


def tree_of(source: str | Path) -> ast.Module:
    """Parse a file, or a text."""
    return ast.parse(source.read_text(encoding="utf-8") if isinstance(source, Path) else source)


def functions(tree: ast.Module) -> Iterator[Function]:
    """Walk every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def decorators(function: Function) -> set[str]:
    """Name a function's decorators by their last word: `field` for `@strawberry.field(...)`."""
    names = set()
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(ast.unparse(called).rpartition(".")[2])
    return names


def place(path: Path, node: ast.AST | None = None) -> str:
    """Write where something is, so that a terminal can open it."""
    line = getattr(node, "lineno", None)
    return f"{path.relative_to(ROOT)}{f':{line}' if line else ''}"
