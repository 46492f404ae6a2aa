"""A phone on a WebSocket: speaks graphql-transport-ws to a shop, and waits for what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.conftest import PATIENCE_SECONDS
from tests.e2e.conftest import PATHS, Json, Shop

PROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True, slots=True)
class Phone:
    """One socket."""

    socket: aiohttp.ClientWebSocketResponse

    async def say(self, kind: str, **more: Any) -> None:
        """Send a message."""
        await self.socket.send_json({"type": kind, **more})

    async def hear(self) -> Json:
        """Wait for the next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            message: Json = json.loads(await self.socket.receive_str())
        return message

    async def begin(self, token: str | None = None) -> None:
        """Get the connection acknowledged."""
        payload = {"payload": {"authorization": f"Bearer {token}"}} if token else {}
        await self.say("connection_init", **payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, name: str, query: str, variables: Json | None = None) -> None:
        """Begin an operation."""
        await self.say("subscribe", id=name, payload={"query": query, "variables": variables})

    async def next(self, name: str) -> Json:
        """Wait for the next answer to an operation, which must be of it and without errors."""
        message = await self.hear()
        assert (message["type"], message["id"]) == ("next", name), message
        assert "errors" not in message["payload"], message
        (data,) = message["payload"]["data"].values()
        found: Json = data
        return found

    async def closed(self) -> int:
        """Wait until the server has closed the socket, and give the code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code or 0


@asynccontextmanager
async def socket(
    shop: Shop,
    door: str = "app",
    headers: Mapping[str, str] | None = None,
    protocol: str = PROTOCOL,
) -> AsyncIterator[Phone]:
    """Connect, and say nothing yet."""
    url = str(shop.client.base_url).rstrip("/") + PATHS[door]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=[protocol] if protocol else [], headers=headers) as ws,
    ):
        yield Phone(ws)


@asynccontextmanager
async def phone(shop: Shop, member_id: str) -> AsyncIterator[Phone]:
    """Connect a member's phone."""
    async with socket(shop) as connected:
        await connected.begin(shop.issuer.member_token(member_id))
        yield connected
