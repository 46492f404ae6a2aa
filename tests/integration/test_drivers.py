"""The core behaviour with each driver: what one acknowledges, the other reads."""

import asyncio

import pytest

from loyalty import activities, audit, members, outbox, program, wallets
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused, Unavailable
from loyalty.mongo import Driver, Mongo, MongoOptions
from loyalty.states import RING_LIMIT
from loyalty.walks import Walk
from loyalty.wallets import Adjustment, InsufficientPoints, Spending
from tests.engines import PLAIN, Clock, enrol, purchase, stored, uuid7
from tests.integration.conftest import OpenEngine

OTHER: dict[Driver, Driver] = {"pymongo": "motor", "motor": "pymongo"}


@pytest.fixture(params=["pymongo", "motor"])
def driver(request: pytest.FixtureRequest) -> Driver:
    chosen: Driver = request.param
    return chosen


@pytest.fixture
async def engine(open_process: OpenEngine, driver: Driver) -> Engine:
    return await open_process(driver)


async def test_the_whole_way_of_points(engine: Engine, clock: Clock) -> None:
    """Earn, spend, correct, replay, page, tell and audit."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    purchases = [purchase(anna, f"r-{n}", 100 * n) for n in range(RING_LIMIT + 10)]
    await asyncio.gather(*(activities.record_purchase(engine, p) for p in purchases))
    earned = sum(range(RING_LIMIT + 10))
    await wallets.spend(engine, Spending(anna, "points", 100, "s-1", "coffee"))
    await wallets.adjust(engine, Adjustment(anna, "points", 7, "a-1", "goodwill", "staff:1"))
    again = await asyncio.gather(*(activities.record_purchase(engine, p) for p in purchases))
    assert all(outcome.replayed for outcome in again)

    state = await members.require(engine, anna)
    assert wallets.wallet_of(state).account("points").balance == earned - 93
    entries = await wallets.entries(engine, state, Walk(1_000))
    assert [p.entry.points for p in entries[:2]] == [7, -100]
    assert len(entries) == RING_LIMIT + 10 - 1 + 2  # the purchase of 0.00 earned nothing
    await engine.commits.drain()
    while await outbox.relay(engine.mongo, clock()):
        pass
    taken = await outbox.take(engine.mongo, clock(), outbox.Lease("w1", 30))
    assert len(taken) == 1 + RING_LIMIT + 10 - 1 + 2
    await outbox.finish(engine.mongo, taken, clock())
    assert await outbox.oldest_waiting(engine.mongo) is None
    assert (await audit.verify(engine)).violations == []


async def test_a_refusal_writes_nothing(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await wallets.adjust(engine, Adjustment(anna, "points", 7, "a-1", "goodwill", "staff:1"))
    before = await stored(engine.mongo, anna)
    with pytest.raises(Refused) as short:
        await wallets.spend(engine, Spending(anna, "points", 8, "s-1", "coffee"))
    assert short.value.refusal == InsufficientPoints("points", 8, 7)
    with pytest.raises(Refused) as reused:
        await wallets.adjust(engine, Adjustment(anna, "points", 8, "a-1", "more", "staff:1"))
    assert reused.value.refusal == KeyReused("a-1")
    assert await stored(engine.mongo, anna) == before


async def test_processes_with_different_drivers_race_safely(
    engine: Engine, open_process: OpenEngine, driver: Driver, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process(OTHER[driver])
    wanted = Adjustment(anna, "points", 7, uuid7(clock(), 1), "goodwill", "staff:1")
    outcomes = await asyncio.gather(*(wallets.adjust(e, wanted) for e in [engine, other] * 10))
    assert sorted(o.replayed for o in outcomes) == [False] + [True] * 19
    results = await asyncio.gather(
        *(
            activities.record_purchase(e, purchase(anna, f"r-{n}", 100))
            for n in range(50)
            for e in (engine, other)
        )
    )
    assert sum(not o.replayed for o in results) == 50
    for process in (engine, other):
        await process.commits.drain()
    report = await audit.verify(other)
    assert (report.balances, report.violations) == ({"points": 57}, [])


# Motor's monitor, a thread, may be in the middle of connecting when the client is closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_absent_database_is_unavailable(driver: Driver) -> None:
    """A port nobody listens on: an outage with a moment to try again, not a driver's error."""
    url = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"
    mongo = Mongo(MongoOptions(url, "absent", driver, timeout_ms=100))
    with pytest.raises(Unavailable) as outage:
        await mongo.find_one("member_states", {"_id": "mbr_x"})
    assert outage.value.retry_after_ms > 0
    await mongo.close()
