"""Which web pages may make a browser ask."""

import pytest

from api.graphql_requests import BadRequest
from api.origins import is_foreign, refuse_foreign

LISTED = ("https://club.shop.example",)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),  # no browser
        ({"sec-fetch-mode": "cors"}, False),  # Node.js
        ({"sec-fetch-site": "none"}, False),  # typed into the bar
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "https://club.shop.example"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, True),
        ({"origin": "https://evil.example", "host": "api.shop.example"}, True),
        ({"origin": "https://api.shop.example", "host": "api.shop.example"}, False),
        ({"origin": "null", "host": "api.shop.example"}, True),
        ({"origin": "https://club.shop.example.evil.example"}, True),
    ],
)
def test_a_page_is_foreign_unless_it_is_listed_or_of_this_address(
    headers: dict[str, str], foreign: bool
) -> None:
    assert is_foreign(headers, LISTED) is foreign


@pytest.mark.parametrize(
    "header", ["apollo-require-preflight", "x-apollo-operation-name", "authorization"]
)
def test_a_get_that_a_browser_asked_leave_for_is_let_through(header: str) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    with pytest.raises(BadRequest):
        refuse_foreign(headers, LISTED)
    refuse_foreign({**headers, header: "x"}, LISTED)
