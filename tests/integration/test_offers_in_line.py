"""Limited offers: the last one goes to one person, the next in line gets what is freed."""

import asyncio

import pytest

from loyalty import offers, program, reactions, wallets
from loyalty.commands import Command, own_key
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refusal, Refused, Unavailable
from loyalty.mongo import Document
from loyalty.offers import Claim, Step, refusals
from loyalty.states import Change
from loyalty.wallets import Adjustment
from tests.engines import PLAIN, Clock, enrol, steppable
from tests.integration.conftest import OpenEngine
from tests.integration.test_offers_given import give

LIMITED = (
    PLAIN
    + """
offers:
  - {id: seat, kind: EXPERIENCE, name: Seat, stock: 1, waiting_list: true,
     price: {points: 10, currency: points}}
  - {id: mug, kind: CUSTOM, name: Mug, stock: 40}
"""
)


async def members(engine: Engine, count: int, points: int = 0) -> list[str]:
    await program.publish(engine, LIMITED)
    found = [await enrol(engine, f"m{n}") for n in range(count)]
    if points:
        wanted = [Adjustment(m, "points", points, "start", "start", "staff") for m in found]
        await asyncio.gather(*(wallets.adjust(engine, one) for one in wanted))
    return found


async def states(engine: Engine, member_id: str) -> list[str]:
    state = await engine.mongo.find_one("member_states", {"_id": member_id})
    assert state is not None
    return [held["state"] for held in state.get("offers", {}).get("helds", ())]


async def units(engine: Engine, offer: str) -> list[Document]:
    return await engine.mongo.find("offer_units", {"offer": offer})


async def work(engine: Engine) -> None:
    while await reactions.react(engine) + await offers.sweep(engine, 200):
        pass


async def test_200_claims_at_once_never_pass_the_stock(
    engine: Engine, open_process: OpenEngine
) -> None:
    found = await members(engine, 200)
    other = await open_process()

    async def attempt(n: int, member_id: str) -> Refusal | None:
        try:
            await offers.claim((engine, other)[n % 2], Claim(member_id, "mug", f"k{n}"))
        except Refused as refused:
            return refused.refusal
        return None

    why_not = await asyncio.gather(*(attempt(n, member_id) for n, member_id in enumerate(found)))
    assert set(why_not) == {None, refusals.OfferSoldOut("mug", False)}
    assert why_not.count(None) == 40
    taken = await units(engine, "mug")
    assert [unit["state"] for unit in taken] == ["TAKEN"] * 40
    has = {unit["member"] for unit in taken}
    assert has == {member_id for member_id, got in zip(found, why_not, strict=True) if got is None}


async def test_a_stock_that_was_cut_is_never_passed(engine: Engine) -> None:
    found = await members(engine, 60)

    async def rush(round_: str) -> int:
        """Let all of them want one at once; give how many are had after it."""
        claims = [offers.claim(engine, Claim(member_id, "mug", round_)) for member_id in found]
        await asyncio.gather(*claims, return_exceptions=True)
        return [unit["state"] for unit in await units(engine, "mug")].count("TAKEN")

    for n in range(20):
        await offers.claim(engine, Claim(found[n], "mug", "before"))
    for stock, had in ((12, 20), (20, 20), (23, 23), (10, 23)):
        await program.publish(engine, LIMITED.replace("stock: 40", f"stock: {stock}"))
        assert await rush(f"of {stock}") == had
    given_back = 0
    for member_id in found:
        if (await states(engine, member_id)) and given_back < 16:
            held = f"off_{member_id.removeprefix('mbr_')}_1"
            await offers.cancel(engine, Step(member_id, held, "back"))
            given_back += 1
    assert await rush("again") == 10


async def test_200_want_the_last_seat_and_one_gets_it(engine: Engine) -> None:
    found = await members(engine, 200, points=10)
    claims = [Claim(member_id, "seat", "k") for member_id in found]
    outcomes = await asyncio.gather(*(offers.claim(engine, claim) for claim in claims))
    given = [outcome.result["state"] for outcome in outcomes]
    assert (given.count("ISSUED"), given.count("WAITING")) == (1, 199)
    assert len(await engine.mongo.find("offer_lines", {})) == 199


async def test_a_seat_that_is_freed_goes_to_the_first_in_line(engine: Engine, clock: Clock) -> None:
    anna, bo, cy = await members(engine, 3, points=10)
    held = (await offers.claim(engine, Claim(anna, "seat", "k"))).result["held"]
    clock.advance(minutes=1)
    await offers.claim(engine, Claim(bo, "seat", "k"))
    clock.advance(minutes=1)
    outcome = await offers.claim(engine, Claim(cy, "seat", "k"))
    [waiting] = offers.helds(outcome.state, clock.present)
    assert await offers.place_in_line(engine, cy, waiting) == 2
    await offers.cancel(engine, Step(anna, held, "back"))
    assert await states(engine, bo) == ["ISSUED"]
    assert await states(engine, cy) == ["WAITING"]
    assert await offers.place_in_line(engine, cy, waiting) == 1
    [unit] = await units(engine, "seat")
    assert (unit["state"], unit["member"]) == ("TAKEN", bo)


async def test_who_cannot_pay_when_it_is_their_turn_leaves_the_line(engine: Engine) -> None:
    anna, bo, cy = await members(engine, 3, points=10)
    held = (await offers.claim(engine, Claim(anna, "seat", "k"))).result["held"]
    for member_id in (bo, cy):
        await offers.claim(engine, Claim(member_id, "seat", "k"))
    await wallets.adjust(engine, Adjustment(bo, "points", -5, "gone", "gone", "staff"))
    await offers.cancel(engine, Step(anna, held, "back"))
    assert (await states(engine, bo), await states(engine, cy)) == (["CANCELLED"], ["ISSUED"])
    assert await engine.mongo.find("offer_lines", {}) == []


async def test_who_gives_up_leaves_the_line_and_a_newcomer_waits_behind_others(
    engine: Engine, clock: Clock
) -> None:
    anna, bo, cy = await members(engine, 3, points=10)
    first = (await offers.claim(engine, Claim(anna, "seat", "k"))).result["held"]
    clock.advance(seconds=1)
    second = (await offers.claim(engine, Claim(bo, "seat", "k"))).result["held"]
    clock.advance(seconds=1)
    await offers.claim(engine, Claim(cy, "seat", "k"))
    await offers.cancel(engine, Step(bo, second, "no"))
    await offers.cancel(engine, Step(anna, first, "back"))
    assert await states(engine, cy) == ["ISSUED"]


async def test_a_unit_whose_claim_was_refused_is_free_again(engine: Engine) -> None:
    [anna] = await members(engine, 1, points=9)
    with pytest.raises(Refused):
        await offers.claim(engine, Claim(anna, "seat", "k"))
    assert [unit["state"] for unit in await units(engine, "seat")] == ["FREE"]


async def test_a_unit_whose_claim_died_before_the_commit_is_freed(
    engine: Engine, clock: Clock
) -> None:
    anna, bo = await members(engine, 2, points=10)

    async def die() -> None:
        raise Unavailable("the process died")

    steppable(engine).before["update_batch", "member_states"] = die
    with pytest.raises(Unavailable):
        await offers.claim(engine, Claim(anna, "seat", "k"))
    assert [unit["state"] for unit in await units(engine, "seat")] == ["TAKEN"]
    clock.advance(seconds=61)
    await offers.sweep(engine, 200)
    assert [unit["state"] for unit in await units(engine, "seat")] == ["FREE"]
    await offers.claim(engine, Claim(bo, "seat", "k"))
    assert await states(engine, bo) == ["ISSUED"]


async def test_a_unit_whose_claim_died_after_the_commit_is_noted_and_kept(
    engine: Engine, clock: Clock
) -> None:
    [anna] = await members(engine, 1, points=10)

    async def die() -> None:
        raise Unavailable("the process died")

    steppable(engine).before["update_one", "offer_units"] = die
    await offers.claim(engine, Claim(anna, "seat", "k"))
    [unit] = await units(engine, "seat")
    assert "leased_until" in unit
    clock.advance(seconds=61)
    await offers.sweep(engine, 200)
    [unit] = await units(engine, "seat")
    assert (unit["state"], unit["held"]) == ("TAKEN", f"off_{anna.removeprefix('mbr_')}_1")
    assert "leased_until" not in unit


async def test_a_gift_of_a_limited_offer_goes_before_those_who_claim(engine: Engine) -> None:
    anna, bo = await members(engine, 2, points=10)
    await give(engine, anna, {"offer": "seat"})
    await work(engine)
    assert await states(engine, anna) == ["ISSUED"]
    await offers.claim(engine, Claim(bo, "seat", "k"))
    assert await states(engine, bo) == ["WAITING"]


async def test_a_commit_that_comes_after_its_lease_does_not_get_the_unit(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    anna, bo = await members(engine, 2, points=10)
    other = await open_process()

    async def outlive_the_lease() -> None:
        clock.advance(seconds=61)
        await offers.sweep(other, 200)
        await offers.claim(other, Claim(bo, "seat", "k"))

    steppable(engine).before["update_batch", "member_states"] = outlive_the_lease
    with pytest.raises(Unavailable):
        await offers.claim(engine, Claim(anna, "seat", "k"))
    assert (await states(engine, anna), await states(engine, bo)) == ([], ["ISSUED"])
    [unit] = await units(engine, "seat")
    assert (unit["state"], unit["member"]) == ("TAKEN", bo)


async def test_two_workers_give_one_seat_to_one_person(
    engine: Engine, open_process: OpenEngine
) -> None:
    anna, bo, cy = await members(engine, 3, points=10)
    other = await open_process()
    held = (await offers.claim(engine, Claim(anna, "seat", "k"))).result["held"]
    for member_id in (bo, cy):
        await offers.claim(engine, Claim(member_id, "seat", "k"))
    back = Step(anna, held, "back")
    await asyncio.gather(
        offers.cancel(engine, back), offers.sweep(other, 200), offers.sweep(engine, 200)
    )
    await work(other)
    has = [await states(engine, member_id) for member_id in (anna, bo, cy)]
    assert has == [["CANCELLED"], ["ISSUED"], ["WAITING"]]
    assert [unit["state"] for unit in await units(engine, "seat")] == ["TAKEN"]


async def test_who_waits_is_served_whatever_keys_they_chose(engine: Engine) -> None:
    anna, bo = await members(engine, 2, points=10)
    held = (await offers.claim(engine, Claim(anna, "seat", "k"))).result["held"]
    waits = (await offers.claim(engine, Claim(bo, "seat", "k"))).result["held"]
    await offers.claim(engine, Claim(bo, "mug", f"seat:{waits}"))
    with pytest.raises(BadInput):
        await offers.claim(engine, Claim(bo, "mug", own_key("seat", waits)))
    await offers.cancel(engine, Step(anna, held, "back"))
    assert await states(engine, bo) == ["ISSUED", "ISSUED"]


async def test_nobody_is_refused_for_who_waits(engine: Engine) -> None:
    anna, bo = await members(engine, 2, points=10)
    held = (await offers.claim(engine, Claim(anna, "seat", "k"))).result["held"]
    waits = (await offers.claim(engine, Claim(bo, "seat", "k"))).result["held"]
    taken = Command(bo, lambda _state, _now: Change(), own_key("seat", waits), "another")
    await engine.commits.submit(taken)
    await offers.cancel(engine, Step(anna, held, "back"))
    assert await states(engine, anna) == ["CANCELLED"]
