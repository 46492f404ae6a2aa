"""Refunds on a real database: what is taken back, given back and counted, in any parts, once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from loyalty import activities, audit, members, program, tiers, wallets
from loyalty.activities import Event, Refund, RefundLine
from loyalty.activities.rules import PurchaseOfAnother, PurchaseUnknown, RefundedAlready
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.wallets import Spending
from tests.engines import RICH, START, Clock, enrol, line, purchase, records_of, stored
from tests.integration.conftest import OpenEngine

GOLD = RICH.replace("{id: silver, name: Silver, threshold: {points: 100}}",
                    "{id: silver, name: Silver, threshold: {points: 100000}}")  # fmt: skip


def refund(refund_id: str, purchase_id: str, *lines: RefundLine, **named: Any) -> Refund:
    return Refund("till", refund_id, START, "till", purchase_id, lines=lines, **named)


async def buy(engine: Engine, member_id: str, order: str, *amounts: int, **named: Any) -> Any:
    lines = tuple(line(amount, category="tea") for amount in amounts)
    wanted = purchase(member_id, order, sum(amounts), money="EUR", lines=lines, **named)
    return await activities.record_purchase(engine, wanted)


async def balances(engine: Engine, member_id: str) -> dict[str, int]:
    state = await members.require(engine, member_id)
    return {code: a.balance for code, a in wallets.wallet_of(state).accounts.items()}


async def counters(engine: Engine, member_id: str) -> tuple[int, int]:
    document = await stored(engine.mongo, member_id) or {}
    return document["activity"]["purchases"], document["activity"]["spend"]


async def test_parts_of_a_purchase_cost_what_the_rest_would_not_have_earned(
    engine: Engine,
) -> None:
    """105.50 earned 10 points (and .55 of one), 3 for each tea, 5.28 of credit, 105 status."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await buy(engine, anna, "p-1", 10_050, 500)
    assert await balances(engine, anna) == {"points": 16, "credit": 528, "status": 105}
    outcome = await activities.record_refund(engine, refund("r-1", "p-1", RefundLine(1)))
    assert (outcome.result["refunded"], outcome.result["left"]) == (500, 10_050)
    assert await balances(engine, anna) == {"points": 13, "credit": 503, "status": 100}
    assert await counters(engine, anna) == (1, 10_050)
    await activities.record_refund(engine, refund("r-2", "p-1"))
    assert await balances(engine, anna) == {"points": 0, "credit": 0, "status": 0}
    assert await counters(engine, anna) == (0, 0)
    account = wallets.wallet_of(await members.require(engine, anna)).account("points")
    assert account.carry == {"one-per-ten": "0"}
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_a_refund_sent_again_is_answered_as_before(engine: Engine) -> None:
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await buy(engine, anna, "p-1", 1_000, 1_000)
    wanted = refund("r-1", "p-1", RefundLine(0))
    first = await activities.record_refund(engine, wanted)
    again = await activities.record_refund(engine, wanted)
    assert (again.replayed, again.result) == (True, first.result)
    with pytest.raises(Refused) as refused:
        await activities.record_refund(engine, replace(wanted, lines=()))
    assert refused.value.refusal == KeyReused("refund:till:r-1")
    assert len(await records_of(engine.mongo, anna)) == 2


async def test_what_cannot_be_refunded_is_refused_and_nothing_is_written(engine: Engine) -> None:
    await program.publish(engine, RICH)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    await buy(engine, anna, "p-1", 1_000)
    await activities.record_refund(engine, refund("r-1", "p-1"))
    before = await stored(engine.mongo, anna)
    for wanted, refusal in (
        (refund("r-2", "p-1"), RefundedAlready("p-1")),
        (refund("r-3", "p-2"), PurchaseUnknown("till", "p-2")),
        (refund("r-4", "p-1", member_id=bo), PurchaseOfAnother("p-1", bo)),
    ):
        with pytest.raises(Refused) as refused:
            await activities.record_refund(engine, wanted)
        assert refused.value.refusal == refusal
    assert await stored(engine.mongo, anna) == before
    assert await engine.mongo.count("activities", {"kind": "refund"}) == 1


async def test_two_refunds_at_once_never_give_back_more_than_was_paid(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await buy(engine, anna, "p-1", 10_000)
    other = await open_process()
    results = await asyncio.gather(
        activities.record_refund(engine, refund("r-1", "p-1", amount=6_000)),
        activities.record_refund(other, refund("r-2", "p-1", amount=6_000)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert (await balances(engine, anna))["status"] == 40


async def test_an_old_purchase_is_refunded_by_the_terms_it_was_made_by(
    engine: Engine, clock: Clock
) -> None:
    """Its record has left the ring for the ledger, and the program gives ten times as much now."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await buy(engine, anna, "p-1", 10_000)
    await program.publish(engine, RICH.replace('points: 1, per: "1.00"', 'points: 10, per: "1.00"'))
    clock.advance(minutes=1)
    for n in range(40):
        await activities.record_event(engine, Event("web", f"e-{n}", anna, START, "review"))
    await activities.record_refund(engine, refund("r-1", "p-1"))
    found = await balances(engine, anna)
    assert (found["status"], found["credit"], found["points"]) == (0, 0, 800)


async def test_circumstances_of_then_decide_what_is_taken_back(engine: Engine) -> None:
    """The first two earned single points, the third double; the fourth as much, then refunded."""
    await program.publish(engine, GOLD)
    anna = await enrol(engine)
    for n in range(3):
        await buy(engine, anna, f"p-{n}", 10_000)
    await buy(engine, anna, "p-3", 10_000)
    assert (await balances(engine, anna))["points"] == 4 * 3 + 10 + 10 + 10 + 20
    await activities.record_refund(engine, refund("r-3", "p-3"))
    await activities.record_refund(engine, refund("r-0", "p-0"))
    assert (await balances(engine, anna))["points"] == 2 * 3 + 10 + 10
    terms = (await program.active(engine)).program
    [status] = tiers.statuses(await members.require(engine, anna), terms, START)
    assert status.tier is not None
    assert status.tier.id == "gold"


async def test_points_that_paid_return_with_the_goods(engine: Engine) -> None:
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await buy(engine, anna, "p-1", 100_000)
    assert (await balances(engine, anna))["points"] == 103
    spent = await wallets.spend(engine, Spending(anna, "points", 50, engine.new_id(), "tea"))
    entry = wallets.record_entries(spent.state, spent.record)[0]
    await buy(engine, anna, "p-2", 600, 400, points_payment=500, redemption=entry.id)
    before = (await balances(engine, anna))["points"]
    outcome = await activities.record_refund(engine, refund("r-1", "p-2", RefundLine(1)))
    given = [e for e in outcome.record["entries"] if e["kind"] == "REINSTATEMENT"]
    assert [(e["currency"], e["points"]) for e in given] == [("points", 20)]
    await activities.record_refund(engine, refund("r-2", "p-2"))
    assert (await balances(engine, anna))["points"] == before + 50 - 7
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []
