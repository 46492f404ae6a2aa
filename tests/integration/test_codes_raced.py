"""Codes that many add, or many burn, at once: each stands in one list, and never both are used."""

import asyncio

import pytest

from loyalty import offers, program
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.offers import Claim, codes, refusals, tills
from tests.engines import PLAIN, enrol, steppable
from tests.integration.conftest import OpenEngine

LISTS = (
    PLAIN
    + """
offers:
  - {id: one, kind: VOUCHER_CODE, name: One, code: {kind: LIST}}
  - {id: two, kind: VOUCHER_CODE, name: Two, code: {kind: LIST}}
  - {id: alone, kind: VOUCHER_CODE, name: Alone, code: {kind: LIST}, exclusive: true}
"""
)


async def test_a_code_that_is_added_twice_at_once_stands_in_one_list(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, LISTS)
    other = await open_process()
    same = [f"SAME-{n}" for n in range(50)]
    found = await asyncio.gather(
        *(codes.add(engine if n % 2 else other, ("one", "two")[n // 5], same) for n in range(10))
    )
    assert sum(added.count for added in found) == 50
    assert await engine.mongo.count("offer_units", {"code": {"$in": same}}) == 50
    for n, added in enumerate(found):
        mine = ("one", "two")[n // 5]
        here = [one for one in added.not_added if one.offer == mine]
        assert {one.why for one in here} <= {codes.CodeTaken.THIS_LIST}
        assert added.count + len(added.not_added) == 50


async def test_of_what_does_not_go_together_never_both_are_burned(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, LISTS)
    other = await open_process()
    names = [f"EXC-{n}" for n in range(8)]
    await codes.add(engine, "alone", names)
    burning = [
        tills.burn(engine if n % 2 else other, tills.Burning(code, f"k{n}", receipt="till:1"))
        for n, code in enumerate(names)
    ]
    done = await asyncio.gather(*burning, return_exceptions=True)
    used = [one for one in done if isinstance(one, tills.Voucher)]
    why_not = {one.refusal for one in done if isinstance(one, Refused)}
    assert len(used) <= 1
    assert why_not == {refusals.OffersExclude("alone", "alone")}
    burned = await engine.mongo.count("offer_units", {"state": "BURNED"})
    assert burned == len(used)


async def test_who_dies_while_a_code_is_asked_of_asks_again(engine: Engine) -> None:
    await program.publish(engine, LISTS)
    await codes.add(engine, "alone", ["EXC-1", "EXC-2"])
    await codes.add(engine, "one", ["ONE-1"])

    async def die() -> None:
        raise Unavailable("the process died")

    steppable(engine).after["update_one", "offer_units"] = die
    with pytest.raises(Unavailable):
        await tills.burn(engine, tills.Burning("EXC-1", "k", receipt="till:1"))
    with pytest.raises(Refused):
        await tills.burn(engine, tills.Burning("EXC-2", "k2", receipt="till:1"))
    assert (
        await tills.burn(engine, tills.Burning("EXC-1", "k", receipt="till:1"))
    ).state == "REDEEMED"
    assert await engine.mongo.count("offer_units", {"is_asked": True}) == 0


async def test_a_code_that_is_claimed_meanwhile_is_its_holders(engine: Engine) -> None:
    await program.publish(engine, LISTS)
    anna = await enrol(engine, "anna")
    await codes.add(engine, "one", ["ONE-1"])

    async def claimed() -> None:
        await offers.claim(engine, Claim(anna, "one", "c"))

    steppable(engine).before["update_one", "offer_units"] = claimed
    with pytest.raises(Unavailable):
        await tills.burn(engine, tills.Burning("ONE-1", "k"))
    assert (await tills.burn(engine, tills.Burning("ONE-1", "k"))).member_id == anna
