"""Buckets of cost that several processes share: what one may take, when more is there, outages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api import rate_limits
from api.metrics import Metrics
from api.rate_limits import COLLECTION, REST, SHARE, Bucket, RateLimited, RateLimits
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.mongo import Mongo
from tests.engines import Clock

RATE = 1_000
ASTA = Bucket("member", "mbr_asta")
BO = Bucket("member", "mbr_bo")
PHONE = Bucket("device", "phone")


class Process:
    """One process's limits on the shared database, and how often it told what was spent."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.metrics = Metrics()
        rates = {"member": RATE, "device": 10 * RATE, "address": 0}
        self.limits = RateLimits(engine.mongo, clock, rates, self.metrics)  # type: ignore[arg-type]

    async def spend(self, cost: int, *buckets: Bucket) -> int | None:
        left = self.limits.spend(buckets or (ASTA,), cost)
        await self.limits.settled()
        return left

    async def spend_all(self, cost: int, bucket: Bucket = ASTA) -> int:
        """Spend until nothing is left; tell how much that was."""
        spent = 0
        try:
            while True:
                await self.spend(cost, bucket)
                spent += cost
        except RateLimited:
            return spent

    def counted(self, series: str) -> float:
        families = text_string_to_metric_families(self.metrics.render().decode())
        return sum(s.value for family in families for s in family.samples if s.name == series)


@pytest.fixture
def one(engine: Engine, clock: Clock) -> Process:
    return Process(engine, clock)


@pytest.fixture
def other(engine: Engine, clock: Clock) -> Process:
    return Process(engine, clock)


@pytest.fixture
def tellings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Name the bucket of every write, as it is made."""
    made: list[str] = []
    really = Mongo.find_one_and_update

    async def noted(self: Mongo, collection: str, where: Any, *rest: Any, **more: Any) -> Any:
        assert collection == COLLECTION
        made.append(where["_id"])
        return await really(self, collection, where, *rest, **more)

    monkeypatch.setattr(Mongo, "find_one_and_update", noted)
    return made


async def test_a_bucket_gives_what_is_in_it_and_says_when_there_is_more(
    one: Process, clock: Clock
) -> None:
    assert await one.spend(400) == 600
    assert await one.spend(599) == 1
    assert await one.spend(1) == 0
    with pytest.raises(RateLimited) as empty:
        await one.spend(1)
    assert (empty.value.kind, empty.value.retry_after_ms) == ("member", 61)  # 60,000 ms / 1,000
    assert one.counted("stamkund_rate_limited_total") == 1
    clock.present += timedelta(milliseconds=59)
    with pytest.raises(RateLimited):
        await one.spend(1)
    clock.present += timedelta(milliseconds=2)
    assert await one.spend(1) == 0
    clock.advance(minutes=1)
    assert await one.spend(1) == RATE - 1


async def test_what_costs_more_than_is_left_is_waited_for_afterwards(
    one: Process, clock: Clock
) -> None:
    await one.spend(999)
    assert await one.spend(3 * RATE) == 0
    with pytest.raises(RateLimited) as empty:
        await one.spend(1)
    assert empty.value.retry_after_ms == 3 * 60_000 + 1
    clock.advance(minutes=3)
    clock.present += timedelta(milliseconds=1)
    assert await one.spend(1) is not None


async def test_nobody_spends_from_the_bucket_of_another(one: Process) -> None:
    assert await one.spend_all(100) == RATE
    assert await one.spend(1, BO) == RATE - 1


async def test_each_of_several_buckets_must_have_something_and_then_each_pays(
    one: Process,
) -> None:
    assert await one.spend(400, ASTA, PHONE) == 600
    assert await one.spend(400, BO, PHONE) == 600
    assert await one.spend(600, ASTA, PHONE) == 0
    with pytest.raises(RateLimited):
        await one.spend(1, ASTA, PHONE)
    assert await one.spend(1, PHONE) == 10 * RATE - 1_401


async def test_where_there_is_no_rate_there_is_no_limit(
    one: Process, tellings: Sequence[str]
) -> None:
    for _ in range(10):
        assert await one.spend(10**9, Bucket("address", "x"), Bucket("staff", "y")) is None
    assert not tellings


async def test_processes_share_a_bucket(one: Process, other: Process) -> None:
    await one.spend(700)
    assert await other.spend(100) == 900  # not told yet: its own tenth
    assert await other.spend(100) == 100
    assert await other.spend_all(50) == 100


async def test_together_they_pass_the_limit_by_at_most_a_tenth_each(
    engine: Engine, clock: Clock
) -> None:
    processes = [Process(engine, clock) for _ in range(4)]
    spent, open_ones = 0, list(processes)
    while open_ones:
        for process in list(open_ones):
            try:
                await process.spend(7)
                spent += 7
            except RateLimited:
                open_ones.remove(process)
    assert RATE <= spent <= RATE + len(processes) * (RATE // SHARE + 7)


async def test_many_requests_are_one_write_and_few_are_none(
    one: Process, tellings: list[str]
) -> None:
    for _ in range(99):
        await one.spend(1)
    assert not tellings
    await one.spend_all(1)
    assert tellings == ["member:mbr_asta"] * SHARE
    await one.spend(99, BO)
    assert len(tellings) == SHARE


async def test_the_database_being_away_refuses_nobody(
    one: Process, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("the database did not answer")

    monkeypatch.setattr(Mongo, "find_one_and_update", away)
    assert await one.spend_all(100) == RATE  # as far as this process knows, and no further
    assert one.counted("stamkund_rate_limit_unshared_total") == 1  # then it rests
    monkeypatch.undo()
    clock.present += REST
    assert await one.spend_all(1) == RATE * REST // timedelta(minutes=1)


async def test_who_is_forgotten_here_is_remembered_there(
    one: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "KEPT", 2)
    await one.spend(900)
    for n in range(3):
        await one.spend(1, Bucket("member", f"mbr_{n}"))
    await one.spend(100)
    with pytest.raises(RateLimited):
        await one.spend(1)


async def test_a_bucket_that_is_full_again_is_no_document_any_more(engine: Engine) -> None:
    await rate_limits.prepare(engine.mongo)
    found = await engine.mongo.database[COLLECTION].index_information()
    assert found["full_buckets_go"]["expireAfterSeconds"] == rate_limits.KEPT_SECONDS
