"""Traps into which servers like this one have fallen, by what a client sees of each.

Documents that expand, bodies that are none and suggestions are in `test_requests`.
"""

import orjson
import pytest
from structlog.testing import capture_logs

from tests.e2e.conftest import Json, Shop
from tests.e2e.test_refusals import ADJUST, spending

EVERYTHING = "application/graphql-response+json, application/json, text/event-stream"
ENTRIES = """
query ($n: Int, $after: String) {
  me { wallet { entries(first: $n, after: $after) { edges { cursor } } } }
}
"""
RENAME = """
mutation ($i: MemberUpdateProfileInput!) {
  memberUpdateProfile(input: $i) { member { firstName } }
}
"""


async def test_a_query_of_a_client_that_would_also_take_a_stream_is_no_stream(shop: Shop) -> None:
    anyone = shop.anyone("app", None, Accept=EVERYTHING)
    response = await anyone.post("{ program { id } }")
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    assert response.json()["data"] == {"program": {"id": "corner-shop"}}


async def test_what_a_value_must_be_is_told_and_not_masked(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    (error,) = await member.errors(ENTRIES, {"n": "ten"})
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "Int" in error["message"]


async def test_a_refused_document_is_refused_the_second_time_as_well(shop: Shop) -> None:
    deep = "{ me " + "{ a " * 15 + "}" * 15 + " }"
    for query, code in ((deep, "QUERY_TOO_COMPLEX"), ("{ no }", "GRAPHQL_VALIDATION_FAILED")):
        for _ in range(3):
            assert set(await shop.anyone().codes(query)) == {code}
    needs = "query ($x: Boolean!) { program { id @include(if: $x) } }"
    for _ in range(2):
        assert await shop.anyone().codes(needs, {"x": None}) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("points", [2**63, -(2**63) - 1, 10**40, 1e300, 1.5])
async def test_a_number_that_the_database_cannot_hold_is_a_mistake_of_who_sent_it(
    shop: Shop, points: float
) -> None:
    member_id = await shop.enrol()
    given: Json = spending(member_id, 1)
    given["input"]["points"] = points
    for code in await shop.staff().codes(ADJUST, given):
        assert code == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff\\ud800"', '"a\\u0000b"'])
async def test_a_text_that_the_database_cannot_hold_is_a_mistake_of_who_sent_it(
    shop: Shop, text: str
) -> None:
    member = shop.member(await shop.enrol())
    body = orjson.dumps({"query": RENAME, "variables": {"i": {"firstName": "@"}}})
    response = await shop.client.post(
        "/graphql",
        content=body.replace(b'"@"', text.encode()),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {member.token}"},
    )
    assert response.status_code in (200, 400)
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_log_has_no_word_of_a_document(shop: Shop) -> None:
    secret = "asta@example.com"
    queries = [
        f'{{ memberByMail(mail: "{secret}") {{ id }} }}',
        f'{{ node(id: "{secret}") {{ nothing }} }}',
        f'{{ me {{ id(mail: "{secret}") }}',
        f"# {secret}\n" + "{ a " * 20 + "}" * 20,
    ]
    with capture_logs() as lines:
        for query in queries:
            await shop.anyone().post(query, {"mail": secret})
    noted = [line for line in lines if line["event"] == "graph_error"]
    assert [set(line) - {"event", "log_level", "door"} for line in noted] == [{"code", "hash"}] * 4
    assert "example.com" not in repr(lines)
    assert "node" not in repr(lines)


@pytest.mark.parametrize(
    "variables",
    [{"n": 0}, {"n": -1}, {"n": 101}, {"n": 1, "after": "x"}, {"n": 1, "after": ""}, {"n": 2**31}],
)
async def test_a_page_that_cannot_be_is_a_mistake_of_who_sent_it(
    shop: Shop, variables: Json
) -> None:
    member = shop.member(await shop.enrol())
    assert await member.codes(ENTRIES, variables) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("query=%7Bprogram%7Bid%7D%7D&query=%7B__typename%7D", 400),
        ("query=%ff", 400),
        ("query=%7B__typename%7D&variables=%7B%22a%22%3A1%2C%22a%22%3A2%7D", 400),
        ("query=%7B__typename%7D&extensions=1", 400),
        ("query=%7B__typename%7D&" + "&".join(f"x{n}=1" for n in range(30)), 400),
        ("query=%7B__typename%7D&operationName=&variables=&extensions=", 200),
        ("query=query%20null%7B__typename%7D&operationName=null", 200),
        ("query=%7B__typename%7D&utm_source=mail", 200),
    ],
    ids=range(8),
)
async def test_an_address_is_read_as_strictly_as_a_body(
    shop: Shop, query: str, status: int
) -> None:
    response = await shop.client.get(f"/graphql?{query}")
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/json")
    assert ("data" in response.json()) == (status == 200)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/livez", 405)]
)
async def test_what_is_not_there_is_told_in_json(
    shop: Shop, method: str, path: str, status: int
) -> None:
    response = await shop.client.request(method, path)
    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"] in ("NOT_FOUND", "BAD_USER_INPUT")
