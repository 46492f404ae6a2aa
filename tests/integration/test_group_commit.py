"""The queue of commands: one answer for each, whatever happens to its neighbours."""

import asyncio
from datetime import datetime

import pytest
from pymongo import WriteConcern

from loyalty import activities, group_commit, members, program, wallets
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import (
    BadInput,
    KeyReused,
    MemberNotActive,
    MemberUnknown,
    Refused,
    Unavailable,
)
from loyalty.group_commit import MEMBER_QUEUE_LIMIT
from loyalty.states import LEDGER, STATES, Change, Fact, State
from loyalty.wallets import Adjustment, InsufficientPoints, Spending
from tests.engines import PLAIN, START, Clock, enrol, purchase, records_of, steppable, stored, uuid7

ACTIVITIES = "activities"


def command(member_id: str, key: str | None, value: int = 0, input_hash: str = "same") -> Command:
    def decide(state: State, now: datetime) -> Change:
        values = [*(state.section("note") or {"values": []})["values"], value]
        return Change(
            sections={"note": {"values": values}},
            facts=[Fact("Noted", {"value": value})],
            result={"value": value},
        )

    return Command(member_id, decide, key, input_hash)


async def suspend(engine: Engine, member_id: str) -> None:
    """Suspend a member as another process would: with a new sequence number."""
    change = {"$set": {"profile.status": "SUSPENDED"}, "$inc": {"seq": 1}}
    assert await engine.mongo.update_one(STATES, {"_id": member_id}, change) == 1


async def test_commands_of_one_member_are_applied_in_the_order_they_came(engine: Engine) -> None:
    anna = await enrol(engine)
    outcomes = await asyncio.gather(
        *(engine.commits.submit(command(anna, f"k{n}", n)) for n in range(600))
    )
    assert [o.result for o in outcomes] == [{"value": n} for n in range(600)]
    assert [o.record["seq"] for o in outcomes] == list(range(1, 601))
    document = await stored(engine.mongo, anna)
    assert document is not None
    assert document["note"] == {"values": list(range(600))}


async def test_one_batch_is_one_write_per_member(engine: Engine) -> None:
    anna = await enrol(engine)
    first, second = await asyncio.gather(
        *(engine.commits.submit(command(anna, f"k{n}", n)) for n in range(2))
    )
    assert first.state is second.state
    assert second.state.seq == 2


async def test_an_unknown_member_is_refused_alone(engine: Engine) -> None:
    anna = await enrol(engine)
    known, unknown = await asyncio.gather(
        engine.commits.submit(command(anna, "k")),
        engine.commits.submit(command("mbr_nobody", "k")),
        return_exceptions=True,
    )
    assert not isinstance(known, BaseException)
    assert isinstance(unknown, Refused)
    assert unknown.refusal == MemberUnknown("mbr_nobody")
    assert await stored(engine.mongo, "mbr_nobody") is None


async def test_a_bug_in_one_decision_fails_its_caller_alone(engine: Engine) -> None:
    anna = await enrol(engine)

    def broken(state: State, now: datetime) -> Change:
        raise ZeroDivisionError

    results = await asyncio.gather(
        engine.commits.submit(command(anna, "k1", 1)),
        engine.commits.submit(Command(anna, broken, "k2")),
        engine.commits.submit(command(anna, "k3", 3)),
        return_exceptions=True,
    )
    assert isinstance(results[1], ZeroDivisionError)
    assert [r["key"] for r in await records_of(engine.mongo, anna)] == ["k1", "k3"]


async def test_the_same_key_with_another_input_is_refused_in_one_batch_and_after_it(
    engine: Engine,
) -> None:
    anna = await enrol(engine)
    first, second = await asyncio.gather(
        engine.commits.submit(command(anna, "k", 1)),
        engine.commits.submit(command(anna, "k", 2, "other")),
        return_exceptions=True,
    )
    assert not isinstance(first, BaseException)
    assert isinstance(second, Refused)
    assert second.refusal == KeyReused("k")
    before = await stored(engine.mongo, anna)
    with pytest.raises(Refused) as later:
        await engine.commits.submit(command(anna, "k", 2, "other"))
    assert later.value.refusal == KeyReused("k")
    assert await stored(engine.mongo, anna) == before


async def test_a_full_queue_of_a_member_is_unavailable_and_others_are_served(
    engine: Engine,
) -> None:
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    calls = [
        asyncio.ensure_future(engine.commits.submit(command(anna, f"k{n}")))
        for n in range(MEMBER_QUEUE_LIMIT + 1)
    ]
    calls.append(asyncio.ensure_future(engine.commits.submit(command(bo, "k"))))
    results = await asyncio.gather(*calls, return_exceptions=True)
    failed = [r for r in results if isinstance(r, BaseException)]
    assert [type(f) for f in failed] == [Unavailable]
    assert results.index(failed[0]) == MEMBER_QUEUE_LIMIT
    document = await stored(engine.mongo, anna)
    assert document is not None
    assert document["seq"] == MEMBER_QUEUE_LIMIT


async def test_facts_are_written_with_their_change_and_named_by_it(engine: Engine) -> None:
    anna = await enrol(engine)
    await engine.commits.submit(command(anna, "k1", 1))
    await engine.commits.submit(command(anna, "k2", 2))
    document = await stored(engine.mongo, anna)
    assert document is not None
    facts = [(f["id"], f["kind"], f["data"]) for f in document["outbox"]]
    person = members.Enrolment(external_id="anna").person
    assert facts == [
        (f"{anna}:0:0", "MemberEnrolled", {"person": person, "occurred_at": START}),
        (f"{anna}:1:0", "Noted", {"value": 1}),
        (f"{anna}:2:0", "Noted", {"value": 2}),
    ]


async def test_a_caller_that_goes_away_does_not_take_its_neighbours_along(engine: Engine) -> None:
    """Gone while its claim's holder, another input, is looked up: the answer has nobody left."""
    await program.publish(engine, PLAIN)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    gone = asyncio.ensure_future(activities.record_purchase(engine, purchase(anna, "r-1", 900)))
    stays = asyncio.ensure_future(activities.record_purchase(engine, purchase(bo, "r-2", 300)))

    async def hang_up() -> None:
        gone.cancel()

    steppable(engine).before["find", ACTIVITIES] = hang_up
    outcome = await stays
    assert not outcome.replayed
    assert gone.cancelled()
    assert (await members.require(engine, bo)).seq == 1


async def test_a_caller_that_goes_away_during_a_look_in_the_ledger_harms_nobody(
    engine: Engine, clock: Clock
) -> None:
    anna = await enrol(engine)
    for n in range(45):
        await engine.commits.submit(command(anna, uuid7(clock(), n), n))
    gone = asyncio.ensure_future(
        engine.commits.submit(command(anna, uuid7(clock(), 0), 0, "other"))
    )
    stays = asyncio.ensure_future(engine.commits.submit(command(anna, uuid7(clock(), 99), 99)))

    async def hang_up() -> None:
        gone.cancel()

    steppable(engine).before["find", LEDGER] = hang_up
    outcome = await stays
    assert outcome.result == {"value": 99}
    assert gone.cancelled()


async def test_what_a_caller_left_behind_is_still_done(engine: Engine) -> None:
    anna = await enrol(engine)
    gone = asyncio.ensure_future(engine.commits.submit(command(anna, "k", 5)))

    async def hang_up() -> None:
        gone.cancel()

    steppable(engine).before["update_batch", STATES] = hang_up
    await asyncio.wait([gone])
    await engine.commits.drain()
    again = await engine.commits.submit(command(anna, "k", 5))
    assert (again.replayed, again.result) == (True, {"value": 5})


async def test_a_refusal_after_a_lost_race_gives_the_claim_back(
    engine: Engine,
) -> None:
    """The first decision lost its race: what it would have written must not be noted."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    steppable(engine).before["update_batch", STATES] = lambda: suspend(engine, anna)
    with pytest.raises(Refused) as refused:
        await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert refused.value.refusal == MemberNotActive(anna, "SUSPENDED")
    await engine.commits.drain()
    assert await records_of(engine.mongo, anna) == []
    assert await engine.mongo.find_one(ACTIVITIES, {"_id": "purchase:till:r-1"}) is None


async def test_a_caller_gone_before_a_lost_race_leaves_the_claim_open(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    gone = asyncio.ensure_future(activities.record_purchase(engine, purchase(anna, "r-1", 500)))

    async def overtake_and_hang_up() -> None:
        gone.cancel()
        await engine.mongo.update_one(STATES, {"_id": anna}, {"$inc": {"seq": 1}})

    steppable(engine).before["update_batch", STATES] = overtake_and_hang_up
    await asyncio.wait([gone])
    await engine.commits.drain()
    claim = await engine.mongo.find_one(ACTIVITIES, {"_id": "purchase:till:r-1"})
    assert claim is not None
    assert await records_of(engine.mongo, anna) == []
    assert "open_since" in claim


async def test_a_caller_gone_before_a_doubtful_member_is_read_again_leaves_the_claim_open(
    engine: Engine,
) -> None:
    """Decided from memory beside a refusal, then decided again without it: it was never written."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    gone = asyncio.ensure_future(activities.record_purchase(engine, purchase(anna, "r-2", 500)))
    too_much = Spending(anna, "points", 100, uuid7(engine.clock(), 9), "coffee")
    refused = asyncio.ensure_future(wallets.spend(engine, too_much))

    async def hang_up() -> None:
        gone.cancel()

    steppable(engine).before["find", STATES] = hang_up
    with pytest.raises(Refused) as refusal:
        await refused
    assert gone.cancelled()
    assert refusal.value.refusal == InsufficientPoints("points", 100, 5)
    await engine.commits.drain()
    claim = await engine.mongo.find_one(ACTIVITIES, {"_id": "purchase:till:r-2"})
    assert claim is not None
    assert "open_since" in claim
    assert len(await records_of(engine.mongo, anna)) == 1


async def test_claims_of_several_rounds_are_noted_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "NOTES_WAIT", 3_600)
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    for number in range(3):
        await activities.record_purchase(engine, purchase(anna, f"r-{number}", 500))
    open_ones = {"open_since": {"$exists": True}}
    assert await engine.mongo.count(ACTIVITIES, open_ones) == 3
    await engine.commits.drain()
    assert await engine.mongo.count(ACTIVITIES, open_ones) == 0


async def test_claims_are_noted_without_anyone_asking(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    noted = asyncio.Event()

    async def tell() -> None:
        noted.set()

    steppable(engine).after["update_batch", ACTIVITIES] = tell
    await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    await asyncio.wait_for(noted.wait(), 30)
    assert await engine.mongo.count(ACTIVITIES, {"open_since": {"$exists": True}}) == 0


async def test_writes_without_a_majority_are_unavailable(engine: Engine) -> None:
    """Two members must confirm, and the set has one: nothing may be called durable."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    two = engine.mongo.database.with_options(write_concern=WriteConcern(w=2))
    engine.mongo.database = two
    with pytest.raises(Unavailable):
        await engine.mongo.insert_new(LEDGER, [{"_id": f"{anna}:1"}])
    with pytest.raises(Unavailable):
        await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert await records_of(engine.mongo, anna) == []


async def test_an_adjustment_beyond_64_bits_is_bad_input(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    before = await stored(engine.mongo, anna)
    with pytest.raises(BadInput):
        await wallets.adjust(engine, Adjustment(anna, "points", 2**64, "k", "why", "staff:1"))
    assert await stored(engine.mongo, anna) == before
