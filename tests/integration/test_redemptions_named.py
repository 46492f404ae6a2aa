"""Which entries may pay for a purchase: points spent, alone or out of a hold, and nothing else."""

import asyncio
from typing import Any

import pytest

from loyalty import activities, audit, members, offers, program, wallets
from loyalty.activities import Refund
from loyalty.activities.rules import RedemptionUnknown, RedemptionUsed
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.offers import Claim, Step
from loyalty.walks import Walk
from loyalty.wallets import Adjustment, Spending, holds, transfers
from tests.engines import PLAIN, START, enrol, purchase, records_of, stored
from tests.integration.conftest import OpenEngine

SHOP = (
    PLAIN.replace("expiry: {mode: NEVER}", "transfers: {}")
    + """
offers:
  - id: five-off
    kind: AMOUNT_OFF
    amount: "5.00"
    name: Five off
    price: {points: 100, currency: points}
"""
)


@pytest.fixture
async def anna(engine: Engine) -> str:
    """A member with 100 points."""
    await program.publish(engine, SHOP)
    member_id = await enrol(engine)
    await correct(engine, member_id, 100)
    return member_id


async def correct(engine: Engine, member_id: str, points: int) -> None:
    wanted = Adjustment(member_id, "points", points, f"by {points}", "start", "staff")
    await wallets.adjust(engine, wanted)


async def points(engine: Engine, member_id: str) -> int:
    state = await members.require(engine, member_id)
    return wallets.wallet_of(state).account("points").balance


async def newest(engine: Engine, member_id: str) -> str:
    state = await members.require(engine, member_id)
    [posted] = await wallets.entries(engine, state, Walk(1))
    return posted.id


async def buy(engine: Engine, member_id: str, order: str, redemption: str | None) -> Any:
    paid = {"points_payment": 500, "redemption": redemption}
    return await activities.record_purchase(engine, purchase(member_id, order, 500, **paid))


async def give_back(engine: Engine, order: str) -> None:
    await activities.record_refund(engine, Refund("till", f"r-{order}", START, "till", order))


async def refused(engine: Engine, member_id: str, redemption: str) -> None:
    """Name an entry that did not pay, and check that nothing was written, the id not even used."""
    before = await stored(engine.mongo, member_id)
    with pytest.raises(Refused) as failed:
        await buy(engine, member_id, "o-1", redemption)
    assert failed.value.refusal == RedemptionUnknown(redemption)
    assert await stored(engine.mongo, member_id) == before
    await buy(engine, member_id, "o-1", None)
    await give_back(engine, "o-1")


async def test_the_price_of_an_offer_pays_for_no_purchase(engine: Engine, anna: str) -> None:
    held = (await offers.claim(engine, Claim(anna, "five-off", "claim"))).result["held"]
    await refused(engine, anna, await newest(engine, anna))
    assert await points(engine, anna) == 0
    await offers.cancel(engine, Step(anna, held, "cancel"))
    assert await points(engine, anna) == 100
    assert (await audit.verify(engine)).violations == []


async def test_a_transfer_pays_for_no_purchase(engine: Engine, anna: str) -> None:
    friend = await enrol(engine, "bo")
    gift = transfers.Transfer(anna, friend, "points", 60, "gift")
    await transfers.send(engine, gift)
    await refused(engine, anna, await newest(engine, anna))
    assert await points(engine, anna) == 40


async def test_a_correction_a_credit_another_s_or_no_entry_pays_for_no_purchase(
    engine: Engine, anna: str
) -> None:
    friend = await enrol(engine, "bo")
    await correct(engine, friend, 10)
    await wallets.spend(engine, Spending(friend, "points", 10, "spent", "tea"))
    credit = await newest(engine, anna)
    await correct(engine, anna, -50)
    corrected = await newest(engine, anna)
    for named in (corrected, credit, await newest(engine, friend), "ent_none", f"{credit}9"):
        with pytest.raises(Refused, match="RedemptionUnknown"):
            await buy(engine, anna, "o-1", named)
    assert await points(engine, anna) == 50


async def spend(engine: Engine, member_id: str, points: int) -> str:
    await wallets.spend(engine, Spending(member_id, "points", points, f"spend {points}", "tea"))
    return await newest(engine, member_id)


async def refused_as_used(engine: Engine, member_id: str, order: str, spent: str) -> None:
    before = await stored(engine.mongo, member_id)
    with pytest.raises(Refused) as failed:
        await buy(engine, member_id, order, spent)
    assert failed.value.refusal == RedemptionUsed(spent, "till", "o-1")
    assert await stored(engine.mongo, member_id) == before


@pytest.mark.parametrize("between", [0, 60], ids=["in the ring", "in the ledger"])
async def test_an_entry_pays_for_one_purchase(engine: Engine, anna: str, between: int) -> None:
    spent, other = await spend(engine, anna, 60), await spend(engine, anna, 40)
    await buy(engine, anna, "o-1", spent)
    for number in range(between):
        await activities.record_purchase(engine, purchase(anna, f"n-{number}", 0))
    await engine.commits.drain()
    await refused_as_used(engine, anna, "o-2", spent)
    await buy(engine, anna, "o-2", other)
    await give_back(engine, "o-1")
    assert await points(engine, anna) == 60
    await refused_as_used(engine, anna, "o-3", spent)
    assert (await audit.verify(engine)).violations == []


@pytest.mark.parametrize("processes", [1, 2])
async def test_of_purchases_at_once_an_entry_pays_for_one(
    engine: Engine, open_process: OpenEngine, anna: str, processes: int
) -> None:
    spent = await spend(engine, anna, 100)
    engines = [engine, *[await open_process() for _ in range(processes - 1)]]
    done = await asyncio.gather(
        *(buy(engines[n % processes], anna, f"o-{n}", spent) for n in range(8)),
        return_exceptions=True,
    )
    refusals = [one.refusal for one in done if isinstance(one, Refused)]
    assert {type(refusal) for refusal in refusals} == {RedemptionUsed}
    assert len(refusals) == 7
    claims = await engine.mongo.find("activities", {"redemption": spent})
    assert len(claims) == 1


async def test_what_a_hold_spent_pays_and_returns_once(engine: Engine, anna: str) -> None:
    setting = holds.Setting(anna, "points", 100, 60, "hold", "At the till")
    held = (await holds.place(engine, setting)).result["hold"]
    await holds.spend_held(engine, held, "confirm")
    spent = await newest(engine, anna)
    await buy(engine, anna, "o-1", spent)
    await give_back(engine, "o-1")
    await refused_as_used(engine, anna, "o-2", spent)
    assert await points(engine, anna) == 100
    again = await buy(engine, anna, "o-1", spent)
    assert again.replayed
    with pytest.raises(Refused) as failed:
        await buy(engine, anna, "o-1", "ent_none")
    assert isinstance(failed.value.refusal, KeyReused)
    kinds = [e["kind"] for r in await records_of(engine.mongo, anna) for e in r["entries"]]
    assert kinds.count("REINSTATEMENT") == 1
