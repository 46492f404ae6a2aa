"""Sweeps: what is broken of one member is that member's alone."""

from collections.abc import Mapping

import pytest

from loyalty import activities, chores, jobs, program, sweeps
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.jobs import Lease, Result
from loyalty.states import STATES
from tests.engines import RICH, Clock, balance_of, enrol, purchase


async def swept(engine: Engine) -> Result:
    """Let a worker expire what is due."""
    kind = "wallets.expiry"
    (held,) = await jobs.take(engine, [kind], Lease(engine.new_id()), 1)
    return (await jobs.run(engine, held, chores.handlers(None)[kind])).result


async def test_a_member_with_damage_holds_up_nobody_else(
    engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await program.publish(engine, RICH)
    anna, bo, cy = [await enrol(engine, name) for name in ("anna", "bo", "cy")]
    for member in (anna, bo, cy):
        await activities.record_purchase(engine, purchase(member, member, 20_000, money="EUR"))
    assert await balance_of(engine, bo) > 0
    damage = {"$set": {"wallet.accounts.points.lots.0.remaining": "20"}}
    await engine.mongo.update_one(STATES, {"_id": anna}, damage)
    await chores.begin(engine)
    clock.advance(days=92)
    assert await swept(engine) is Result.AGAIN
    due = {"wallet.expires_next_at": {"$lte": clock()}}
    assert [left["_id"] for left in await engine.mongo.find(STATES, due)] == [anna]
    assert [record.getMessage() for record in caplog.records] == [f"a sweep left out {anna}"]
    clock.advance(minutes=1)
    assert await swept(engine) is Result.FAILED  # nothing is left but what somebody has to mend


@pytest.mark.parametrize(
    ("errors", "raised"),
    [
        ({}, None),
        ({"a": ValueError("a")}, None),
        ({"a": ValueError("a"), "b": ValueError("b")}, ValueError),
        ({"b": Unavailable("away")}, Unavailable),
    ],
)
async def test_a_sweep_fails_where_nobody_could_be_done_or_the_database_is_away(
    errors: Mapping[str, Exception], raised: type[Exception] | None
) -> None:
    async def do(one: str) -> None:
        if one in errors:
            raise errors[one]

    if raised is None:
        assert await sweeps.each(["a", "b"], do) == 2
        return
    with pytest.raises(raised):
        await sweeps.each(["a", "b"], do)
