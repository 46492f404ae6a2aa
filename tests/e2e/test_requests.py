"""Requests as they come: malformed, hostile, slow; each gets an answer in JSON with a code."""

import asyncio
import time
from typing import Any

import httpx2
import orjson
import pytest

from loyalty.errors import Unavailable
from loyalty.mongo import Mongo
from tests.e2e.conftest import Json, Serve, Shop

JSON = {"Content-Type": "application/json"}
NEWER = "application/graphql-response+json"
DEEP = "[" * 20_000 + "]" * 20_000


async def post(shop: Shop, body: bytes | str, **headers: str) -> httpx2.Response:
    content = body.encode() if isinstance(body, str) else body
    return await shop.client.post("/graphql", content=content, headers={**JSON, **headers})


def code(response: httpx2.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b'"query"',
        b"{",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": 7}',
        b'{"query": "{ __typename }", "query": "{ me { id } }"}',
        b'{"query": "{ __typename }", "variables": {"a": 1, "a": 2}}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "operationName": {}}',
        b'{"query": "{ __typename }", "extensions": []}',
        b'{"query": "{ __typename }", "variables": {"a": NaN}}',
        b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + DEEP.encode() + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
        b"\x1f\x8b\x08\x00",
    ],
    ids=range(22),
)
async def test_what_is_no_request_is_400_in_json(shop: Shop, body: bytes) -> None:
    for accept in ("application/json", NEWER):
        response = await post(shop, body, Accept=accept)
        assert response.status_code == 400
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert code(response) == "BAD_USER_INPUT"
        assert "data" not in response.json()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Accept": "text/event-stream"}, 406),
        ({"Accept": "application/json;q=0"}, 406),
        ({"Content-Type": "application/json; charset=UTF-8"}, 200),
        ({"Accept": "*/*"}, 200),
        ({"Accept": "text/html, application/json;q=0.1"}, 200),
    ],
)
async def test_content_types_are_held_to(shop: Shop, headers: dict[str, str], status: int) -> None:
    response = await post(shop, '{"query": "{ __typename }"}', **headers)
    assert response.status_code == status
    assert ("data" in response.json()) == (status == 200)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/json, */*;q=0.5", "application/json"),
        (f"{NEWER}, application/json", NEWER),
        (f"{NEWER};q=0.5, application/json", "application/json"),
        ("multipart/mixed;deferSpec=20220824,application/graphql-response+json", NEWER),
    ],
)
async def test_the_answer_is_of_the_type_that_is_wanted(
    shop: Shop, accept: str, media: str
) -> None:
    response = await post(shop, '{"query": "{ __typename }"}', Accept=accept)
    assert response.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ me { id }", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { me }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ node(id: "\\ud800") { id } }', "GRAPHQL_PARSE_FAILED"),
        ("query ($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
        ("{ }", "GRAPHQL_PARSE_FAILED"),
        ("{ program { } }", "GRAPHQL_PARSE_FAILED"),
        ("{ ...F } fragment F on Query { }", "GRAPHQL_PARSE_FAILED"),
        ("# nothing but this", "GRAPHQL_PARSE_FAILED"),
        ("{" * 30_000, "GRAPHQL_PARSE_FAILED"),
        ("{a(b:" + "[" * 900 + "]" * 900 + ")}", "GRAPHQL_PARSE_FAILED"),
        ("{ " + "a " * 3_000 + "}", "QUERY_TOO_COMPLEX"),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(40)) + " }", "QUERY_TOO_COMPLEX"),
        ("{ __typename " + "@skip(if: false) " * 40 + "}", "QUERY_TOO_COMPLEX"),
        ("{ me " + "{ a " * 15 + "}" * 15 + " }", "QUERY_TOO_COMPLEX"),
        (
            "mutation { a: deviceForget(input: {}) { forgottenId } memberEnrol }",
            "QUERY_TOO_COMPLEX",
        ),
    ],
    ids=range(18),
)
async def test_a_document_that_is_not_executed_says_why(
    shop: Shop, query: str, expected: str
) -> None:
    body = orjson.dumps({"query": query})
    older = await post(shop, body)
    newer = await post(shop, body, Accept=NEWER)
    assert (older.status_code, newer.status_code) == (200, 400)
    for response in (older, newer):
        assert code(response) == expected
        assert "data" not in response.json()


async def test_a_fragment_bomb_is_refused_at_once(shop: Shop) -> None:
    """771 bytes that took other limiters 15 s: each fragment spreads the next one twice."""
    bomb = "query { ...F0 }" + "".join(
        f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30)
    )
    started = time.process_time()
    response = await post(
        shop, orjson.dumps({"query": bomb + " fragment F30 on Query { program }"})
    )
    assert code(response) == "QUERY_TOO_COMPLEX"
    assert time.process_time() - started < 1


PAGES = " ".join(
    f"x{n}: entries(first: $n) {{ edges {{ node {{ id explanation {{ text }} }} }} }}"
    for n in range(29)
)


async def test_pages_cost_what_they_hold(shop: Shop) -> None:
    member_id = await shop.enrol()
    query = f"query ($n: Int! = 100) {{ me {{ wallet {{ {PAGES} }} }} }}"
    cost = 2 + 29 * (1 + 100 * 5)
    (error,) = await shop.member(member_id).errors(query)
    assert error["extensions"] == {
        "code": "QUERY_TOO_COMPLEX",
        "limit": "cost",
        "maximum": 5_000,
        "cost": cost,
    }
    assert len((await shop.member(member_id).ask(query, {"n": 10}))["me"]["wallet"]) == 29
    assert await shop.member(member_id).codes(query, {"n": 100}) == ["QUERY_TOO_COMPLEX"]
    staff = f"query ($id: ID!, $n: Int!) {{ member(id: $id) {{ wallet {{ {PAGES} }} }} }}"
    assert await shop.staff().ask(staff, {"id": member_id, "n": 100})
    twice = "{ members(first: 100) { edges { node { wallet { entries(first: 99) { edges { node "
    (error,) = await shop.staff().errors(twice + "{ id } } } } } } } }")
    assert error["extensions"]["maximum"] == 20_000


async def test_repeated_fields_do_not_hold_the_server(shop: Shop) -> None:
    started = time.process_time()
    query = "{ program { " + "name " * 390 + "} }"
    assert (await post(shop, orjson.dumps({"query": query}))).status_code == 200
    assert time.process_time() - started < 2


async def test_one_of_several_operations_is_run_by_its_name(shop: Shop) -> None:
    query = "query A { program { id } } query B { program { name } }"
    response = await shop.anyone().post(query, operationName="B")
    assert response.json()["data"] == {"program": {"name": "Corner shop club"}}
    assert code(await shop.anyone().post(query, operationName="C")) == (
        "OPERATION_RESOLUTION_FAILURE"
    )


async def test_queries_may_come_by_get_and_mutations_may_not(shop: Shop) -> None:
    asked = {"query": "query ($x: Boolean!) { program { id @include(if: $x) } }"}
    found = await shop.client.get("/graphql", params={**asked, "variables": '{"x": true}'})
    assert found.json()["data"] == {"program": {"id": "corner-shop"}}
    mutation = {"query": 'mutation { deviceForget(input: {id: "x"}) { forgottenId } }'}
    refused = await shop.client.get("/graphql", params=mutation)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert code(refused) == "BAD_USER_INPUT"
    for params in ({}, {**asked, "variables": "{"}, {**asked, "variables": "[]"}):
        assert (await shop.client.get("/graphql", params=params)).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(shop: Shop, method: str) -> None:
    response = await shop.client.request(method, "/graphql", json={"query": "{ __typename }"})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_a_body_over_the_limit_is_refused_however_it_is_sent(shop: Shop) -> None:
    body = orjson.dumps({"query": "{ __typename }", "variables": {"a": "x" * 70_000}})

    async def parts() -> Any:
        for start in range(0, len(body), 1_000):
            yield body[start : start + 1_000]

    for content in (body, parts()):
        response = await shop.client.post("/graphql", content=content, headers=JSON)
        assert response.status_code == 413


async def test_an_unknown_persisted_query_is_asked_for(shop: Shop) -> None:
    known = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    response = await shop.client.post("/graphql", json={"extensions": known})
    assert response.status_code == 200
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert code(response) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"n": 2**31}, "Int"),
        ({"n": 9 * 10**18}, "Int"),
        ({"n": "1"}, "Int"),
        ({"n": 1.5}, "Int"),
        ({"n": None}, "null"),
        ({"n": 1, "m": "x"}, None),
    ],
)
async def test_variables_are_read_strictly(shop: Shop, variables: Json, said: str | None) -> None:
    query = "query ($n: Int!) { me { wallet { entries(first: $n) { edges { cursor } } } } }"
    member = shop.member(await shop.enrol())
    answer = (await member.post(query, variables)).json()
    if said is None:
        assert "errors" not in answer
        return
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert said in answer["errors"][0]["message"]


@pytest.fixture(scope="module")
async def production(serve: Serve) -> Shop:
    """Serve without introspection and explorer."""
    return await serve(introspection=False, graphiql=False)


@pytest.fixture(scope="module")
async def impatient(serve: Serve) -> Shop:
    """Serve with little patience: on a busy machine this may refuse anything."""
    return await serve(request_timeout_ms=300)


async def test_without_introspection_nothing_is_suggested(production: Shop) -> None:
    anyone = production.anyone()
    asked = await anyone.codes("{ __schema { types { name } } }")
    assert set(asked) == {"GRAPHQL_VALIDATION_FAILED"}
    assert await anyone.ask("{ __typename }") == {"__typename": "Query"}
    leaking = [
        "{ progra { id } }",
        '{ node(idd: "x") { id } }',
        "query ($x: Membr) { me { id } }",
        "{ me { ... on Membr { id } } }",
        'mutation { deviceRegister(input: {tokn: "x"}) { device { id } } }',
        'mutation { deviceRegister(input: {token: "x", platform: IOSX}) { device { id } } }',
    ]
    for query in leaking:
        for error in await anyone.errors(query):
            assert "Did you mean" not in error["message"]
    member = production.member(await production.enrol())
    register = "mutation ($i: DeviceRegisterInput!) { deviceRegister(input: $i) { device { id } } }"
    for wrong in ({"tokn": "x"}, {"token": "x", "platform": "IOSX"}):
        for error in await member.errors(register, {"i": wrong}):
            assert "Did you mean" not in error["message"]


async def test_what_is_said_of_a_document_does_not_repeat_it(shop: Shop) -> None:
    wide = ", ".join(f"x{n}: 1" for n in range(400))
    mistakes = {
        f"{{ me {{ wallet {{ entries(first: {'9' * 5_000}) {{ edges {{ cursor }} }} }} }} }}": 100,
        f"mutation {{ deviceForget(input: {{{wide}}}) {{ userErrors {{ code }} }} }}": 600,
    }
    for query, length in mistakes.items():
        for error in await shop.anyone().errors(query):
            assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
            assert len(error["message"]) < length


async def test_the_explorer_is_a_setting(shop: Shop, production: Shop) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = await shop.client.get("/graphql", headers=browser)
    assert shown.headers["content-type"].split(";")[0] in ("text/html", "text/plain")
    hidden = await production.client.get("/graphql", headers=browser)
    assert (hidden.status_code, code(hidden)) == (400, "BAD_USER_INPUT")


async def test_a_bug_is_masked_and_an_outage_says_when_to_come_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = shop.member(await shop.enrol())

    async def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("secret@example.com")

    async def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("the database did not answer", 2_000)

    monkeypatch.setattr(Mongo, "find", broken)
    response = await member.post("{ me { id devices { id } } }")
    (error,) = response.json()["errors"]
    assert response.json()["data"]["me"]["devices"] is None
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "requestId": response.headers["x-request-id"],
    }
    assert "secret" not in response.text
    monkeypatch.setattr(Mongo, "find", away)
    (error,) = await member.errors("{ me { id devices { id } } }")
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfterMs": 2_000}


async def test_a_body_that_comes_too_slowly_is_not_waited_for(impatient: Shop) -> None:
    at = impatient.client.base_url
    reader, writer = await asyncio.open_connection(at.host, at.port)
    head = "POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    writer.write(f'{head}Content-Length: 90\r\n\r\n{{"query": '.encode())
    async with asyncio.timeout(30):
        answer = (await reader.read()).decode()  # to its end: the connection is closed too
    writer.close()
    await writer.wait_closed()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "BAD_USER_INPUT" in answer


async def test_no_answer_is_taken_for_what_it_is_not(shop: Shop) -> None:
    for path in ("/graphql", "/staff/graphql", "/nothing-here", "/livez"):
        response = await shop.client.get(path)
        assert response.headers.get_list("x-content-type-options") == ["nosniff"]
