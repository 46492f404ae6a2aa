"""Purchases and events on a real database: once for their id, whoever dies in between."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import activities, audit, members, program, tiers, wallets
from loyalty.activities import Event, MoneyMismatch
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, MemberNotActive, Refused, Unavailable
from loyalty.states import STATES
from tests.engines import (
    PLAIN,
    RICH,
    START,
    Clock,
    enrol,
    line,
    purchase,
    records_of,
    steppable,
    stored,
)
from tests.integration.conftest import OpenEngine

ACTIVITIES = "activities"
NET = RICH.replace("currencies:", "earn_base: {tax: EXCLUDED}\ncurrencies:", 1)


async def die() -> None:
    raise ConnectionAbortedError("the process died")


async def claim_of(engine: Engine, purchase_id: str) -> dict[str, object]:
    found = await engine.mongo.find_one(ACTIVITIES, {"_id": f"purchase:till:{purchase_id}"})
    assert found is not None
    return found


async def balance_of(engine: Engine, member_id: str, currency: str = "points") -> int:
    state = await members.require(engine, member_id)
    return wallets.wallet_of(state).account(currency).balance


async def record_and_die(engine: Engine, member_id: str, moment: str) -> None:
    """Record a purchase of 5.00 in a process that dies before, or after, its commit."""
    steps = steppable(engine)
    {"before": steps.before, "after": steps.after}[moment]["update_batch", STATES] = die
    with pytest.raises(ConnectionAbortedError):
        await activities.record_purchase(engine, purchase(member_id, "r-1", 500))
    await engine.commits.drain()


async def test_a_purchase_earns_and_is_noted_with_its_record(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    outcome = await activities.record_purchase(engine, purchase(anna, "r-1", 4270))
    await engine.commits.drain()
    assert not outcome.replayed
    [posted] = wallets.record_entries(outcome.state, outcome.record)
    assert (posted.seq, posted.index, posted.entry.points) == (1, 0, 42)
    assert posted.entry.balance_after == 42
    assert posted.entry.explanation["rule"] == "one-per-dollar"
    assert posted.entry.explanation["version"] == 1
    claim = await claim_of(engine, "r-1")
    assert claim["key"] == outcome.record["key"]
    assert "open_since" not in claim
    state = await members.require(engine, anna)
    assert state.section("activity") == {
        "purchases": 1,
        "spend": 4270,
        "first_at": START,
        "last_at": START,
    }


async def test_a_purchase_sent_again_changes_nothing(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    first = await activities.record_purchase(engine, purchase(anna, "r-1", 4270))
    await engine.commits.drain()
    before = await stored(engine.mongo, anna)
    again = await activities.record_purchase(engine, purchase(anna, "r-1", 4270))
    assert again.replayed
    assert again.record["seq"] == first.record["seq"]
    assert await stored(engine.mongo, anna) == before


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_claim_left_open_by_a_dead_process_is_finished_exactly_once(
    engine: Engine, open_process: OpenEngine, clock: Clock, moment: str
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, moment)
    assert "open_since" in await claim_of(engine, "r-1")

    other, third = await open_process(), await open_process()
    assert await activities.finish_open(other) == 0  # it may still be on its way
    clock.advance(minutes=1)
    await asyncio.gather(*(activities.finish_open(e) for e in (other, third, other)))
    for process in (other, third):
        await process.commits.drain()

    assert await balance_of(engine, anna) == 5
    [record] = await records_of(engine.mongo, anna)
    claim = await claim_of(engine, "r-1")
    assert claim["key"] == record["key"]
    assert "open_since" not in claim
    assert await activities.finish_open(other) == 0
    again = await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert again.replayed
    assert (await audit.verify(other)).violations == []


async def test_a_claim_left_open_is_found_in_the_ledger_too(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "after")
    other = await open_process()
    clock.advance(minutes=1)
    for n in range(60):
        await activities.record_purchase(other, purchase(anna, f"later-{n}", 100))
    assert await activities.finish_open(other) == 1
    await other.commits.drain()
    assert "open_since" not in await claim_of(engine, "r-1")
    assert await balance_of(engine, anna) == 65


async def test_the_shop_may_send_again_before_the_claim_is_finished(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    other = await open_process()
    outcome = await activities.record_purchase(other, purchase(anna, "r-1", 500))
    await other.commits.drain()
    assert not outcome.replayed
    assert await balance_of(engine, anna) == 5
    claim = await claim_of(engine, "r-1")
    assert claim["key"] == outcome.record["key"]
    assert "open_since" not in claim


async def test_a_claim_that_the_rules_refuse_is_set_aside(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    suspended = {"$set": {"profile.status": "SUSPENDED"}, "$inc": {"seq": 1}}
    await engine.mongo.update_one(STATES, {"_id": anna}, suspended)
    clock.advance(minutes=1)
    other = await open_process()
    assert await activities.finish_open(other) == 1
    claim = await claim_of(engine, "r-1")
    assert claim["refused"] == "MemberNotActive"
    assert "open_since" not in claim
    assert await records_of(engine.mongo, anna) == []
    assert await activities.finish_open(other) == 0


@pytest.mark.parametrize(("moment", "refused"), [("before", "MoneyMismatch"), ("after", None)])
async def test_a_claim_in_a_money_that_was_changed_is_finished_only_if_it_was_committed(
    engine: Engine, open_process: OpenEngine, clock: Clock, moment: str, refused: str | None
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, moment)
    other = await open_process()
    await program.publish(other, PLAIN.replace("money: USD", "money: JPY").replace('"1.00"', '"1"'))
    clock.advance(minutes=1)
    assert await activities.finish_open(other) == 1
    await other.commits.drain()
    claim = await claim_of(engine, "r-1")
    assert (claim.get("refused"), "open_since" in claim) == (refused, False)
    assert await balance_of(other, anna) == (0 if refused else 5)
    assert len(await records_of(engine.mongo, anna)) == (0 if refused else 1)


async def test_a_damaged_claim_is_set_aside_and_the_others_are_finished(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    damaged = {**await claim_of(engine, "r-1"), "_id": "purchase:till:r-0", "activity_id": "r-0"}
    del damaged["lines"]
    since = {"open_since": clock() - timedelta(hours=1)}
    assert await engine.mongo.insert_new(ACTIVITIES, [damaged | since]) == set()
    clock.advance(minutes=1)
    other = await open_process()
    assert await activities.finish_open(other) == 2
    await other.commits.drain()
    assert await balance_of(engine, anna) == 5
    claim = await claim_of(engine, "r-0")
    assert (claim["refused"], "open_since" in claim) == ("KeyError", False)
    assert "open_since" not in await claim_of(engine, "r-1")
    assert await activities.finish_open(other) == 0


async def test_an_outage_stops_the_finishing_and_sets_nothing_aside(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    clock.advance(minutes=1)
    other = await open_process()

    async def outage() -> None:
        raise Unavailable("no primary")

    steppable(other).before["update_batch", STATES] = outage
    assert await activities.finish_open(other) == 1
    claim = await claim_of(engine, "r-1")
    assert ("refused" in claim, "open_since" in claim) == (False, True)
    assert await activities.finish_open(other) == 1
    assert await balance_of(other, anna) == 5


@pytest.mark.parametrize("what", ["purchase", "event"])
async def test_parts_of_a_millisecond_are_cut_before_anything_is_decided(
    engine: Engine, open_process: OpenEngine, clock: Clock, what: str
) -> None:
    """What is read again must be what was recorded: the same fingerprint, the same answer."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)

    async def record(process: Engine, at: datetime) -> Outcome:
        if what == "event":
            return await activities.record_event(process, Event("till", "r-1", anna, at, "review"))
        wanted = purchase(anna, "r-1", 1_000, money="EUR", occurred_at=at)
        return await activities.record_purchase(process, wanted)

    steppable(engine).before["update_batch", STATES] = die
    with pytest.raises(ConnectionAbortedError):
        await record(engine, START.replace(microsecond=123_999))
    await engine.commits.drain()
    other = await open_process()
    clock.advance(minutes=1)
    assert await activities.finish_open(other) == 1
    await other.commits.drain()
    [claim] = await engine.mongo.find(ACTIVITIES, {})
    assert "refused" not in claim
    assert claim["occurred_at"] == START.replace(microsecond=123_000)
    for at in (123_000, 123_999):
        assert (await record(other, START.replace(microsecond=at))).replayed
    assert len(await records_of(engine.mongo, anna)) == 1


async def test_a_purchase_sent_again_after_the_money_was_changed_is_answered_as_before(
    engine: Engine,
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    first = await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    await program.publish(engine, PLAIN.replace("money: USD", "money: SEK"))
    again = await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert (again.replayed, again.record["key"]) == (True, first.record["key"])


async def test_a_purchase_of_a_member_who_does_not_take_part_is_refused(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    suspended = {"$set": {"profile.status": "SUSPENDED"}}
    await engine.mongo.update_one(STATES, {"_id": anna}, suspended)
    before = await stored(engine.mongo, anna)
    with pytest.raises(Refused) as refused:
        await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert refused.value.refusal == MemberNotActive(anna, "SUSPENDED")
    assert await stored(engine.mongo, anna) == before
    assert await engine.mongo.count(ACTIVITIES, {}) == 0


@pytest.mark.parametrize(
    "occurred_at",
    [START + timedelta(hours=25), datetime.min, datetime(1, 1, 1, 0, 0), datetime(1752, 9, 1)],
)
async def test_a_purchase_at_an_impossible_time_is_bad_input(
    engine: Engine, occurred_at: datetime
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    wanted = purchase(anna, "r-1", 500, occurred_at=occurred_at)
    with pytest.raises(BadInput) as bad:
        await activities.record_purchase(engine, wanted)
    assert bad.value.path == ("occurredAt",)
    assert await engine.mongo.count(ACTIVITIES, {}) == 0


async def test_a_purchase_in_another_money_is_refused(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    with pytest.raises(Refused) as refused:
        await activities.record_purchase(engine, purchase(anna, "r-1", 500, money="SEK"))
    assert refused.value.refusal == MoneyMismatch("SEK", "USD")
    assert await engine.mongo.count(ACTIVITIES, {}) == 0


async def test_a_source_cannot_be_mistaken_for_another(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await activities.record_purchase(engine, purchase(anna, "b:c", 500, source="a"))
    with pytest.raises(BadInput):
        await activities.record_purchase(engine, purchase(anna, "c", 500, source="a:b"))
    assert await balance_of(engine, anna) == 5


async def test_a_purchase_and_an_event_may_have_the_same_id(engine: Engine) -> None:
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await activities.record_purchase(engine, purchase(anna, "1", 1000, money="EUR"))
    for _ in range(2):
        await activities.record_event(engine, Event("till", "1", anna, START, "review"))
    assert await balance_of(engine, anna) == 21
    assert [len(r["entries"]) for r in await records_of(engine.mongo, anna)] == [3, 1]


async def test_one_purchase_does_all_of_it_in_one_record(engine: Engine) -> None:
    """Points with carry, credit, status, a fixed bonus, the tier and the facts: one commit."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    lines = (line(10_050, quantity=3, category="tea"), line(500))
    wanted = purchase(anna, "r-1", 10_550, money="EUR", lines=lines)
    outcome = await activities.record_purchase(engine, wanted)
    entries = wallets.record_entries(outcome.state, outcome.record)
    assert [(p.entry.currency, p.entry.points) for p in reversed(entries)] == [
        ("points", 10),
        ("credit", 528),
        ("status", 105),
        ("points", 9),
    ]
    state = await members.require(engine, anna)
    assert state.seq == 1
    account = wallets.wallet_of(state).account("points")
    assert account.carry == {"one-per-ten": "11/20"}
    terms = (await program.active(engine)).program
    [status] = tiers.statuses(state, terms, START)
    assert status.tier is not None
    assert (status.tier.id, status.reached_at) == ("silver", START)
    kinds = [fact["kind"] for fact in state.document["outbox"]]
    assert kinds == [
        "MemberEnrolled",
        "PointsEarned",
        "PointsEarned",
        "PointsEarned",
        "TierReached",
    ]


async def test_a_tier_counts_what_earns_and_not_what_was_paid(engine: Engine) -> None:
    """600.00 with shipping, with tax, or partly paid with points are less than 500.00 of spend."""
    await program.publish(engine, NET)
    partly: dict[str, dict[str, Any]] = {
        "shipped": {"lines": (line(49_900),), "shipping": 10_100},
        "taxed": {"lines": (line(60_000, tax=10_100),)},
        "paid": {"points_payment": 10_100},
    }
    for name, parts in partly.items():
        member_id = await enrol(engine, name)
        wanted = purchase(member_id, name, 60_000, money="EUR", **parts)
        await activities.record_purchase(engine, wanted)
        assert await spend_and_tier(engine, member_id) == (49_900, "silver")
        more = purchase(member_id, f"{name}, more", 100, money="EUR")
        await activities.record_purchase(engine, more)
        assert await spend_and_tier(engine, member_id) == (50_000, "gold")


async def spend_and_tier(engine: Engine, member_id: str) -> tuple[int, str | None]:
    """Give what the member's state counts as spend, and the tier."""
    terms = (await program.active(engine)).program
    [status] = tiers.statuses(await members.require(engine, member_id), terms, START)
    document = await stored(engine.mongo, member_id) or {}
    [tally] = document["tiers"]["main"]["tallies"].values()
    assert tally[0] == document["activity"]["spend"]
    return tally[0], status.tier.id if status.tier else None


async def test_points_expire_at_the_end_of_their_day_and_only_then(
    engine: Engine, clock: Clock
) -> None:
    """Two months after 2 March in Copenhagen: the end of 2 May, summer time."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await activities.record_purchase(engine, purchase(anna, "r-1", 10_000, money="EUR"))
    clock.present = datetime(2026, 5, 2, 21, 59, 59, 999_000)
    assert await wallets.expire_due(engine) == 0
    clock.present = datetime(2026, 5, 2, 22, 0)
    assert await wallets.expire_due(engine) == 1
    assert await balance_of(engine, anna) == 0
    assert await wallets.expire_due(engine) == 0
    [_, expired] = await records_of(engine.mongo, anna)
    assert [(e["kind"], e["points"]) for e in expired["entries"]] == [("EXPIRY", -10)]


async def test_publishing_leaves_no_moment_without_a_program(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    newer = PLAIN.replace('per: "1.00"', 'per: "0.50"')
    others = [await open_process() for _ in range(5)]
    results = await asyncio.gather(
        program.publish(engine, newer),
        *(
            activities.record_purchase(other, purchase(anna, f"r-{n}", 500))
            for n, other in enumerate(others)
        ),
        program.publish(engine, newer),
        return_exceptions=True,
    )
    assert [r for r in results if isinstance(r, BaseException)] == []
    assert (await program.active(engine)).program == program.parse(newer)
