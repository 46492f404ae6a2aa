"""Measure how soon phones hear of purchases at the till, and what open sockets cost in memory.

    python -m benchmarks.live [--json] [--sockets 500] [--seconds 20] [--rate 20]
                              [--data-dir DIR | --mongo-url URL]

A server of its own holds one socket of each member, all of them following their wallet, while one
till after the other records a purchase. A time is from the moment the till sends until the phone
has read the news of it; both are in this process. The last line of the output is the result as one
JSON object; memory is the resident set of the server, where the system tells it in /proc.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.clock import now
from api.local_issuer import LocalIssuer, open_local_issuer
from benchmarks import ground
from benchmarks.write_path import (
    PROGRAM,
    WARM_UP_SECONDS,
    enrol,
    purchases,
)
from loyalty.engine import Engine
from loyalty.states import RING_LIMIT

ROOT = Path(__file__).parents[1]
WALLET = (ROOT / "mobile_contracts/operations/WalletChanged.graphql").read_text("utf-8")
PURCHASE = """
mutation Buy($input: PurchaseRecordInput!) {
  purchaseRecord(input: $input) { entries { id } userErrors { code message } }
}
"""
PROTOCOL = Subprotocol("graphql-transport-ws")
START_SECONDS = 60.0
POLL_SECONDS = 0.1
CONNECTED_AT_ONCE = 25
LAST_SECONDS = 10.0  # for the news of the last purchases
PROC = Path("/proc")

Figures = dict[str, float | list[float | None] | None]


@dataclass(frozen=True, slots=True)
class Served:
    """The server under measurement: its process, address and tokens."""

    pid: int
    port: int
    issuer: LocalIssuer

    def memory_mib(self) -> float | None:
        """Read its resident set, in MiB; None where the system has no /proc."""
        if not PROC.exists():
            return None
        lines = (PROC / str(self.pid) / "status").read_text().splitlines()
        (kib,) = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
        return round(kib / 1024, 1)


@dataclass(slots=True)
class Heard:
    """When the till sent the purchase a member waits for, and how long the news took."""

    warm: float = 0.0  # what was sent before is not counted
    sent: dict[str, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    unavailable: int = 0
    all: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, member_id: str) -> None:
        """Begin to wait for the news of a member."""
        self.sent[member_id] = time.perf_counter()
        self.all.clear()

    def hear(self, member_id: str) -> None:
        """Take the news of a member, where the till has sent something."""
        sent = self.sent.pop(member_id, None)
        if sent is not None and sent >= self.warm:
            self.took.append(time.perf_counter() - sent)
        if not self.sent:
            self.all.set()


@asynccontextmanager
async def serving(url: str, database: str, folder: Path, sockets: int) -> AsyncIterator[Served]:
    """Run a server on the database, and end it."""
    (folder / "keys").mkdir(exist_ok=True)
    settings = {
        "STAMKUND_MONGO_URL": url,
        "STAMKUND_MONGO_DATABASE": database,
        "STAMKUND_DATA_DIR": str(folder / "keys"),
        "STAMKUND_LIVE_PER_ADDRESS": str(sockets + 1),
        "STAMKUND_LOG_LEVEL": "warning",
    }
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("STAMKUND_", "FIREBASE_"))}
    port = free_port()
    words = [sys.executable, "-m", "api", "serve", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(
        *words, env={**plain, **settings}, cwd=ROOT, stdout=sys.stderr
    )
    try:
        await until_ready(port)
        yield Served(process.pid, port, open_local_issuer(folder / "keys"))
    finally:
        process.terminate()
        await process.wait()


def free_port() -> int:
    """Ask the system for a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def until_ready(port: int) -> None:
    """Wait until the server takes requests."""
    async with asyncio.timeout(START_SECONDS), httpx2.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(POLL_SECONDS)


async def open_phone(served: Served, member_id: str) -> ClientConnection:
    """Connect a member's phone, and have it follow the wallet."""
    url = f"ws://127.0.0.1:{served.port}/graphql"
    phone = await connect(url, subprotocols=[PROTOCOL], proxy=None, compression=None)
    token = {"authorization": f"Bearer {served.issuer.member_token(member_id)}"}
    await phone.send(json.dumps({"type": "connection_init", "payload": token}))
    asked = {"type": "subscribe", "id": "1", "payload": {"query": WALLET}}
    await phone.send(json.dumps(asked))
    for kind in ("connection_ack", "next"):
        message = json.loads(await phone.recv())
        if message["type"] != kind:
            raise RuntimeError(f"the server said {message}")
    return phone


async def listen(phone: ClientConnection, member_id: str, heard: Heard) -> None:
    """Note when news come."""
    async for _ in phone:
        heard.hear(member_id)


async def sell(served: Served, ids: Sequence[str], heard: Heard, load: argparse.Namespace) -> None:
    """Record purchases at an even rate, of one member after the other."""
    token = served.issuer.staff_token(["ADMIN"])
    client = httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{served.port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )

    async def buy(member_id: str) -> None:
        given = {
            "source": "till",
            "id": uuid4().hex,
            "memberId": member_id,
            "occurredAt": now().isoformat(timespec="milliseconds") + "Z",
            "total": {"amount": "12.00", "currencyCode": "USD"},
        }
        heard.send(member_id)
        body = {"query": PURCHASE, "variables": {"input": given}}
        while True:
            answer = (await client.post("/staff/graphql", json=body)).json()
            if answer.get("data"):
                break
            heard.unavailable += 1  # a till sends the same again
            await asyncio.sleep(answer["errors"][0]["extensions"]["retryAfterMs"] / 1_000)
        if answer["data"]["purchaseRecord"]["userErrors"]:
            raise RuntimeError(f"the server said {answer}")

    begin = time.perf_counter()
    heard.warm = begin + WARM_UP_SECONDS
    async with client, asyncio.TaskGroup() as group:
        for n in range(int((WARM_UP_SECONDS + load.seconds) * load.rate)):
            await asyncio.sleep(max(0.0, begin + n / load.rate - time.perf_counter()))
            if ids[n % len(ids)] not in heard.sent:
                group.create_task(buy(ids[n % len(ids)]))


async def watch(served: Served, seconds: float) -> list[float | None]:
    """Read the memory at the end of each tenth of so many seconds."""
    found = []
    for _ in range(10):
        await asyncio.sleep(seconds / 10)
        found.append(served.memory_mib())
    return found


async def measure(served: Served, ids: Sequence[str], load: argparse.Namespace) -> Figures:
    """Open every phone, sell, and wait for the last news."""
    heard, before = Heard(), served.memory_mib()
    phones: list[ClientConnection] = []
    for first in range(0, len(ids), CONNECTED_AT_ONCE):
        some = ids[first : first + CONNECTED_AT_ONCE]
        phones += await asyncio.gather(*(open_phone(served, member_id) for member_id in some))
    holding = served.memory_mib()
    both = zip(phones, ids, strict=True)
    listening = [asyncio.ensure_future(listen(phone, who, heard)) for phone, who in both]
    watching = asyncio.ensure_future(watch(served, WARM_UP_SECONDS + load.seconds))
    await sell(served, ids, heard, load)
    with suppress(TimeoutError):
        await asyncio.wait_for(heard.all.wait(), LAST_SECONDS)
    over_time = await watching
    await asyncio.gather(*(phone.close() for phone in phones))
    await asyncio.gather(*listening)
    if len(heard.took) < 2:
        raise SystemExit("no news came in time: give --seconds more")
    cuts = statistics.quantiles(heard.took, n=100)
    return {
        "sockets": len(phones),
        "news": len(heard.took),
        "never_heard": len(heard.sent),
        "unavailable": heard.unavailable,
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "rss_before_mib": before,
        "rss_holding_mib": holding,
        "rss_over_time_mib": over_time,
        "rss_left_mib": served.memory_mib(),
    }


async def live_through(engine: Engine, ids: Sequence[str]) -> None:
    """Give members a history as long as any is kept with them: it is most of what they take."""
    buy = purchases(engine, ids)
    for _ in range(RING_LIMIT):
        await asyncio.gather(*(buy() for _ in ids))


async def main(load: argparse.Namespace) -> Figures:
    """Open a shop, serve and measure on it, and leave nothing behind."""
    async with ground.opened(load, PROGRAM.read_text("utf-8"), timeout_ms=10_000) as shop:
        ids = await enrol(shop.engine, load.sockets)
        await live_through(shop.engine, ids)
        await shop.engine.commits.drain()
        known = shop.engine.mongo.options
        async with serving(known.url, known.database, shop.folder, load.sockets) as served:
            return await measure(served, ids, load)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = ground.command("live", __doc__)
    described.add_argument("--sockets", type=int, default=500)
    described.add_argument("--seconds", type=float, default=20.0)
    described.add_argument("--rate", type=float, default=20.0, help="purchases a second")
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    ground.run(main(given), given)
