"""Nothing of one machine, of a package registry or of unfinished work is in the tree."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files, place

# Each pattern is written so that it does not match itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.}])/(?:wor[k]|far[m]|roo[t]|tmp/pla[n]|opt/pyp[i]|opt/wheel[s])/"
)
REGISTRY = re.compile(r"pypi[.]org/simple|files[.]pythonhosted|registry[.]npmjs")
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|NotImplemente[d]Error")
ADDRESS = re.compile(r"https?[:]//")

LOCKS = ["requirements/run.lock", "requirements/dev.lock", "explorer/package-lock.json"]
BINARY = {".ico", ".png", ".ttf", ".woff2", ".gz", ".zip"}


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    if path.suffix in BINARY:
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [f"{place(path)}:{n}" for n, line in enumerate(lines, 1) if pattern.search(line)]


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATH, REGISTRY, UNFINISHED], ids=lambda p: p.pattern[:20]
)
def test_no_file_leaks(pattern: re.Pattern[str]) -> None:
    assert [line for path in files() for line in lines_with(pattern, path)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_no_address(lock: str) -> None:
    assert lines_with(ADDRESS, ROOT / lock) == []


@pytest.mark.parametrize("lock", LOCKS[:2])
def test_every_locked_library_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(pins) > 30
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, "see /" + "work/shared"),
        (REGISTRY, "https://registry" + ".npmjs.org/vite"),
        (UNFINISHED, "# TO" + "DO: later"),
        (ADDRESS, "http:" + "//example.com"),
    ],
)
def test_a_leak_is_seen(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)
