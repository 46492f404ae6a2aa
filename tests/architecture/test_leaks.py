"""Nothing of one machine, of a package registry or of unfinished work is in the tree."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files, place

# Each pattern is written so that it does not match itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.}~-])/(?:home|Users|mnt|media|private|var/folders)/[\w.-]+|(?<![\w.}~-])/[r]oot/"
    r"|\b[A-Z]:\\+Users\b"
)
SCRATCH = re.compile(r"(?<![\w.}~-])/(?:var/)?tmp/[\w.-]+")
REGISTRY = re.compile(r"pypi[.]org/simple|files[.]pythonhosted|registry[.]npmjs")
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|NotImplemente[d]Error")
ADDRESS = re.compile(r"https?[:]//")

LOCKS = [
    *("requirements/run.lock", "requirements/dev.lock"),
    *("explorer/package-lock.json", "tests/clients/package-lock.json"),
]
BINARY = {".ico", ".png", ".ttf", ".woff2", ".gz", ".zip"}


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    if path.suffix in BINARY:
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [f"{place(path)}:{n}" for n, line in enumerate(lines, 1) if pattern.search(line)]


def checkout(root: Path) -> re.Pattern[str]:
    """Match where a checkout lies; a folder right below `/` may be a word of the web as well."""
    deep = len(root.parts) > 2
    return re.compile(rf"(?<![\w.}}~-]){re.escape(str(root))}(?![\w-])" if deep else r"(?!)")


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATH, REGISTRY, UNFINISHED], ids=lambda p: p.pattern[:20]
)
def test_no_file_leaks(pattern: re.Pattern[str]) -> None:
    assert [line for path in files() for line in lines_with(pattern, path)] == []


def test_no_file_says_where_this_checkout_lies() -> None:
    where = checkout(ROOT)
    assert [line for path in files() for line in lines_with(where, path)] == []


def test_only_tests_name_files_in_the_scratch_folder() -> None:
    ours = (path for path in files() if path.relative_to(ROOT).parts[0] != "tests")
    assert [line for path in ours for line in lines_with(SCRATCH, path)] == []


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
        (MACHINE_PATH, "see /" + "home/anna/shop"),
        (MACHINE_PATH, '"/' + 'Users/anna"'),
        (MACHINE_PATH, "/" + "root/.cache"),
        (MACHINE_PATH, "C:" + "\\Users\\Anna"),
        (SCRATCH, "open('/" + "tmp/notes.txt')"),
        (checkout(Path("/srv/shop/checkout")), "in /srv/shop/checkout/README.md"),
        (REGISTRY, "https://registry" + ".npmjs.org/vite"),
        (UNFINISHED, "# TO" + "DO: later"),
        (ADDRESS, "http:" + "//example.com"),
    ],
)
def test_a_leak_is_seen(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize("line", ["https://example.com/home/page", "/dev/null", "~/root/x"])
def test_an_address_is_no_leak(line: str) -> None:
    assert not MACHINE_PATH.search(line)
