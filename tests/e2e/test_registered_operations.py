"""Registered operations over HTTP: every form of asking for one, and no way round them."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.manifests import sha256_of
from api.settings import BadSettings, Settings
from tests.e2e.conftest import Serve, Shop
from tests.e2e.operations import operation

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


@pytest.fixture(scope="module")
async def strict(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Serve registered operations alone, one of them from a manifest of an app's own."""
    folder = tmp_path_factory.mktemp("manifests")
    (folder / "web.json").write_text(json.dumps({"own-1": OWN}), encoding="utf-8")
    return await serve(operations="registered", operations_dir=folder)


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


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
        params = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in asked.items()
        }
        got = await house.client.get("/graphql", params=params, headers=headers)
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
