"""Every library that the product imports is declared, by its own name and not by another's need."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.architecture.sources import CODE, ROOT, python_files, tree_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PRODUCT = ("api", "schema", "loyalty")
COME_WITH = {"bson": "pymongo", "google": "firebase-admin"}


def plain(requirement: str) -> str:
    """Take a requirement's name, as package indexes compare names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - set(CODE)


def test_what_the_product_imports_is_declared() -> None:
    declared = {plain(requirement) for requirement in PROJECT["project"]["dependencies"]}
    sources = packages_distributions()
    used = set[str]().union(*(imported(tree_of(path)) for path in python_files(*PRODUCT)))
    assert used
    known = {name: [COME_WITH.get(name, ""), *map(plain, sources.get(name, []))] for name in used}
    assert {name for name, homes in known.items() if not declared & set(homes)} == set()


def test_an_import_is_seen_wherever_it_stands() -> None:
    source = "import h2.config\ndef f():\n    from anyio import to_thread\n    import json\n"
    assert imported(tree_of(source)) == {"h2", "anyio"}
