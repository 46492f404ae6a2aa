"""What a request comes to: its parameters, the best language, and whether a page is wanted."""

import pytest
from starlette.requests import Request

from api.graphql_requests import (
    JSON,
    RESPONSE_JSON,
    BadRequest,
    Parameters,
    choose_media_type,
    read_parameters,
    wanted_languages,
    wants_page,
)


async def read(query: bytes, limit: int = 100) -> Parameters:
    """Read the query of an address."""
    scope = {"type": "http", "method": "GET", "query_string": query, "headers": []}
    return await read_parameters(Request(scope), limit)


async def test_an_address_says_what_a_body_would() -> None:
    asked = await read(b"query=%7Ba%7D&variables=%7B%22n%22%3A1%7D&operationName=&x=1")
    assert asked == Parameters("{a}", {"n": 1}, None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (b"query=" + b"a" * 94, 200),
        (b"query=" + b"a" * 95, 414),
        (b"query=%7Ba%7D&query=%7Bb%7D", 400),
        (b"query=%ff", 400),
        (b"query=\xff", 400),
        (b"&".join(b"x=1" for _ in range(21)), 400),
        (b"query=%7Ba%7D&variables=%7B", 400),
        (b"query=%7Ba%7D&variables=1", 422),
        (b"", 422),
    ],
    ids=range(9),
)
async def test_an_address_is_read_strictly(query: bytes, status: int) -> None:
    try:
        await read(query)
    except BadRequest as bad:
        found = bad.status
    else:
        found = 200
    assert found == status


@pytest.mark.parametrize(
    ("accept", "favourite", "media"),
    [
        (None, JSON, JSON),
        (None, RESPONSE_JSON, RESPONSE_JSON),
        ("application/*", RESPONSE_JSON, RESPONSE_JSON),
        (f"{JSON}, */*;q=0.5", RESPONSE_JSON, JSON),
        (f"{RESPONSE_JSON};q=0.5, {JSON}", RESPONSE_JSON, JSON),
    ],
)
def test_who_takes_anything_gets_the_favourite(
    accept: str | None, favourite: str, media: str
) -> None:
    assert choose_media_type(accept, favourite) == media


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
    assert [*wanted_languages(header), ""][0] == language


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", ("de-DE", "de", "en")),
        ("en;q=0.8, fi, sv-fi;q=0.9", ("fi", "sv-FI", "en")),
        ("fi, *;q=0.1, fi;q=0.5, en;q=0", ("fi",)),
        (
            ",".join(f"a{letter}" for letter in "bcdefghijklmno"),
            tuple(f"a{x}" for x in "bcdefghijk"),
        ),
    ],
)
def test_languages_are_in_the_order_in_which_they_are_wanted(
    header: str, languages: tuple[str, ...]
) -> None:
    assert wanted_languages(header) == languages


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
