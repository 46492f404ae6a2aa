"""Registered operations over HTTP: every form of asking for one, and no way round them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.manifests import sha256_of
from api.settings import BadSettings, Settings
from tests.e2e.conftest import Json, Serve, Shop
from tests.e2e.operations import operation
from tests.e2e.sockets import socket
from tests.e2e.test_streams import APOLLO, EVENTS

HOME = operation("HomeScreen")
HASH = sha256_of(HOME)
OWN = "query Own { program { id } }"
APQ = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
FORMS: list[dict[str, Any]] = [
    {"extensions": APQ},
    {"documentId": HASH},
    {"documentId": f"sha256:{HASH}"},
    {"id": HASH},
    {"doc_id": HASH},
    {"query": HOME},
    {"query": HOME, "extensions": APQ},
]
names = ["hash", "documentId", "sha256:", "id", "doc_id", "text", "text and hash"]


WAYS = {
    "POST": ("POST", "application/json"),
    "GET": ("GET", "application/json"),
    "events": ("POST", EVENTS),
    "events by GET": ("GET", EVENTS),
    "parts": ("POST", APOLLO),
    "socket": ("", ""),
}
OPEN = {
    "HomeScreen": ["POST", "GET", "parts", "socket"],  # whoever takes parts takes JSON as well
    "UpdateProfile": ["POST", "parts", "socket"],
    "WalletChanged": ["events", "events by GET", "parts", "socket"],
}
"""A query, a mutation and a subscription, and in which ways each may be asked."""


@pytest.fixture(scope="module")
async def strict(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Serve registered operations alone, one of them from a manifest of an app's own."""
    folder = tmp_path_factory.mktemp("manifests")
    (folder / "web.json").write_text(json.dumps({"own-1": OWN}), encoding="utf-8")
    return await serve(operations="registered", operations_dir=folder)


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


def as_params(asked: Json) -> dict[str, str]:
    return {n: v if isinstance(v, str) else json.dumps(v) for n, v in asked.items()}


async def over_socket(shop: Shop, token: str, asked: Json) -> Json:
    async with socket(shop) as one:
        await one.begin(token)
        await one.say("subscribe", id="1", payload={"query": "", **asked})
        message = await one.hear()
        is_error, found = message["type"] == "error", message["payload"]
        return {"errors": found} if is_error else dict(found)


async def first_answer(shop: Shop, way: str, token: str, asked: Json) -> Json:
    """Ask in one of the ways; give the first answer that comes."""
    method, accept = WAYS[way]
    if not method:
        return await over_socket(shop, token, asked)
    sent: Any = {"params": as_params(asked)} if method == "GET" else {"json": asked}
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    text = b""
    async with shop.client.stream(method, "/graphql", headers=headers, **sent) as response:
        async for bit in response.aiter_raw():
            text += bit
            if whole := re.search(rb"^(data: )?(\{.*\})(\r?\n|$)", text, re.MULTILINE):
                answer: Json = json.loads(whole[2])
                return dict(answer.get("payload") or answer)
    raise AssertionError(text)


@pytest.mark.parametrize("way", WAYS)
async def test_in_every_way_only_what_is_registered_runs(strict: Shop, way: str) -> None:
    anna = await strict.enrol()
    token = strict.issuer.member_token(anna)
    unknown = await first_answer(strict, way, token, {"documentId": "0" * 64})
    assert (code(unknown), "data" in unknown) == ("PERSISTED_QUERY_NOT_FOUND", False)
    for name, ways in OPEN.items():
        text = operation(name)
        variables = {"input": {"firstName": "A"}} if name == "UpdateProfile" else {"entries": 1}
        for beside in ({}, {"documentId": sha256_of(text)}, {"id": "own-1"}):
            asked = {"query": f"{text} ", **beside, "variables": variables}
            answer = await first_answer(strict, way, token, asked)
            assert (code(answer), "data" in answer) == ("OPERATION_NOT_REGISTERED", False)
        for form in ({"query": text}, {"documentId": sha256_of(text)}):
            answer = await first_answer(strict, way, token, {**form, "variables": variables})
            assert ("data" in answer) == (way in ways), answer
            assert way in ways or code(answer) == "BAD_USER_INPUT"


@pytest.mark.parametrize("form", FORMS, ids=names)
async def test_a_registered_operation_is_asked_for_in_every_form(
    strict: Shop, shop: Shop, form: dict[str, Any]
) -> None:
    for house in (strict, shop):
        member_id = await house.enrol()
        member = house.member(member_id)
        headers = {"Authorization": f"Bearer {member.token}"}
        asked = {**form, "variables": {"entries": 1}, "operationName": "HomeScreen"}
        posted = await house.client.post("/graphql", json=asked, headers=headers)
        assert posted.json()["data"]["me"]["id"] == member_id
        got = await house.client.get("/graphql", params=as_params(asked), headers=headers)
        assert got.json()["data"]["me"]["id"] == member_id


async def test_nothing_else_runs_in_any_form(strict: Shop) -> None:
    member = strict.member(await strict.enrol())
    for query in ("{ __typename }", HOME + " ", "{ me { id email } }", "query Own { me { id } }"):
        for beside in ({}, {"documentId": HASH}, {"id": "own-1"}):
            more: dict[str, Any] = dict(beside)
            answer = (await member.post(query, **more)).json()
            assert "data" not in answer
            assert code(answer) == "OPERATION_NOT_REGISTERED"


async def test_the_operations_of_an_app_run_by_its_own_ids(strict: Shop) -> None:
    for form in ({"id": "own-1"}, {"documentId": sha256_of(OWN)}, {"query": OWN}):
        answer = await strict.client.post("/graphql", json=form)
        assert answer.json()["data"] == {"program": None}


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_an_unknown_id_is_answered_so_that_clients_can_go_on(shop: Shop, accept: str) -> None:
    for form in ({"extensions": APQ}, {"id": "7"}):
        asked = json.loads(json.dumps(form).replace(HASH, "0" * 64))
        response = await shop.client.post("/graphql", json=asked, headers={"Accept": accept})
        (error,) = response.json()["errors"]
        assert response.status_code == 200
        assert error["message"] == "PersistedQueryNotFound"
        assert error["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}


async def test_what_comes_with_a_wrong_hash_is_refused(shop: Shop, strict: Shop) -> None:
    for house in (shop, strict):
        response = await house.anyone().post("{ __typename }", extensions=APQ)
        assert (response.status_code, code(response.json())) == (400, "BAD_USER_INPUT")


async def test_in_development_a_text_is_known_by_its_hash_once_it_came_with_it(
    serve: Serve,
) -> None:
    query = "query Learned { program { id } }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256_of(query)}}
    for profile, is_learned in (("development", True), ("production", False)):
        house = await serve(profile=profile, operations="any")
        asked = {"extensions": extensions}
        first = (await house.client.post("/graphql", json=asked)).json()
        assert code(first) == "PERSISTED_QUERY_NOT_FOUND"
        second = await house.anyone().post(query, extensions=extensions)
        assert second.json()["data"] == {"program": None}
        third = (await house.client.post("/graphql", json=asked)).json()
        assert ("data" in third) == is_learned


async def test_in_production_only_registered_operations_run_and_staff_write_their_own(
    serve: Serve,
) -> None:
    house = await serve(profile="production", dev_issuer=True, graphiql=True)
    assert code((await house.anyone().post("{ __typename }")).json()) == "OPERATION_NOT_REGISTERED"
    assert await house.staff().ask("{ __typename }") == {"__typename": "Query"}
    browser = {"Accept": "text/html"}
    assert (await house.client.get("/graphql", headers=browser)).status_code == 406
    shown = await house.client.get("/staff/graphql", headers=browser)
    assert shown.headers["content-type"].split(";")[0] in ("text/html", "text/plain")


async def test_the_limits_hold_for_registered_operations_too(serve: Serve, tmp_path: Path) -> None:
    wide = "query Wide($n: Int!) { me { wallet { entries(first: $n) { edges { node { id } } } } } }"
    (tmp_path / "a.json").write_text(json.dumps({"wide": wide}), encoding="utf-8")
    house = await serve(operations_dir=tmp_path)
    member = house.member(await house.enrol())
    headers = {"Authorization": f"Bearer {member.token}"}
    for items, expected in ((101, "BAD_USER_INPUT"), (100, "OK"), (100, "OK")):
        asked = {"id": "wide", "variables": {"n": items}}
        answer = await house.client.post("/graphql", json=asked, headers=headers)
        assert ("OK" if "errors" not in answer.json() else code(answer.json())) == expected


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"1": "{ nothing { of } }"}, "Cannot query field 'nothing'"),
        ({"1": "{ me"}, "Syntax Error"),
        ({"1": 7}, "is no manifest"),
        ({HASH: OWN}, "has another operation"),
        (None, "no directory"),
    ],
)
async def test_what_cannot_be_run_stops_the_start(
    shop: Shop, tmp_path: Path, manifest: Any, said: str
) -> None:
    folder = tmp_path / "manifests"
    if manifest:
        folder.mkdir()
        (folder / "ios-2.1.json").write_text(json.dumps(manifest), encoding="utf-8")
    settings = Settings(data_dir=tmp_path, operations_dir=folder)
    house = type(shop.house)(settings, shop.house.engine, shop.house.metrics)
    with pytest.raises(BadSettings, match=said):
        create_app(house)
