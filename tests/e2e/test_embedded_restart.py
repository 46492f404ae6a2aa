"""The embedded mongod dies under a process that goes on: what is lost, what is said, what stops."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api.embedded_mongo import EmbeddedMongo, EmbeddedMongoUnavailable, kept_running
from tests.processes import (
    ANSWER_SECONDS,
    POLL_SECONDS,
    PROGRAMS,
    ROOT,
    STOP_SECONDS,
    Running,
    ask,
    environment,
    free_port,
    get,
    running,
    stamkund,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

DEADLINE_SECONDS = 60.0
GAP_SECONDS = 30.0  # about one on a machine with nothing else to do
KILLS = 3

ENROL = """mutation { memberEnrol(input: {externalId: "c1"}) {
  member { id } userErrors { code }
} }"""
RECORD = """mutation ($input: PurchaseRecordInput!) {
  purchaseRecord(input: $input) { replayed entries { points } userErrors { code } }
}"""


class Till:
    """Who records purchases of one member, and goes by what the answers say."""

    def __init__(self, server: Running, data_dir: Path) -> None:
        self.url = f"{server.url}/staff/graphql"
        done = stamkund("token", "--staff", "admin,support", "--data-dir", data_dir)
        self.token = done.stdout.strip()
        self.member_id = ask(self.url, self.token, ENROL)["memberEnrol"]["member"]["id"]

    def record(self, purchase: str) -> dict[str, Any]:
        """Send a purchase once; give the answer, whatever it is."""
        variables = {
            "input": {
                "source": "till",
                "id": purchase,
                "memberId": self.member_id,
                "occurredAt": "2026-01-05T12:00:00Z",
                "total": {"amount": "7.50", "currencyCode": "USD"},
            }
        }
        body = json.dumps({"query": RECORD, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                answer = json.load(error)
        return answer

    def was_replayed(self, purchase: str) -> bool:
        """Send a purchase that must be accepted, and tell whether it was there before."""
        payload = self.record(purchase)["data"]["purchaseRecord"]
        assert payload["userErrors"] == []
        assert [entry["points"] for entry in payload["entries"]] == [7]
        return bool(payload["replayed"])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """An empty directory, of which no database is left behind."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def data_dir(place: Path) -> Path:
    """A directory in which the plain program is active."""
    done = stamkund("program", "publish", PROGRAMS / "points.yaml", "--data-dir", place)
    assert done.returncode == 0, done.stderr
    return place


def mongod_of(data_dir: Path) -> int:
    """Give the process id of the mongod that has a directory; 0 while one starts."""
    return int((data_dir / "mongo" / "db" / "mongod.lock").read_text() or 0)


def kill_mongod(data_dir: Path) -> int:
    """Kill -9 the mongod of a directory, and return which it was."""
    pid = mongod_of(data_dir)
    os.kill(pid, signal.SIGKILL)
    return pid


@contextmanager
def port_taken(data_dir: Path) -> Iterator[None]:
    """Kill mongod and sit on its port, so that it cannot come back before the block ends."""
    port = int((data_dir / "mongo" / "port").read_text())
    kill_mongod(data_dir)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            rival = socket.create_server(("127.0.0.1", port))
            break
        except OSError:
            assert time.monotonic() < deadline, "the port did not become free"
    with rival:
        yield


def another_than(killed: int, data_dir: Path) -> bool:
    return mongod_of(data_dir) not in (0, killed)


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_SECONDS} s"
        time.sleep(POLL_SECONDS)


def assert_verified(data_dir: Path, purchases: int) -> None:
    done = stamkund("verify", "--json", "--data-dir", data_dir)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["violations"] == []
    assert report["purchases"] == purchases
    assert report["balances"] == {"points": purchases * 7}


def test_a_killed_mongod_comes_back_with_everything_that_was_acknowledged(data_dir: Path) -> None:
    with running(free_port(), "serve", "--with-worker", "--data-dir", data_dir) as server:
        till = Till(server, data_dir)
        for n in range(KILLS):
            assert not till.was_replayed(f"before-{n}")
            killed = kill_mongod(data_dir)
            died_at = time.monotonic()
            wait_for(partial(another_than, killed, data_dir), "another mongod")
            server.wait_until_ready()
            assert time.monotonic() - died_at < GAP_SECONDS
            assert till.was_replayed(f"before-{n}")
            assert not till.was_replayed(f"after-{n}")
        assert_verified(data_dir, 2 * KILLS)  # by a neighbour that finds the new mongod
        assert server.stop() == 0
    assert_verified(data_dir, 2 * KILLS)


def test_while_it_is_away_callers_are_told_to_come_again(data_dir: Path) -> None:
    with running(free_port(), "serve", "--data-dir", data_dir) as server:
        till = Till(server, data_dir)
        with port_taken(data_dir):
            [error] = till.record("meanwhile")["errors"]
            assert error["extensions"]["code"] == "UNAVAILABLE"
            assert error["extensions"]["retryAfterMs"] == 1_000
            assert get(f"{server.url}/readyz")[0] == 503
            assert get(f"{server.url}/livez")[0] == 200
        server.wait_until_ready()
        till.was_replayed("meanwhile")
        assert till.was_replayed("meanwhile")
        assert server.stop() == 0
    assert_verified(data_dir, 1)


@contextmanager
def worker_in(place: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a worker with a database of its own; give it and its log when it has started."""
    log = place / "worker.log"
    with log.open("wb") as file:
        worker = subprocess.Popen(
            [sys.executable, "-m", "api", "worker", "--data-dir", str(place), *options],
            env=environment(STAMKUND_LOG_FORMAT="json"),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=file,
        )
    try:
        wait_for(lambda: count(log, "worker_started"), "start of the worker")
        yield worker, log
    finally:
        worker.kill()
        worker.wait()


def tells(url: str, what: bytes) -> bool:
    return what in get(url)[1]


def count(log: Path, event: str) -> int:
    return log.read_text().count(f'"event": "{event}"')


def test_the_log_and_the_probes_tell_of_an_outage_once_at_each_end(place: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with worker_in(place, "--port", str(port)) as (worker, log):
        wait_for(lambda: get(f"{url}/readyz")[0] == 200, "readiness")
        with port_taken(place):
            wait_for(lambda: count(log, "worker_waits"), "start of the outage")
            wait_for(lambda: count(log, "mongod_not_started") >= 4, "four attempts")
            assert get(f"{url}/readyz")[0] == 503
            assert get(f"{url}/livez") == (200, b"alive\n")
        wait_for(lambda: count(log, "worker_goes_on"), "end of the outage")
        wait_for(lambda: get(f"{url}/readyz") == (200, b"ready\n"), "readiness")
        for told in (b"stamkund_jobs_run_total{", b"stamkund_jobs{", b'_seconds{loop="news"}'):
            wait_for(partial(tells, f"{url}/metrics", told), "metrics of its work")
        assert get(f"{url}/graphql")[0] == 404
        worker.terminate()
        assert worker.wait(STOP_SECONDS) == 0
    events = ("worker_waits", "worker_goes_on", "mongod_ended", "mongod_started_again")
    assert [count(log, event) for event in events] == [1, 1, 1, 1], log.read_text()


def test_a_worker_stops_when_the_data_is_gone(place: Path) -> None:
    with worker_in(place) as (worker, log):
        delete_under_mongod(place)
        assert worker.wait(STOP_SECONDS) == 1
    said = log.read_text().splitlines()
    assert said[-1].startswith("stamkund: the data of the embedded MongoDB is no longer in")
    assert count(log, "worker_stopped") == 1


def test_a_server_stops_when_the_data_is_gone(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(free_port(), "serve", "--with-worker", "--data-dir", place) as server:
        delete_under_mongod(place)
        assert server.process.wait(STOP_SECONDS) == 1
    said = capfd.readouterr().err
    assert "stamkund: the data of the embedded MongoDB is no longer in" in said
    assert "put it back, from a backup if need be" in said
    assert "Traceback" not in said
    assert not (place / "mongo" / "db").exists()


def delete_under_mongod(place: Path) -> None:
    pid = mongod_of(place)
    shutil.rmtree(place / "mongo" / "db")
    os.kill(pid, signal.SIGKILL)


async def test_what_ends_time_after_time_is_given_up_and_the_block_is_cancelled(
    place: Path,
) -> None:
    cancelled = asyncio.Event()

    async def work(mongo: EmbeddedMongo) -> None:
        async with kept_running(mongo, delays=(0.0, 0.0)):
            (place / "mongo" / "db" / "WiredTiger.turtle").write_bytes(b"no turtle")
            os.kill(mongo.pid, signal.SIGKILL)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

    async with EmbeddedMongo(place) as mongo:
        with pytest.raises(EmbeddedMongoUnavailable, match="ended 2 times in a row") as given_up:
            await work(mongo)
        assert not mongo.is_running()
    assert cancelled.is_set()
    assert "WiredTiger" in str(given_up.value)
    assert "room on the disk" in str(given_up.value)


async def test_what_the_block_raises_comes_out_as_it_is(place: Path) -> None:
    async with EmbeddedMongo(place) as mongo:
        with pytest.raises(LookupError, match="of the block"):
            async with kept_running(mongo):
                raise LookupError("of the block")
        assert mongo.is_running()
