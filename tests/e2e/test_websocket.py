"""The graphql-transport-ws protocol, kept by the server and broken by clients."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from api import graphql_ws
from api.clock import now
from api.integration_keys import add_key, new_integration_key, revoke_key
from loyalty import program
from loyalty.errors import Unavailable
from loyalty.mongo import Mongo
from tests.e2e.conftest import PROGRAM, Json, Serve, Shop
from tests.e2e.operations import operation
from tests.e2e.sockets import phone, socket

NAME = "{ program { id } }"
WALLET = operation("WalletChanged")
MANY = f"{{ program {{ {' '.join(f'a{n}: id' for n in range(40))} }} }}"
PROGRAM_ID = "corner-shop"


def codes(message: Json) -> list[str]:
    assert message["type"] == "error", message
    return [error["extensions"]["code"] for error in message["payload"]]


async def test_queries_and_mutations_run_as_over_http(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        await one.subscribe("q", NAME)
        assert (await one.next("q"))["id"] == PROGRAM_ID
        assert await one.hear() == {"type": "complete", "id": "q"}
        rename = {"input": {"firstName": "Anna"}}
        await one.subscribe("m", operation("UpdateProfile"), rename)
        told = await one.next("m")
        assert told["member"]["firstName"] == "Anna"
        assert (await one.hear())["type"] == "complete"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (MANY, "QUERY_TOO_COMPLEX"),
        ("{ me { activities(first: 0) { edges { cursor } } } }", "BAD_USER_INPUT"),
        ("query A { me { id } } query B { me { id } }", "OPERATION_RESOLUTION_FAILURE"),
        ("subscription { a: walletChanged { member { id } } b: tierChanged { member { id } } }",
         "GRAPHQL_VALIDATION_FAILED"),
    ],
)  # fmt: skip
async def test_what_is_refused_over_http_is_refused_here(shop: Shop, query: str, code: str) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        await one.subscribe("1", query)
        message = await one.hear()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == code


async def test_an_outage_is_told_and_the_socket_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await shop.enrol()

    async def fail(*_: Any) -> None:
        raise Unavailable("no primary")

    async with phone(shop, anna) as one:
        with monkeypatch.context() as patch:
            patch.setattr(Mongo, "find_one", fail)
            await one.subscribe("1", WALLET)
            assert codes(await one.hear()) == ["UNAVAILABLE"]
        await one.subscribe("1", WALLET)
        assert (await one.next("1"))["member"]["id"] == anna


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "7",
        "{}",
        '{"type": 1}',
        '{"type": "connection_init", "type": "ping"}',
        '{"type": "connection_init", "payload": 7}',
        '{"type": "connection_init", "payload": {"authorization": 7}}',
        '{"type": "next", "id": "1", "payload": {}}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ program { id } }"}}',
        '{"type": "complete"}',
        b"ping",
        "[" * 20_000,
    ],
    ids=range(16),
)
async def test_what_is_no_message_closes_the_socket(shop: Shop, text: str | bytes) -> None:
    async with socket(shop) as one:
        await (one.socket.send_str(text) if isinstance(text, str) else one.socket.send_bytes(text))
        assert await one.closed() == 4400


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"query": 7}, {"query": NAME, "variables": []}, {"query": NAME, "extensions": 1}],
)
async def test_an_operation_without_a_query_closes_the_socket(shop: Shop, payload: Any) -> None:
    async with socket(shop) as one:
        await one.begin()
        await one.say("subscribe", id="1", payload=payload)
        assert await one.closed() == 4400


@pytest.mark.parametrize("name", ["", "x" * 129])
async def test_the_id_of_an_operation_has_a_length(shop: Shop, name: str) -> None:
    async with socket(shop) as one:
        await one.begin()
        await one.subscribe(name, NAME)
        assert await one.closed() == 4400


async def test_a_message_is_no_larger_than_a_request(shop: Shop) -> None:
    async with socket(shop) as one:
        await one.begin()
        await one.subscribe("1", "#" * 70_000)
        assert await one.closed() == 1009


async def test_a_socket_asks_for_the_protocol(shop: Shop) -> None:
    for protocol in ("", "graphql-ws"):
        async with socket(shop, protocol=protocol) as one:
            assert await one.closed() == 4406


async def test_nothing_is_asked_before_the_connection_is_acknowledged(shop: Shop) -> None:
    async with socket(shop) as one:
        await one.say("ping", payload={"at": 1})
        assert await one.hear() == {"type": "pong", "payload": {"at": 1}}
        await one.say("pong")
        await one.subscribe("1", NAME)
        assert await one.closed() == 4401


async def test_who_never_begins_is_closed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_ws, "INIT_SECONDS", 0.05)
    async with socket(shop) as one:
        await one.say("ping")
        assert await one.closed() == 4408


async def test_who_begins_twice_is_closed(shop: Shop) -> None:
    async with socket(shop) as one:
        await one.begin()
        await one.say("connection_init")
        assert await one.closed() == 4429


async def test_an_id_is_in_use_until_its_operation_is_over(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        await one.subscribe("1", WALLET)
        await one.next("1")
        await one.say("complete", id="1")
        await one.say("complete", id="unknown")
        await one.subscribe("1", WALLET)
        await one.next("1")
        await one.subscribe("1", WALLET)
        assert await one.closed() == 4409


async def test_a_token_is_taken_from_the_payload_or_the_header(shop: Shop) -> None:
    anna = await shop.enrol()
    bearer = f"Bearer {shop.issuer.member_token(anna)}"
    for name in ("authorization", "Authorization"):
        async with socket(shop) as one:
            await one.say("connection_init", payload={name: bearer})
            assert (await one.hear())["type"] == "connection_ack"
            await one.subscribe("1", WALLET)
            assert (await one.next("1"))["member"]["id"] == anna
    async with socket(shop, headers={"Authorization": bearer, "Accept-Language": "da"}) as one:
        await one.begin()
        await one.subscribe("1", "{ program { name } }")
        assert (await one.next("1"))["name"] == "Hjørneklubben"
        await one.hear()
        await one.subscribe("1", WALLET)
        assert (await one.next("1"))["member"]["id"] == anna


async def test_the_app_that_opens_a_socket_is_named_in_the_log(shop: Shop) -> None:
    told = {"apollographql-client-name": "club-ios", "apollographql-client-version": "2.9.0"}
    with capture_logs() as lines:
        for headers, payload in ((told, {}), ({}, told), ({}, {})):
            async with socket(shop, headers=headers) as one:
                await one.say("connection_init", payload=payload)
                assert (await one.hear())["type"] == "connection_ack"
    opened = [line for line in lines if line["event"] == "socket_opened"]
    names = [(line.get("client_name"), line.get("client_version")) for line in opened]
    assert names == [("club-ios", "2.9.0"), ("club-ios", "2.9.0"), (None, None)]


async def test_who_may_not_come_in_is_told_so(shop: Shop) -> None:
    anna = await shop.enrol()
    for door, token in (
        ("app", "not.a.token"),
        ("staff", None),
        ("staff", shop.issuer.member_token(anna)),
    ):
        async with socket(shop, door) as one:
            payload = {"authorization": f"Bearer {token}"} if token else {}
            await one.say("connection_init", payload=payload)
            assert await one.closed() == 4403


async def test_a_socket_ends_with_its_token(shop: Shop) -> None:
    anna = await shop.enrol()
    async with socket(shop) as one:
        await one.begin(shop.issuer.member_token(anna, ttl_seconds=-8))  # good for two seconds
        await one.subscribe("1", WALLET)
        await one.next("1")
        assert await one.closed() == 4403


async def test_a_socket_ends_with_its_key(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.live_connections.RECHECK_SECONDS", 0.05)
    monkeypatch.setattr("api.identity.KEY_CACHE_SECONDS", 0)
    shop = await serve()
    text, kept = new_integration_key("till", ["campaigns:send"], now())
    await add_key(shop.house.mongo, kept)
    async with socket(shop, "staff") as one:
        await one.begin(text)
        assert await revoke_key(shop.house.mongo, kept.key_id, now())
        assert await one.closed() == 4403


async def test_a_socket_has_so_many_operations_at_once(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        for n in range(graphql_ws.OPERATIONS_LIMIT):
            await one.subscribe(str(n), WALLET)
        for _ in range(graphql_ws.OPERATIONS_LIMIT):
            assert (await one.hear())["type"] == "next"
        await one.subscribe("more", WALLET)
        assert codes(await one.hear()) == ["RATE_LIMITED"]


async def test_addresses_and_callers_have_so_many_sockets(serve: Serve) -> None:
    shop = await serve(live_per_address=3, live_per_caller=2)
    await program.publish(shop.house.engine, PROGRAM)
    anna, bent = await shop.enrol(), await shop.enrol()
    async with phone(shop, anna), phone(shop, anna):
        async with socket(shop) as third:
            await third.say(
                "connection_init",
                payload={"authorization": f"Bearer {shop.issuer.member_token(anna)}"},
            )
            assert await third.closed() == 1013
        async with phone(shop, bent), socket(shop) as fourth:
            assert await fourth.closed() == 1013
        async with phone(shop, bent):
            pass
