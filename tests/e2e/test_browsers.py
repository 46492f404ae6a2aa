"""Requests of web pages: those of other sites may ask nothing, those of the list everything."""

import httpx2
import pytest

from tests.e2e.conftest import Serve, Shop

PAGE = "https://club.shop.example"
EVIL = "https://evil.example"
ASKED = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
async def listed(serve: Serve) -> Shop:
    """Serve a page of another origin as well."""
    return await serve(cors_origins=(PAGE,))


async def preflight(shop: Shop, origin: str) -> httpx2.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,apollographql-client-name",
    }
    return await shop.client.request("OPTIONS", "/graphql", headers=headers)


async def test_no_page_of_another_site_gets_leave_unless_it_is_listed(
    shop: Shop, listed: Shop
) -> None:
    for refused in (await preflight(shop, PAGE), await preflight(listed, EVIL)):
        assert refused.status_code in (400, 405)
        assert "access-control-allow-origin" not in refused.headers
    allowed = await preflight(listed, PAGE)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in allowed.headers


async def test_a_listed_page_can_read_the_answer_and_when_to_come_again(listed: Shop) -> None:
    answer = await listed.client.post("/graphql", json=ASKED, headers={"Origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]
    assert "Accept" in answer.headers["vary"]
    other = await listed.client.post("/graphql", json=ASKED, headers={"Origin": EVIL})
    assert "access-control-allow-origin" not in other.headers


async def test_what_a_browser_sends_without_asking_for_leave_is_refused(shop: Shop) -> None:
    foreign = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    for simple in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {**foreign, "Content-Type": simple}
        sent = await shop.client.post(
            "/graphql", content=b'{"query": "{ __typename }"}', headers=headers
        )
        assert sent.status_code == 415
    got = await shop.client.get("/graphql", params=ASKED, headers=foreign)
    assert (got.status_code, got.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site", "Apollo-Require-Preflight": "true"},
        {"Sec-Fetch-Site": "cross-site", "X-Apollo-Operation-Name": "Home"},
    ],
)
async def test_a_get_that_no_page_could_have_sent_unasked_is_answered(
    shop: Shop, headers: dict[str, str]
) -> None:
    assert (await shop.client.get("/graphql", params=ASKED, headers=headers)).status_code == 200


async def test_a_link_to_the_explorer_may_be_anywhere(shop: Shop) -> None:
    headers = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Site": "cross-site"}
    assert (await shop.client.get("/graphql", headers=headers)).status_code in (200, 503)
