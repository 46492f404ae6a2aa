"""Subscriptions over plain HTTP, as events and in parts; and that nothing else is streamed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest

from api import graphql_stream
from loyalty import program
from tests.conftest import PATIENCE_SECONDS, Eventually
from tests.e2e.conftest import AT, PROGRAM, Json, Serve, Shop
from tests.e2e.operations import operation

EVENTS = "text/event-stream"
APOLLO = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json'
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, "
    "text/event-stream, multipart/mixed"
)
WALLET = operation("WalletChanged")
RENAME = 'mutation { memberUpdateProfile(input: {firstName: "A"}) { member { id } } }'
BALANCES = "subscription { walletChanged { member { id wallet { balances { balance } } } } }"


@dataclass(frozen=True, slots=True)
class Streaming:
    """An answer that comes bit by bit."""

    response: httpx2.Response
    bits: AsyncIterator[bytes]

    async def until(self, end: bytes) -> bytes:
        """Read until these bytes have come."""
        found = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not found.endswith(end):
                found += await anext(self.bits)
        return found

    async def rest(self) -> bytes:
        """Read to the end."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return b"".join([bit async for bit in self.bits])


@asynccontextmanager
async def stream(
    shop: Shop, token: str | None, accept: str, query: str = BALANCES, languages: str = "en"
) -> AsyncIterator[Streaming]:
    """Send an operation, and read its answer as it comes."""
    headers = {"Accept": accept, "Accept-Language": languages}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    sending = shop.client.stream("POST", "/graphql", json={"query": query}, headers=headers)
    async with sending as response:
        yield Streaming(response, aiter(response.aiter_raw()))


def event(data: Json) -> bytes:
    return b"event: next\ndata: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def wallet(member_id: str, *balances: int) -> Json:
    found = [{"balance": balance} for balance in balances]
    return {"data": {"walletChanged": {"member": {"id": member_id, "wallet": {"balances": found}}}}}


def part(data: Json) -> bytes:
    text = json.dumps({"payload": data}, separators=(",", ":")).encode()
    return b"\r\nContent-Type: application/json\r\n\r\n" + text + b"\r\n--graphql"


async def test_events_are_framed_with_lf_and_come_one_by_one(shop: Shop) -> None:
    anna = await shop.enrol()
    async with stream(shop, shop.issuer.member_token(anna), EVENTS) as streaming:
        assert streaming.response.status_code == 200
        assert streaming.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert streaming.response.headers["cache-control"] == "no-store"
        assert await streaming.until(b"\n\n") == event(wallet(anna, 0, 0, 0))
        await shop.buy(anna, "4.00", AT)
        assert await streaming.until(b"\n\n") == event(wallet(anna, 4, 4, 0))


async def test_parts_are_framed_as_apollo_reads_them(shop: Shop) -> None:
    anna = await shop.enrol()
    async with stream(shop, shop.issuer.member_token(anna), APOLLO) as streaming:
        media = streaming.response.headers["content-type"]
        assert media == 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
        first = await streaming.until(b"}\r\n--graphql")
        assert first == b"--graphql" + part(wallet(anna, 0, 0, 0))
        await shop.buy(anna, "4.00", AT)
        assert await streaming.until(b"--graphql") == part(wallet(anna, 4, 4, 0))


@pytest.mark.parametrize("accept", [URQL, f"{EVENTS}, application/json", APOLLO])
async def test_queries_and_mutations_are_answered_in_json(shop: Shop, accept: str) -> None:
    anna = await shop.enrol()
    me = shop.anyone("app", shop.issuer.member_token(anna), Accept=accept)
    for query in ("{ me { id } }", RENAME):
        response = await me.post(query)
        assert response.status_code == 200
        assert "json" in response.headers["content-type"]
        (data,) = response.json()["data"].values()
        assert anna in str(data)


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/*", "multipart/mixed", "text/event-stream;q=0, */*"]
)
async def test_a_subscription_without_a_stream_is_a_transport_error(
    shop: Shop, accept: str
) -> None:
    anna = await shop.enrol()
    response = await shop.anyone("app", shop.issuer.member_token(anna), Accept=accept).post(WALLET)
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data" not in response.json()


async def test_a_query_is_never_streamed(shop: Shop) -> None:
    response = await shop.anyone("app", Accept=EVENTS).post("{ program { id } }")
    assert response.status_code == 406


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (URQL, EVENTS),
        (f"{EVENTS};q=0.5, {APOLLO}", "multipart/mixed"),
        (f"multipart/mixed;subscriptionSpec=1.0;q=0.5, {EVENTS}", EVENTS),
        ('multipart/mixed; SUBSCRIPTIONSPEC="1.0"', "multipart/mixed"),
    ],
)
async def test_the_stream_is_the_one_wanted_most(shop: Shop, accept: str, media: str) -> None:
    anna = await shop.enrol()
    async with stream(shop, shop.issuer.member_token(anna), accept) as streaming:
        assert streaming.response.headers["content-type"].startswith(media)


async def test_a_subscription_may_come_by_get_and_a_mutation_may_not(shop: Shop) -> None:
    anna = await shop.enrol()
    headers = {"Accept": EVENTS, "Authorization": f"Bearer {shop.issuer.member_token(anna)}"}
    sending = shop.client.stream("GET", "/graphql", params={"query": BALANCES}, headers=headers)
    async with sending as response:
        found = Streaming(response, aiter(response.aiter_raw()))
        assert await found.until(b"\n\n") == event(wallet(anna, 0, 0, 0))


async def test_what_is_refused_comes_as_json_or_else_as_an_event(shop: Shop) -> None:
    response = await shop.anyone("app", Accept=URQL).post("subscription { nothing }")
    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    async with stream(shop, None, EVENTS, "subscription { nothing }") as streaming:
        assert streaming.response.status_code == 200
        told = (await streaming.rest()).decode()
    assert told.startswith("event: next\ndata: {")
    assert "GRAPHQL_VALIDATION_FAILED" in told
    assert told.endswith("\n\nevent: complete\ndata:\n\n")
    async with stream(shop, "not.a.token", EVENTS) as streaming:
        assert streaming.response.status_code == 401


@pytest.mark.parametrize("accept", [EVENTS, APOLLO])
async def test_who_may_not_follow_is_told_so(shop: Shop, accept: str) -> None:
    async with stream(shop, None, accept) as streaming:
        told = await streaming.rest()
    assert b'"code":"UNAUTHENTICATED"' in told
    assert told.endswith(b"event: complete\ndata:\n\n" if accept == EVENTS else b"--graphql--\r\n")


async def test_silence_is_filled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_stream, "HEARTBEAT_SECONDS", 0.05)
    anna = await shop.enrol()
    token = shop.issuer.member_token(anna)
    async with stream(shop, token, EVENTS) as streaming:
        await streaming.until(event(wallet(anna, 0, 0, 0)))
        assert await streaming.until(b":\n\n:\n\n")
    async with stream(shop, token, APOLLO) as streaming:
        beat = b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql"
        await streaming.until(part(wallet(anna, 0, 0, 0)))
        assert await streaming.until(beat + beat)


async def test_a_stream_ends_with_its_token(shop: Shop) -> None:
    anna = await shop.enrol()
    token = shop.issuer.member_token(anna, ttl_seconds=-8)  # good for two seconds
    async with stream(shop, token, EVENTS) as streaming:
        told = await streaming.rest()
        assert b'"code":"UNAUTHENTICATED"' in told
        assert told.endswith(b"\n\nevent: complete\ndata:\n\n")
    token = shop.issuer.member_token(anna, ttl_seconds=-8)
    async with stream(shop, token, APOLLO) as streaming:
        told = await streaming.rest()
        assert b'{"payload":null,"errors":[{"message":' in told
        assert told.endswith(b"\r\n--graphql--\r\n")


async def test_streams_are_counted_as_sockets_are(serve: Serve, eventually: Eventually) -> None:
    shop = await serve(live_per_caller=1)
    await program.publish(shop.house.engine, PROGRAM)
    anna = await shop.enrol()
    token = shop.issuer.member_token(anna)
    async with stream(shop, token, EVENTS), stream(shop, token, URQL) as second:
        assert second.response.status_code == 429
        assert second.response.headers["retry-after"]
        assert b'"code":"RATE_LIMITED"' in await second.rest()
    await eventually(lambda: _open(shop) == 0)
    async with stream(shop, token, EVENTS) as streaming:
        assert streaming.response.status_code == 200


async def test_whoever_leaves_a_stream_leaves_nothing_behind(
    serve: Serve, eventually: Eventually
) -> None:
    shop = await serve()
    await program.publish(shop.house.engine, PROGRAM)
    anna, live = await shop.enrol(), shop.house.engine.live
    for accept in (EVENTS, APOLLO):
        async with stream(shop, shop.issuer.member_token(anna), accept) as streaming:
            await streaming.until(b"\n\n" if accept == EVENTS else b"}\r\n--graphql")
            assert live.listening == 1
        await eventually(lambda: live.listening == 0)
        await eventually(lambda: _open(shop) == 0)


def _open(shop: Shop) -> float:
    text = shop.house.metrics.render().decode()
    (line,) = [x for x in text.splitlines() if x.startswith("stamkund_live_connections ")]
    return float(line.split()[1])
