"""Offers that come with a message: issued once for it, within limits and stock, or refused."""

import asyncio

import pytest

from loyalty import members, offers, program
from loyalty.engine import Engine
from loyalty.errors import MemberNotActive, Refused
from loyalty.offers import Held, refusals
from loyalty.offers.service.personal import Enclosed
from tests.engines import Clock, audited, enrol, suspend

PROGRAM = """
format: 1
id: shop
name: Shop
money: DKK
currencies: [{id: points, name: points}]
offers:
  - {id: tea, kind: FREE_PRODUCT, products: [tea], name: Tea, price: {currency: points, points: 5},
     limits: [{count: 1, per: EVER}]}
  - {id: seat, kind: FREE_PRODUCT, products: [seat], name: Seat, stock: 2}
  - {id: old, kind: FREE_PRODUCT, products: [x], name: Old, ends_at: "2026-03-02T12:30:00+00:00"}
"""


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await program.publish(engine, PROGRAM)


async def held_by(engine: Engine, member_id: str) -> list[Held]:
    return offers.helds(await members.require(engine, member_id), engine.clock())


async def refused(engine: Engine, member_id: str, offer: str, message: str = "m") -> object:
    with pytest.raises(Refused) as caught:
        await offers.personal.enclose(engine, Enclosed(member_id, offer, message))
    return caught.value.refusal


async def test_it_is_issued_once_for_its_message_and_costs_nothing(engine: Engine) -> None:
    anna = await enrol(engine)
    wanted = Enclosed(anna, "tea", "cmp_1:anna")
    found = await asyncio.gather(*(offers.personal.enclose(engine, wanted) for _ in range(5)))
    [held] = await held_by(engine, anna)
    assert found == [held] * 5
    assert held.why == {"kind": "MESSAGE", "message": "cmp_1:anna"}
    assert (await audited(engine)).violations == []


async def test_its_limits_hold(engine: Engine) -> None:
    anna = await enrol(engine)
    await offers.personal.enclose(engine, Enclosed(anna, "tea", "m1"))
    assert await refused(engine, anna, "tea", "m2") == refusals.OfferHadAlready("tea", 1)
    assert len(await held_by(engine, anna)) == 1


async def test_of_what_is_limited_each_has_one_until_there_are_none(engine: Engine) -> None:
    people = [await enrol(engine, name) for name in ("anna", "bo", "cleo")]
    found = await asyncio.gather(
        *(offers.personal.enclose(engine, Enclosed(p, "seat", f"m:{p}")) for p in people),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Held) for one in found) == 2
    [lost] = [one for one in found if isinstance(one, Refused)]
    assert lost.refusal == refusals.OfferSoldOut("seat", has_waiting_list=False)
    assert (await audited(engine)).violations == []


async def test_what_is_over_or_unknown_and_who_takes_no_part_is_refused(
    engine: Engine, clock: Clock
) -> None:
    anna = await enrol(engine)
    assert await refused(engine, anna, "cake") == refusals.OfferUnknown("cake")
    clock.advance(minutes=30)
    assert isinstance(await refused(engine, anna, "old"), refusals.OfferOver)
    await suspend(engine, anna)
    assert isinstance(await refused(engine, anna, "tea"), MemberNotActive)
    assert await held_by(engine, anna) == []
