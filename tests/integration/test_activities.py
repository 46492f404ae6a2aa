"""Purchases and events on a real database: once for their id, and all they bring in one commit."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import activities, members, program, tiers, wallets
from loyalty.activities import Event
from loyalty.activities.rules import MoneyMismatch
from loyalty.engine import Engine
from loyalty.errors import BadInput, MemberNotActive, Refused
from tests.engines import (
    PLAIN,
    RICH,
    START,
    Clock,
    balance_of,
    enrol,
    line,
    purchase,
    records_of,
    stored,
    suspend,
)
from tests.integration.conftest import OpenEngine

ACTIVITIES = "activities"
NET = RICH.replace("currencies:", "earn_base: {tax: EXCLUDED}\ncurrencies:", 1)


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
    claim = await engine.mongo.find_one(ACTIVITIES, {"_id": "purchase:till:r-1"})
    assert claim is not None
    assert claim["key"] == outcome.record["key"]
    assert "open_since" not in claim
    state = await members.require(engine, anna)
    assert state.section("activity") == {
        "purchases": 1,
        "spend": 4270,
        "first_at": START,
        "last_at": START,
        "kept_at": [START],
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
    await suspend(engine, anna)
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
