"""The profile `draft2026`: a status for each way to fail, and one for what succeeds in part."""

from typing import Any

import pytest

from loyalty import program
from loyalty.mongo import Mongo
from tests.e2e.conftest import PROGRAM, Json, Serve, Shop

NEWER = "application/graphql-response+json"
NOT_EXECUTED: list[tuple[Json, int]] = [
    ({"query": "{"}, 400),
    ({"query": "{ nonsense }"}, 422),
    ({"query": "query A { __typename } query B { __typename }"}, 422),
    ({"query": "query ($id: ID!) { node(id: $id) { id } }"}, 422),
    ({"query": "{ me " + "{ a " * 15 + "}" * 15 + " }"}, 422),
    ({"qeury": "{ __typename }"}, 422),
    ({"query": "{ __typename }", "variables": [7]}, 422),
    ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}, 422),
]


@pytest.fixture(scope="module")
async def shop(serve: Serve) -> Shop:
    shop = await serve(http_statuses="draft2026")
    await program.publish(shop.house.engine, PROGRAM)
    return shop


@pytest.mark.parametrize(("body", "status"), NOT_EXECUTED, ids=range(len(NOT_EXECUTED)))
@pytest.mark.parametrize("accept", [NEWER, "application/json", "*/*"])
async def test_what_is_not_executed_says_so_by_its_status(
    shop: Shop, body: Json, status: int, accept: str
) -> None:
    response = await shop.client.post("/graphql", json=body, headers={"Accept": accept})
    assert response.status_code == status
    assert response.headers["content-type"] == f"{NEWER}; charset=utf-8"
    assert "data" not in response.json()


async def test_what_cannot_be_read_as_json_is_400(shop: Shop) -> None:
    headers = {"Content-Type": "application/json"}
    response = await shop.client.post("/graphql", content=b"NONSENSE", headers=headers)
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("accept", "media"),
    [(None, NEWER), ("*/*", NEWER), (NEWER, NEWER), ("application/json", "application/json")],
)
async def test_the_newer_type_is_the_favourite(shop: Shop, accept: str | None, media: str) -> None:
    request = shop.client.build_request("POST", "/graphql", json={"query": "{ __typename }"})
    del request.headers["accept"]
    if accept:
        request.headers["accept"] = accept
    response = await shop.client.send(request)
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        f"{media}; charset=utf-8",
    )


async def test_partial_success_is_294_for_those_who_take_the_newer_type(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.issuer.member_token(await shop.enrol())

    async def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Mongo, "find", broken)
    for accept, status in ((NEWER, 294), ("application/json", 200)):
        someone = shop.anyone("app", token, Accept=accept)
        response = await someone.post("{ me { id devices { id } } }")
        assert response.status_code == status
        assert response.json()["data"]["me"]["devices"] is None
        assert response.headers["content-type"].startswith(accept)
    nobody = await shop.anyone("app", None, Accept=NEWER).post("{ me { id } }")
    assert (nobody.status_code, nobody.json()["data"]) == (294, {"me": None})
