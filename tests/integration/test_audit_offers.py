"""The audit of limited offers: clean after honest work, and each broken promise by its name."""

from datetime import timedelta

import pytest

from loyalty import audit, offers, program
from loyalty.engine import Engine
from loyalty.offers import Claim, Step, tills
from tests.engines import Clock
from tests.integration.test_offers_in_line import LIMITED, members

UNITS, STATES = "offer_units", "member_states"


async def shop(engine: Engine) -> tuple[str, str]:
    """One has a mug, one gave theirs back and used another, one waits for the seat."""
    anna, bo, cy = await members(engine, 3, points=10)
    await offers.claim(engine, Claim(anna, "mug", "k"))
    held = (await offers.claim(engine, Claim(bo, "mug", "k"))).result["held"]
    await offers.cancel(engine, Step(bo, held, "back"))
    held = (await offers.claim(engine, Claim(bo, "mug", "k2"))).result["held"]
    await tills.redeem(engine, tills.Redemption(bo, held, "use"))
    await offers.claim(engine, Claim(anna, "seat", "k3"))
    await offers.claim(engine, Claim(cy, "seat", "k3"))
    await engine.commits.drain()
    return anna, bo


async def broken(engine: Engine) -> list[str]:
    return [violation.rule for violation in (await audit.verify(engine)).violations]


async def test_honest_offers_add_up(engine: Engine, clock: Clock) -> None:
    await shop(engine)
    clock.present += timedelta(hours=1)
    assert await broken(engine) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"$set": {"state": "FREE"}}, "what_is_held_has_its_unit"),
        ({"$set": {"taker": "another"}}, "what_is_held_has_its_unit"),
    ],
)
async def test_a_unit_that_is_not_its_holders_is_found(
    engine: Engine, change: dict[str, object], rule: str
) -> None:
    anna, _ = await shop(engine)
    await engine.mongo.update_one(UNITS, {"member": anna, "offer": "mug"}, change)
    assert rule in await broken(engine)


async def test_a_unit_that_nobody_holds_is_found(engine: Engine, clock: Clock) -> None:
    anna, _ = await shop(engine)
    gone = {"$pull": {"offers.helds": {"offer": "mug"}}}
    await engine.mongo.update_one(STATES, {"_id": anna}, gone)
    assert await broken(engine) == ["taken_units_are_held"]


async def test_more_units_than_the_stock_are_found(engine: Engine) -> None:
    await shop(engine)
    extra = {"_id": "seat:000001", "offer": "seat", "n": 1, "state": "FREE"}
    await engine.mongo.insert_new(UNITS, [extra])
    assert await broken(engine) == ["a_stock_is_never_exceeded"]


async def test_what_is_taken_of_a_stock_that_is_all_had_is_found(
    engine: Engine, clock: Clock
) -> None:
    await shop(engine)
    await program.publish(engine, LIMITED.replace("stock: 40", "stock: 1"))
    clock.present += timedelta(hours=1)
    assert await broken(engine) == []
    taken = {"$set": {"taken_at": clock.present}}
    await engine.mongo.update_one(UNITS, {"offer": "mug", "state": "BURNED"}, taken)
    assert await broken(engine) == ["a_stock_is_never_exceeded"]


@pytest.mark.parametrize("of_list", [True, False])
async def test_what_is_taken_of_a_kind_that_is_no_more_is_found(
    engine: Engine, clock: Clock, of_list: bool
) -> None:
    await shop(engine)
    if not of_list:
        stock, listed = (
            "CUSTOM, name: Mug, stock: 40",
            "VOUCHER_CODE, name: Mug, code: {kind: LIST}",
        )
        await program.publish(engine, LIMITED.replace(stock, listed))
    clock.present += timedelta(hours=1)
    assert await broken(engine) == []
    code: dict[str, object] = {"code": "FILM-1"} if of_list else {}
    taken = {"_id": "mug:x", "offer": "mug", "n": 39, "state": "BURNED", **code}
    await engine.mongo.delete_many(UNITS, {"offer": "mug", "state": "FREE"})
    await engine.mongo.insert_new(UNITS, [{**taken, "taken_at": clock.present}])
    assert await broken(engine) == ["a_stock_is_never_exceeded"]
