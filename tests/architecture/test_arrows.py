"""The arrows: import-linter's contracts hold, and a noun is reached through its face alone.

Rules may read the rules of a lower noun: through its face they would bring its store along.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

import grimp

from tests.architecture.sources import ROOT

PURE = (".rules", ".importers")
NOUN_PART = re.compile(r"^(loyalty\.\w+)\.\w+")


def behind_faces(imports: Iterable[tuple[str, str]], nouns: set[str]) -> Iterator[str]:
    """Find imports of a noun's inside from outside of that noun."""
    for importer, imported in imports:
        inside = NOUN_PART.match(imported)
        if inside is None or inside[1] not in nouns:
            continue
        at_home = importer == inside[1] or importer.startswith(f"{inside[1]}.")
        if not at_home and not (importer.endswith(PURE) and imported.endswith(".rules")):
            yield f"{importer} -> {imported}"


def test_the_contracts_hold() -> None:
    # In a process of its own: import-linter silences every logger that exists when it starts.
    lint = "import sys, importlinter.cli as c; sys.exit(c.lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_noun_is_reached_through_its_face() -> None:
    graph = grimp.build_graph("api", "schema", "loyalty", cache_dir=None)
    nouns = {name for name in graph.find_children("loyalty") if graph.find_children(name)}
    assert nouns
    imports = (
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )
    assert sorted(behind_faces(imports, nouns)) == []


def test_an_import_behind_a_face_is_seen() -> None:
    imports = [
        ("schema.wallets", "loyalty.wallets"),
        ("loyalty.wallets.service", "loyalty.wallets.store"),
        ("schema.wallets", "loyalty.wallets.store"),
        ("loyalty.wallets.rules", "loyalty.program.rules"),
        ("loyalty.wallets.service", "loyalty.program.rules"),
        ("schema.wallets", "loyalty.engine"),
    ]
    assert list(behind_faces(imports, {"loyalty.wallets", "loyalty.program"})) == [
        "schema.wallets -> loyalty.wallets.store",
        "loyalty.wallets.service -> loyalty.program.rules",
    ]
