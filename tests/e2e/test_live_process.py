"""Sockets and streams when the process stops: told to come again, and nobody waits for them."""

import asyncio
import json
import signal
from pathlib import Path

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.local_issuer import open_local_issuer
from tests.e2e.operations import operation
from tests.processes import PROGRAMS, ask, free_port, running, stamkund

ENROL = 'mutation { memberEnrol(input: {externalId: "1"}) { memberId } }'
WALLET = operation("WalletChanged")


async def listen(socket: ClientConnection, token: str) -> None:
    """Subscribe, and wait for the first event."""
    authorization = {"authorization": f"Bearer {token}"}
    await socket.send(json.dumps({"type": "connection_init", "payload": authorization}))
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": WALLET}}
    await socket.send(json.dumps(subscribe))
    for kind in ("connection_ack", "next"):
        assert json.loads(await socket.recv())["type"] == kind


async def test_a_process_that_stops_says_goodbye_to_those_who_listen(tmp_path: Path) -> None:
    port = free_port()
    with running(port, "serve", "--data-dir", tmp_path) as server:
        published = stamkund("program", "publish", PROGRAMS / "points.yaml", "--data-dir", tmp_path)
        assert published.returncode == 0, published.stderr
        issuer = open_local_issuer(tmp_path)
        staff = f"{server.url}/staff/graphql"
        enrolled = ask(staff, issuer.staff_token(["ADMIN"]), ENROL)
        token = issuer.member_token(enrolled["memberEnrol"]["memberId"])
        protocol = Subprotocol("graphql-transport-ws")
        url = f"ws://127.0.0.1:{port}/graphql"
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        async with (
            connect(url, subprotocols=[protocol], proxy=None) as socket,
            connect(url, subprotocols=[protocol], proxy=None) as silent,
            httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=30) as client,
            client.stream("POST", "/graphql", json={"query": WALLET}) as response,
        ):
            await listen(socket, token)
            bits = aiter(response.aiter_raw())
            await anext(bits)
            server.process.send_signal(signal.SIGTERM)
            for one in (socket, silent):
                try:
                    await one.recv()
                except ConnectionClosed:
                    assert one.close_code == 1001
            rest = b"".join([bit async for bit in bits]).decode()
            assert "UNAVAILABLE" in rest
            assert "event: complete" not in rest  # the client is to come again
        assert await asyncio.to_thread(server.process.wait, 15) == 0
