"""Late claims: a purchase of nobody becomes one member's, by its receipt, once and in time."""

import asyncio
from dataclasses import replace
from datetime import date, datetime

import pytest

from loyalty import activities, audit, program
from loyalty.activities import Purchase
from loyalty.activities.rules import MoneyMismatch, ReceiptExpired, ReceiptTaken, ReceiptUnknown
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused
from tests.engines import PLAIN, Clock, balance_of, enrol, purchase, stored
from tests.integration.conftest import OpenEngine

CLAIMS = PLAIN + "receipts: {claim_days: 10}\n"


async def keep(engine: Engine, number: str, total: int = 500, **named: object) -> Purchase:
    """Record a receipt; give its purchase."""
    bought = purchase("", f"till-{number}", total, **named)
    assert not await activities.record_receipt(engine, number, bought)
    return bought


async def test_a_receipt_earns_for_who_claims_it_as_if_it_had_been_theirs(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, CLAIMS)
    anna = await enrol(engine)
    bought = await keep(engine, "A-1")
    clock.advance(days=3)
    outcome = await activities.claim_receipt(engine, anna, "A-1")
    assert outcome.record["entries"][0]["occurred_at"] == bought.occurred_at
    assert await balance_of(engine, anna) == 5
    assert (await activities.claim_receipt(engine, anna, "A-1")).replayed
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_a_receipt_is_kept_once_under_its_number(engine: Engine) -> None:
    await program.publish(engine, CLAIMS)
    bought = await keep(engine, "A-1")
    assert await activities.record_receipt(engine, "A-1", bought)
    with pytest.raises(Refused) as refused:
        await activities.record_receipt(engine, "A-1", replace(bought, total=600, lines=()))
    assert refused.value.refusal == KeyReused("A-1")
    with pytest.raises(Refused) as refused:
        await activities.record_receipt(engine, "A-2", replace(bought, money="SEK"))
    assert refused.value.refusal == MoneyMismatch("SEK", "USD")
    with pytest.raises(BadInput):
        await activities.record_receipt(engine, " ", bought)
    assert await engine.mongo.count("receipts", {}) == 1


async def test_of_two_who_claim_a_receipt_at_once_one_has_it(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, CLAIMS)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    await keep(engine, "A-1")
    other = await open_process()
    results = await asyncio.gather(
        activities.claim_receipt(engine, anna, "A-1"),
        activities.claim_receipt(other, bo, "A-1"),
        return_exceptions=True,
    )
    refusals = [r.refusal for r in results if isinstance(r, Refused)]
    assert refusals == [ReceiptTaken("A-1")]
    assert sorted([await balance_of(engine, anna), await balance_of(engine, bo)]) == [0, 5]


async def test_a_receipt_can_be_claimed_to_the_end_of_the_last_local_day(
    engine: Engine, clock: Clock
) -> None:
    """Bought on 2 March in New York: until the end of 12 March there, summer time."""
    await program.publish(engine, CLAIMS)
    anna = await enrol(engine)
    await keep(engine, "A-1")
    await keep(engine, "A-2")
    clock.present = datetime(2026, 3, 13, 3, 59)
    await activities.claim_receipt(engine, anna, "A-1")
    clock.present = datetime(2026, 3, 13, 4, 0)
    before = await stored(engine.mongo, anna)
    with pytest.raises(Refused) as refused:
        await activities.claim_receipt(engine, anna, "A-2")
    assert refused.value.refusal == ReceiptExpired("A-2", date(2026, 3, 12))
    assert await stored(engine.mongo, anna) == before
    assert (await activities.claim_receipt(engine, anna, "A-1")).replayed


async def test_a_number_of_no_receipt_is_refused(engine: Engine) -> None:
    await program.publish(engine, CLAIMS)
    anna = await enrol(engine)
    with pytest.raises(Refused) as refused:
        await activities.claim_receipt(engine, anna, "A-1")
    assert refused.value.refusal == ReceiptUnknown("A-1")
