"""Generic codes: taken and used in one commit, so that a refusal leaves nothing behind."""

import pytest

from loyalty import members, offers, program, wallets
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refusal, Refused
from loyalty.mongo import Document
from loyalty.offers import Claim, refusals, tills
from loyalty.wallets import Adjustment
from tests.engines import PLAIN, enrol

CODES = (
    PLAIN
    + """
offers:
  - {id: ship, kind: FREE_SHIPPING, name: Shipping}
  - {id: alone, kind: PERCENT_OFF, percent: "50", name: Alone, exclusive: true,
     price: {points: 10, currency: points}, code: {kind: GENERIC, text: ALONE}}
  - {id: gift, kind: POINTS, gives: {points: 50, currency: points}, name: Hello,
     price: {points: 10, currency: points}, limits: [{count: 1}],
     code: {kind: GENERIC, text: HELLO}}
  - {id: seat, kind: EXPERIENCE, name: Seat, stock: 1, waiting_list: true,
     price: {points: 10, currency: points}, code: {kind: GENERIC, text: SEAT}}
"""
)


async def someone(engine: Engine, name: str = "anna") -> str:
    await program.publish(engine, CODES)
    member_id = await enrol(engine, name)
    await wallets.adjust(engine, Adjustment(member_id, "points", 100, "s", "s", "staff"))
    return member_id


async def balance(engine: Engine, member_id: str) -> int:
    state = await members.require(engine, member_id)
    return wallets.wallet_of(state, engine.clock()).accounts["points"].available(engine.clock())


async def refused(engine: Engine, wanted: tills.Burning) -> Refusal:
    """Give why a code is refused; nothing was written."""

    async def written() -> list[list[Document]]:
        kept = ("member_states", "ledger", "offer_lines", "offer_units")
        return [await engine.mongo.find(collection, {}) for collection in kept]

    before = await written()
    with pytest.raises(Refused) as why:
        await tills.burn(engine, wanted)
    assert await written() == before
    return why.value.refusal


async def test_what_goes_with_nothing_else_is_not_taken_beside_it(engine: Engine) -> None:
    anna = await someone(engine)
    held = (await offers.claim(engine, Claim(anna, "ship", "k"))).result["held"]
    await tills.redeem(engine, tills.Redemption(anna, held, "use", "till:1"))
    shown = tills.Burning("ALONE", "code", anna, "till:1")
    assert await refused(engine, shown) == refusals.OffersExclude("alone", "ship")
    burned = await tills.burn(engine, tills.Burning("ALONE", "code", anna, "till:2"))
    assert (burned.held is not None, await balance(engine, anna)) == (True, 90)


async def test_a_code_that_gives_points_gives_them_once(engine: Engine) -> None:
    anna = await someone(engine)
    for _ in range(2):
        burned = await tills.burn(engine, tills.Burning("HELLO", "k", anna))
        assert (burned.state, burned.used_at) == ("REDEEMED", engine.clock())
    had = await refused(engine, tills.Burning("HELLO", "k2", anna))
    assert had == refusals.OfferHadAlready("gift", 1)
    reused = await refused(engine, tills.Burning("ALONE", "k", anna))
    assert reused == KeyReused("k")
    assert await balance(engine, anna) == 140


async def test_nobody_stands_in_line_at_a_till(engine: Engine) -> None:
    anna, bo = await someone(engine), await someone(engine, "bo")
    await tills.burn(engine, tills.Burning("SEAT", "k", anna))
    assert [unit["state"] for unit in await engine.mongo.find("offer_units", {})] == ["BURNED"]
    sold_out = await refused(engine, tills.Burning("SEAT", "k2", bo))
    assert sold_out == refusals.OfferSoldOut("seat", has_waiting_list=True)


async def test_a_code_that_must_be_activated_first_is_not_taken(engine: Engine) -> None:
    anna = await someone(engine)
    before_it_was_a_mistake = {"$set": {"program.offers.1.active_minutes": 30}}
    await engine.mongo.update_one("program_versions", {}, before_it_was_a_mistake)
    engine.cache.clear()
    why = await refused(engine, tills.Burning("ALONE", "k", anna))
    assert isinstance(why, refusals.OfferNotActivated)
