"""What the headers of a request come to: the best language, and whether a page is wanted."""

import pytest

from api.graphql_requests import best_language, wants_page


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, ""),
        ("*", ""),
        ("da", "da"),
        ("DA-dk", "da-DK"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("de-CH-1996", "de-CH"),
        ("es-419;q=0.9, fr;q=1.0", "fr"),
        ("en;q=0.5, sv", "sv"),
        ("en, sv", "en"),
        ("en;q=0, sv;q=0.1", "sv"),
        ("en;q=high", ""),
        ("x" * 9_000, ""),
        ("en" + "-aaaaaaaa" * 900 + "!", ""),
        ("{$ne: 1}, nb-NO;q=0.2", "nb-NO"),
    ],
)
def test_the_language_that_is_wanted_most(header: str | None, language: str) -> None:
    assert best_language(header) == language


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/json", False),
        ("application/json, text/html", False),
        ("*/*", False),
        (None, False),
    ],
)
def test_only_a_browser_wants_a_page(accept: str | None, page: bool) -> None:
    assert wants_page(accept) is page
