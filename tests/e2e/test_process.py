"""The process at its worst moments: killed under load, asked to stop while it works."""

import asyncio
import json
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.processes import (
    ANSWER_SECONDS,
    PROGRAMS,
    Running,
    ask,
    free_port,
    get,
    running,
    stamkund,
)

RECORDERS = 32
ENOUGH = 400
DEADLINE_SECONDS = 60.0
AMOUNT, POINTS = "7.50", 7

ENROL = """mutation ($input: MemberEnrolInput!) {
  memberEnrol(input: $input) { member { id } userErrors { code } }
}"""
RECORD = """mutation ($input: PurchaseRecordInput!) {
  purchaseRecord(input: $input) { replayed entries { points } userErrors { code } }
}"""


@dataclass
class Load:
    """What the recorders know: ids that were acknowledged, and those whose answer never came."""

    url: str
    token: str
    member_ids: list[str]
    acknowledged: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def record(self, session: aiohttp.ClientSession, purchase: str) -> bool:
        """Record a purchase of the member it names, and tell whether it was there before."""
        body = {"query": RECORD, "variables": {"input": self.input_of(purchase)}}
        async with session.post(self.url, json=body) as response:
            answer = await response.json()
        payload = answer["data"]["purchaseRecord"]
        assert payload["userErrors"] == [], payload
        assert [entry["points"] for entry in payload["entries"]] == [POINTS]
        return bool(payload["replayed"])

    def input_of(self, purchase: str) -> dict[str, object]:
        """Give the input of a purchase: its id says whose it is."""
        recorder, _, _ = purchase.partition("-")
        return {
            "source": "till",
            "id": purchase,
            "memberId": self.member_ids[int(recorder) % len(self.member_ids)],
            "occurredAt": "2026-01-05T12:00:00Z",
            "total": {"amount": AMOUNT, "currencyCode": "USD"},
        }

    async def go_on(self, session: aiohttp.ClientSession, recorder: int) -> None:
        """Record purchases until the server is gone."""
        for n in range(100_000):
            purchase = f"{recorder}-{n}"
            self.unclear.add(purchase)
            try:
                await self.record(session, purchase)
            except (aiohttp.ClientError, ConnectionError):
                return
            self.unclear.remove(purchase)
            self.acknowledged.add(purchase)
            if len(self.acknowledged) >= ENOUGH:
                self.enough.set()

    def session(self) -> aiohttp.ClientSession:
        """Open a session with a connection for each recorder."""
        return aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self.token}"},
            connector=aiohttp.TCPConnector(limit=RECORDERS),
        )


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A directory in which the plain program is active."""
    done = stamkund("program", "publish", PROGRAMS / "points.yaml", "--data-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def staff_token(data_dir: Path) -> str:
    return stamkund("token", "--staff", "admin,support", "--data-dir", data_dir).stdout.strip()


def start_load(server: Running, data_dir: Path, members: int = 8) -> Load:
    """Enrol members to record purchases for."""
    url, token = f"{server.url}/staff/graphql", staff_token(data_dir)
    inputs = [{"input": {"externalId": f"c{n}"}} for n in range(members)]
    ids = [ask(url, token, ENROL, each)["memberEnrol"]["member"]["id"] for each in inputs]
    return Load(url, token, ids)


def verified(data_dir: Path) -> dict[str, object]:
    done = stamkund("verify", "--json", "--data-dir", data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return report


async def test_kill_9_under_load_loses_nothing_that_was_acknowledged(data_dir: Path) -> None:
    port = free_port()
    with running(port, "serve", "--with-worker", "--data-dir", data_dir) as server:
        load = start_load(server, data_dir)
        async with load.session() as session, asyncio.TaskGroup() as recorders:
            for recorder in range(RECORDERS):
                recorders.create_task(load.go_on(session, recorder))
            async with asyncio.timeout(DEADLINE_SECONDS):
                await load.enough.wait()
            server.stop(signal.SIGKILL)
    assert load.unclear

    with running(port, "serve", "--with-worker", "--data-dir", data_dir) as server:
        async with load.session() as session:
            again = await asyncio.gather(*(load.record(session, p) for p in load.acknowledged))
            assert all(again)
            await asyncio.gather(*(load.record(session, p) for p in load.unclear))
        assert server.stop() == 0

    report = verified(data_dir)
    count = len(load.acknowledged) + len(load.unclear)
    assert report["purchases"] == count
    assert report["balances"] == {"points": count * POINTS}
    assert report["violations"] == []


def test_a_request_that_runs_at_sigterm_is_answered(data_dir: Path) -> None:
    port = free_port()
    with running(port, "serve", "--data-dir", data_dir) as server:
        load = start_load(server, data_dir, members=1)
        variables = {"input": load.input_of("0-0")}
        body = json.dumps({"query": RECORD, "variables": variables}).encode()
        head = (
            f"POST /staff/graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {load.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(head + body[:10])
            assert get(f"{server.url}/livez")[0] == 200  # by now the first half was read
            server.process.send_signal(signal.SIGTERM)
            server.wait_until_closed()
            connection.sendall(body[10:])
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert server.process.wait(30) == 0
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert b'"points":7' in answer
    assert verified(data_dir)["purchases"] == 1


def test_probes_and_metrics_answer_without_a_token_and_name_nobody(data_dir: Path) -> None:
    port = free_port()
    with running(port, "serve", "--data-dir", data_dir) as server:
        load = start_load(server, data_dir, members=1)
        assert get(f"{server.url}/livez") == (200, b"alive\n")
        assert get(f"{server.url}/readyz") == (200, b"ready\n")
        status, text = get(f"{server.url}/metrics")
        assert status == 200
        assert b'stamkund_http_requests_total{door="staff",status="200"} 1.0' in text
        assert load.member_ids[0].encode() not in text
        status, jwks = get(f"{server.url}/dev/jwks.json")
        assert (status, set(json.loads(jwks)["keys"][0])) == (
            200,
            {"alg", "crv", "kid", "kty", "use", "x", "y"},
        )
        # A second process on the same directory finds the first one's database.
        assert verified(data_dir)["members"] == 1


def test_a_port_that_is_taken_is_said_before_anything_starts(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = stamkund("serve", "--port", port, "--data-dir", data_dir)
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
    assert "Traceback" not in done.stderr
