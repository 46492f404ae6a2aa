"""A replica set of three loses its primary under load: what was acknowledged stays, once."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from api.embedded_mongo.binary import find_mongod
from api.embedded_mongo.child import Child
from loyalty import audit, members, program, wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.mongo import Mongo, MongoOptions
from loyalty.states import STATES
from loyalty.wallets import Adjustment, Spending
from tests.conftest import PATIENCE_SECONDS
from tests.engines import PLAIN, Clock, enrol, records_of, start, uuid7
from tests.processes import POLL_SECONDS, free_port

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

NAME = "three"
START_SECONDS = 30.0
# Longer than the engine waits for a database, so that nobody is served by luck.
ELECTION_SECONDS = 4
TILLS, SPENDS, PRICE, START = 8, 12, 10, 10_000
ENOUGH = TILLS * SPENDS // 3

Client = MongoClient[dict[str, Any]]


@dataclass
class Set:
    """Three mongods on this machine that elect a primary among themselves."""

    by_port: dict[int, Child]

    @property
    def url(self) -> str:
        """Give the address of them all."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.by_port)
        return f"mongodb://{hosts}/?replicaSet={NAME}"

    def primary(self) -> int | None:
        """Give the port of the one that takes writes, if there is one."""
        for port, child in self.by_port.items():
            if child.is_running() and ask(port, "hello").get("isWritablePrimary"):
                return port
        return None

    def kill(self, port: int) -> None:
        """Kill a mongod by signal 9."""
        os.kill(self.by_port[port].pid, signal.SIGKILL)


def ask(port: int, command: str, value: object = 1, **more: object) -> dict[str, Any]:
    """Run an administrator's command on one mongod; give {} where it does not answer."""
    with Client("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=1_000) as client:
        try:
            return client.admin.command({command: value, **more})
        except PyMongoError:
            return {}


@contextmanager
def running(home: Path, port: int) -> Iterator[Child]:
    """Run one of the set, on a directory of its own; in the end it is killed."""
    home.mkdir()
    flags = {
        "--dbpath": str(home),
        "--logpath": str(home / "mongod.log"),
        "--bind_ip": "127.0.0.1",
        "--port": str(port),
        "--replSet": NAME,
        "--oplogSize": "64",
        "--wiredTigerCacheSizeGB": "0.25",
    }
    words = [word for flag in flags.items() for word in flag]
    child = Child([str(find_mongod()), *words, "--quiet"], home / "mongod.out")
    try:
        yield child
    finally:
        if child.is_running():
            os.kill(child.pid, signal.SIGKILL)
        child.stop()


def wait_for_answer(port: int, command: str, deadline: float, **words: object) -> None:
    """Send a command again and again until the mongod has done it."""
    while not ask(port, command, **words):
        assert time.monotonic() < deadline, f"no {command} within {START_SECONDS} s"
        time.sleep(POLL_SECONDS)


@pytest.fixture
def replica_set(tmp_path: Path) -> Iterator[Set]:
    with ExitStack() as stack:
        by_port: dict[int, Child] = {}
        for _ in range(3):
            port = free_port()
            by_port[port] = stack.enter_context(running(tmp_path / str(port), port))
        settings = {"electionTimeoutMillis": ELECTION_SECONDS * 1_000}
        hosts = [{"_id": n, "host": f"127.0.0.1:{port}"} for n, port in enumerate(by_port)]
        config = {"_id": NAME, "members": hosts, "settings": settings}
        deadline = time.monotonic() + START_SECONDS
        for port in by_port:
            wait_for_answer(port, "ping", deadline)
        first = next(iter(by_port))
        wait_for_answer(first, "replSetInitiate", deadline, value=config)
        wait_for_answer(first, "replSetStepUp", deadline)
        on_all = {"w": 3, "wtimeout": 1_000}
        wait_for_answer(first, "appendOplogNote", deadline, data={}, writeConcern=on_all)
        yield Set(by_port)


@pytest.fixture
async def three(replica_set: Set) -> AsyncIterator[Engine]:
    mongo = Mongo(MongoOptions(replica_set.url))
    try:
        engine = await start(mongo, Clock())
        yield engine
        await engine.commits.drain()
    finally:
        await mongo.close()


@dataclass
class Tills:
    """Tills at which one member spends; each sends a spend again until it is answered."""

    engine: Engine
    member_id: str
    answers: dict[str, Outcome] = field(default_factory=dict)
    unavailable: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def spend(self, key: str) -> Outcome:
        """Spend, once."""
        return await wallets.spend(
            self.engine, Spending(self.member_id, "points", PRICE, key, "coffee")
        )

    async def run(self, till: int) -> None:
        """Spend again and again, each with a key of its own; whatever is not an outage fails."""
        for n in range(SPENDS):
            key = uuid7(self.engine.clock(), n * TILLS + till + 1)
            while key not in self.answers:
                try:
                    self.answers[key] = await self.spend(key)
                except Unavailable:
                    self.unavailable += 1
            if len(self.answers) >= ENOUGH:
                self.enough.set()


def answer_of(outcome: Outcome) -> tuple[object, ...]:
    """Give what a till is told, wherever the record is by now."""
    record = outcome.record
    return outcome.result, record["seq"], record["key"], record["at"], record["entries"]


async def test_what_was_spent_is_spent_once_when_the_primary_is_killed(
    replica_set: Set, three: Engine
) -> None:
    await program.publish(three, PLAIN)
    anna = await enrol(three)
    await wallets.adjust(three, Adjustment(anna, "points", START, "start", "goodwill", "eva"))
    tills = Tills(three, anna)
    old = replica_set.primary()
    assert old is not None
    async with asyncio.TaskGroup() as group:
        for till in range(TILLS):
            group.create_task(tills.run(till))
        await tills.enough.wait()
        replica_set.kill(old)
        acknowledged = set(tills.answers)
    assert replica_set.primary() not in (None, old)
    assert ENOUGH <= len(acknowledged) < len(tills.answers) == TILLS * SPENDS
    assert tills.unavailable > 0

    records = {record["key"]: record for record in await records_of(three.mongo, anna)}
    for key, first in tills.answers.items():
        again = await tills.spend(key)
        assert again.replayed
        assert answer_of(again) == answer_of(first)
        assert [entry["points"] for entry in records[key]["entries"]] == [-PRICE]
    state = await members.require(three, anna)
    balance = wallets.wallet_of(state).account("points").balance
    assert balance == START - PRICE * TILLS * SPENDS
    assert (await audit.verify(three)).violations == []


async def test_while_nobody_is_primary_a_spend_is_unavailable_and_not_refused(
    replica_set: Set, three: Engine
) -> None:
    await program.publish(three, PLAIN)
    anna = await enrol(three)
    await wallets.adjust(three, Adjustment(anna, "points", PRICE, "start", "goodwill", "eva"))
    old = replica_set.primary()
    assert old is not None
    tills = Tills(three, anna)
    key = uuid7(three.clock(), 1)
    first = await tills.spend(key)
    replica_set.kill(old)
    both = (tills.spend(key), tills.spend("another"))  # at once: an election may be quick
    told = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable, Unavailable]
    while True:
        try:
            again = await tills.spend(key)
            break
        except Unavailable:
            continue
    assert again.replayed
    assert answer_of(again) == answer_of(first)
    state = await members.require(three, anna)
    assert wallets.wallet_of(state).account("points").balance == 0


async def test_who_listens_hears_of_what_is_written_after_the_primary_steps_down(
    replica_set: Set, three: Engine
) -> None:
    await program.publish(three, PLAIN)
    anna = await enrol(three)
    await wallets.adjust(three, Adjustment(anna, "points", START, "start", "goodwill", "eva"))
    old = replica_set.primary()
    assert old is not None
    final, heard = START - PRICE * TILLS * SPENDS, []

    async def read() -> int:
        state = await members.require(three, anna)
        return wallets.wallet_of(state).account("points").balance

    async def listen() -> None:
        async with aclosing(three.live.follow(STATES, anna, read)) as balances:
            async for balance in balances:
                heard.append(balance)
                if balance == final:
                    return

    tills = Tills(three, anna)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            group.create_task(listen())
            for till in range(TILLS):
                group.create_task(tills.run(till))
            await tills.enough.wait()
            await asyncio.to_thread(ask, old, "replSetStepDown", 60)
    finally:
        await three.live.close()
    assert replica_set.primary() not in (None, old)
    assert heard == sorted(heard, reverse=True)
