"""Clients of others at the app door: each is answered, and told of a purchase, as it speaks."""

import json
from asyncio.subprocess import Process
from typing import Any

import pytest

from tests.clients.conftest import Run, Start
from tests.e2e.conftest import AT, Shop
from tests.e2e.operations import operation


async def hear(client: Process) -> Any:
    """Wait for the next event that the client tells of; it must be without errors."""
    assert client.stdout is not None
    assert client.stderr is not None
    line = await client.stdout.readline()
    assert line, (await client.stderr.read()).decode()
    event = json.loads(line)
    assert event.keys() == {"data"}, event
    return event["data"]["walletChanged"]


@pytest.mark.parametrize("name", ["graphql-ws", "graphql-sse", "@apollo/client", "@urql/core"])
async def test_a_purchase_reaches_the_client(name: str, shop: Shop, start: Start) -> None:
    anna = await shop.enrol()
    token, url = shop.issuer.member_token(anna), f"{shop.client.base_url}/graphql"
    async with start("live.mjs", name, url, token, operation("WalletChanged"), "2") as client:
        first = await hear(client)
        assert (first["member"]["id"], first["entries"]) == (anna, [])
        bought = await shop.buy(anna, "12.00", AT)
        told = await hear(client)
        assert [e["id"] for e in told["entries"]] == [e["id"] for e in bought["entries"]]
        assert [b["balance"] for b in told["member"]["wallet"]["balances"]] == [12, 12, 0]
        _, said = await client.communicate()
        assert (client.returncode, said) == (0, b"")


@pytest.mark.parametrize("name", ["@apollo/client", "@urql/core"])
async def test_a_query_is_answered_to_the_client(name: str, shop: Shop, run: Run) -> None:
    anna = await shop.enrol()
    token, url = shop.issuer.member_token(anna), f"{shop.client.base_url}/graphql"
    answer = await run(
        "live.mjs", name, url, token, "{ me { id wallet { balances { balance } } } }"
    )
    assert answer.keys() == {"data"}
    assert answer["data"]["me"]["id"] == anna
    assert [b["balance"] for b in answer["data"]["me"]["wallet"]["balances"]] == [0, 0, 0]
