"""Every relative link of a page leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.architecture.sources import files, place

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def anchors(page: Path) -> set[str]:
    """Name a page's headings the way code hosts do."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(page: Path) -> Iterator[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if ELSEWHERE.match(target):
            continue
        name, _, anchor = unquote(target).partition("#")
        there = page.parent / name if name else page
        if not there.exists() or (
            anchor and there.suffix == ".md" and anchor not in anchors(there)
        ):
            yield target


def test_every_relative_link_leads_somewhere() -> None:
    found = [(place(page), link) for page in files(suffix=".md") for link in broken_links(page)]
    assert found == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Here it is\n[a](page.md) [b](#here-it-is) [c](https://example.com/x)\n"
        "[d](nowhere.md) [e](#nowhere)\n```\n[f](not-a-link.md)\n```\n"
    )
    assert list(broken_links(page)) == ["nowhere.md", "#nowhere"]
