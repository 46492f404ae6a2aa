"""Below the process nobody looks at the clock: what time it is comes in, from `engine.clock`."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, place, python_files, tree_of

BELOW_THE_PROCESS = ("loyalty", "schema")
LOOKS = {"now", "today", "utcnow"}
# The firebase-admin sender measures how long an attempt took, to know whether it may try again.
MEASURES = {ROOT / "loyalty/push/fcm/sdk.py": {"time.monotonic"}}


def looks_at_the_clock(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Find what asks for the present: `datetime.now(...)` and its like, and all of `time`."""
    modules = {"time"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {name.asname for name in node.names if name.name == "time" and name.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from ((node, f"time.{name.name}") for name in node.names)
        elif isinstance(node, ast.Attribute):
            home = ast.unparse(node.value)
            if home in modules:
                yield node, f"time.{node.attr}"
            elif node.attr in LOOKS and home.rpartition(".")[2] in {"datetime", "date"}:
                yield node, f"{home}.{node.attr}"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")
            if called[2] in LOOKS and called[0].rpartition(".")[2] not in {"datetime", "date"}:
                yield node, called[2]


def test_only_the_process_looks_at_the_clock() -> None:
    paths = python_files(*BELOW_THE_PROCESS)
    assert paths
    found = [
        f"{place(path, node)} {name}"
        for path in paths
        for node, name in looks_at_the_clock(tree_of(path))
        if name not in MEASURES.get(path, set())
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "field(default_factory=datetime.now)",
        "import time\ntime.time()",
        "import time as t\nt.time_ns()",
        "from time import perf_counter",
        "now()",
    ],
)
def test_a_look_at_the_clock_is_seen(source: str) -> None:
    assert len(list(looks_at_the_clock(tree_of(source)))) == 1


@pytest.mark.parametrize(
    "source", ["engine.clock()", "reader.now", "time(12)", "at.time()", "from datetime import time"]
)
def test_a_time_that_comes_in_may_be_used(source: str) -> None:
    assert list(looks_at_the_clock(tree_of(source))) == []
