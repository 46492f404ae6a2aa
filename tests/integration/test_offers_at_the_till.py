"""At the till: what goes together, codes burned once, vouchers that an order brings."""

import asyncio
from datetime import date
from typing import Any

import pytest

from loyalty import activities, members, offers, program, reactions
from loyalty.activities import Line
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused
from loyalty.offers import Claim, HeldState, codes, refusals, tills
from tests.engines import PLAIN, Clock, enrol, purchase
from tests.integration.test_offers_in_line import states, units

TILL = (
    PLAIN
    + """
offers:
  - {id: summer, kind: PERCENT_OFF, percent: "10", name: Summer, limits: [{count: 1}],
     code: {kind: GENERIC, text: SUMMER10}}
  - {id: own, kind: VOUCHER_CODE, name: Own, code: {kind: UNIQUE}, group: codes}
  - {id: cinema, kind: VOUCHER_CODE, name: Cinema, code: {kind: LIST}, group: codes}
  - {id: alone, kind: PERCENT_OFF, percent: "50", name: Alone, exclusive: true}
  - {id: ship, kind: FREE_SHIPPING, name: Shipping}
  - id: next
    kind: AMOUNT_OFF
    amount: "5.00"
    name: 5.00 off the next
    personal: true
    valid_days: 30
    code: {kind: UNIQUE}
    limits: [{count: 2, per: MONTH}]
    issue_on: {trigger: PURCHASE, when: {categories: [tea], minimum_amount: "20.00"}}
"""
)


async def someone(engine: Engine, name: str = "anna") -> str:
    await program.publish(engine, TILL)
    return await enrol(engine, name)


async def has(engine: Engine, member_id: str, offer: str, key: str | None = None) -> str:
    """Claim an offer; give what is held."""
    outcome = await offers.claim(engine, Claim(member_id, offer, key or offer))
    held: str = outcome.result["held"]
    return held


async def refusal(work: Any) -> object:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.refusal


async def test_what_is_used_is_used_once(engine: Engine) -> None:
    anna = await someone(engine)
    held = await has(engine, anna, "ship")
    first = await tills.redeem(engine, tills.Redemption(anna, held, "k"))
    again = await tills.redeem(engine, tills.Redemption(anna, held, "k"))
    assert (first.replayed, again.replayed) == (False, True)
    used = refusals.OfferNotUsable(held, "REDEEMED")
    assert await refusal(tills.redeem(engine, tills.Redemption(anna, held, "other"))) == used


async def test_20_tills_at_once_use_it_once(engine: Engine) -> None:
    anna = await someone(engine)
    held = await has(engine, anna, "ship")
    using = [tills.redeem(engine, tills.Redemption(anna, held, f"k{n}")) for n in range(20)]
    done = await asyncio.gather(*using, return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in done) == 1


async def test_what_does_not_go_together_is_refused_on_one_receipt(engine: Engine) -> None:
    anna = await someone(engine)
    ship, alone = await has(engine, anna, "ship"), await has(engine, anna, "alone")
    state = (await offers.claim(engine, Claim(anna, "own", "own"))).state
    own = offers.helds(state, engine.clock())[0].id
    assert await tills.together(engine, state, [ship, own]) == []
    assert await tills.together(engine, state, [ship, alone]) == [
        refusals.OffersExclude("ship", "alone")
    ]
    await tills.redeem(engine, tills.Redemption(anna, ship, "k1", "till:1"))
    conflict = refusals.OffersExclude("alone", "ship")
    using = tills.Redemption(anna, alone, "k2", "till:1")
    assert await refusal(tills.redeem(engine, using)) == conflict
    await tills.redeem(engine, tills.Redemption(anna, alone, "k3", "till:2"))


async def test_a_code_of_its_own_is_found_and_burned_once(engine: Engine) -> None:
    anna = await someone(engine)
    held = await has(engine, anna, "own")
    [code] = [one.code for one in await all_of(engine, anna) if one.id == held]
    found = await tills.check(engine, f" {code.lower()} ")
    assert (found.offer, found.member_id, found.state) == ("own", anna, HeldState.ISSUED)
    burned = await tills.burn(engine, tills.Burning(code, "k"))
    assert (burned.state, burned.used_at) == (HeldState.REDEEMED, engine.clock())
    assert (await tills.burn(engine, tills.Burning(code, "k"))).state is HeldState.REDEEMED
    used = refusals.VoucherUsed(code, engine.clock(), date(2026, 3, 2))
    assert await refusal(tills.burn(engine, tills.Burning(code, "other"))) == used


async def all_of(engine: Engine, member_id: str) -> list[Any]:
    return list(offers.helds(await members.require(engine, member_id), engine.clock()))


async def test_codes_of_a_list_are_its_stock(engine: Engine) -> None:
    anna, bo = await someone(engine), await enrol(engine, "bo")
    sold_out = refusals.OfferSoldOut("cinema", False)
    assert await refusal(offers.claim(engine, Claim(anna, "cinema", "early"))) == sold_out
    added = await codes.add(engine, "cinema", ["film-1", "FILM-1", "FILM-2"])
    assert added == codes.Added(2)
    there = codes.NotAdded("FILM-2", codes.CodeTaken.THIS_LIST, "cinema")
    assert await codes.add(engine, "cinema", ["FILM-2"]) == codes.Added(0, (there,))
    await has(engine, anna, "cinema")
    [held] = await all_of(engine, anna)
    assert held.code in ("FILM-1", "FILM-2")
    other = "FILM-2" if held.code == "FILM-1" else "FILM-1"
    burned = await tills.burn(engine, tills.Burning(other, "till"))
    assert (burned.state, burned.member_id) == (HeldState.REDEEMED, None)
    assert (await tills.burn(engine, tills.Burning(other, "till"))).state is HeldState.REDEEMED
    assert isinstance(
        await refusal(tills.burn(engine, tills.Burning(other, "again"))), refusals.VoucherUsed
    )
    assert await refusal(offers.claim(engine, Claim(bo, "cinema", "late"))) == sold_out
    await tills.burn(engine, tills.Burning(held.code, "anna"))
    assert [unit["state"] for unit in await units(engine, "cinema")] == ["BURNED"] * 2


@pytest.mark.parametrize("lapses", [False, True])
async def test_a_code_that_was_given_back_is_the_next_ones(
    engine: Engine, clock: Clock, lapses: bool
) -> None:
    anna, bo = await someone(engine), await enrol(engine, "bo")
    await codes.add(engine, "cinema", ["FILM-1"])
    reserved = await offers.claim(engine, Claim(anna, "cinema", "a", reserve=True))
    if lapses:
        clock.advance(days=1)
        [held] = await all_of(engine, anna)
        assert (held.state, held.code) == (HeldState.EXPIRED, None)
        await offers.sweep(engine, 10)
        await reactions.react(engine)
    else:
        await offers.cancel(engine, offers.Step(anna, reserved.result["held"], "b"))
    [held] = await all_of(engine, anna)
    assert held.code is None
    assert (await tills.check(engine, "FILM-1")).member_id is None
    await has(engine, bo, "cinema")
    burned = await tills.burn(engine, tills.Burning("FILM-1", "till"))
    assert (burned.state, burned.member_id) == (HeldState.REDEEMED, bo)


async def test_one_key_burns_one_code(engine: Engine) -> None:
    await someone(engine)
    names = [f"FILM-{n}" for n in range(10)]
    await codes.add(engine, "cinema", names)
    burning = [tills.burn(engine, tills.Burning(code, "k")) for code in names]
    done = await asyncio.gather(*burning, return_exceptions=True)
    why_not = [one.refusal for one in done if isinstance(one, Refused)]
    assert why_not == [KeyReused("k")] * 9
    assert [unit["state"] for unit in await units(engine, "cinema")].count("BURNED") == 1
    [burned] = [one for one in done if isinstance(one, tills.Voucher)]
    assert (await tills.burn(engine, tills.Burning(burned.code, "k"))) == burned


async def test_generated_codes_are_the_same_for_the_same_key(engine: Engine) -> None:
    await someone(engine)
    made = await codes.generate(engine, codes.Batch("cinema", 50, "k"))
    assert len(set(made)) == 50
    assert await codes.generate(engine, codes.Batch("cinema", 50, "k")) == made
    assert len(await units(engine, "cinema")) == 50
    other = codes.generate(engine, codes.Batch("cinema", 51, "k"))
    assert await refusal(other) == KeyReused("k")
    with pytest.raises(BadInput):
        await codes.generate(engine, codes.Batch("own", 1, "k2"))
    with pytest.raises(BadInput):
        await codes.add(engine, "cinema", ["no good"])


async def test_a_generic_code_is_used_by_the_member_who_shows_it(engine: Engine) -> None:
    anna = await someone(engine)
    assert (await tills.check(engine, "summer10")).offer == "summer"
    unknown = refusals.VoucherUnknown("SUMMER10")
    assert await refusal(tills.burn(engine, tills.Burning("SUMMER10", "k"))) == unknown
    burned = await tills.burn(engine, tills.Burning("SUMMER10", "k", anna))
    assert (burned.state, burned.member_id) == (HeldState.REDEEMED, anna)
    assert (
        await tills.burn(engine, tills.Burning("SUMMER10", "k", anna))
    ).state is HeldState.REDEEMED
    again = tills.burn(engine, tills.Burning("SUMMER10", "k2", anna))
    assert await refusal(again) == refusals.OfferHadAlready("summer", 1)
    nothing = refusals.VoucherUnknown("NOTHING")
    assert await refusal(tills.burn(engine, tills.Burning("nothing", "k3"))) == nothing


async def buy(engine: Engine, member_id: str, order: str, amount: int) -> None:
    lines = (Line(amount, category="tea"), Line(500))
    wanted = purchase(member_id, order, amount + 500, lines=lines, occurred_at=engine.clock())
    await activities.record_purchase(engine, wanted)


async def test_an_order_brings_a_voucher_for_the_next(engine: Engine, clock: Clock) -> None:
    anna = await someone(engine)
    await buy(engine, anna, "o1", 1_999)
    assert await states(engine, anna) == []
    await buy(engine, anna, "o2", 2_000)
    [held] = await all_of(engine, anna)
    assert (held.offer, held.why["id"], held.code is not None) == ("next", "o2", True)
    assert str(held.expires_at) == "2026-04-02 04:00:00"
    for order in ("o3", "o4"):
        await buy(engine, anna, order, 5_000)
    assert await states(engine, anna) == ["ISSUED", "ISSUED"]
    clock.advance(days=31)
    await offers.sweep(engine, 200)
    assert await states(engine, anna) == ["EXPIRED", "EXPIRED"]
