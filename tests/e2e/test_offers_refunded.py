"""What becomes of the offers that a purchase brought when its goods come back."""

import pytest

from loyalty import program
from tests.e2e.conftest import Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN, audited

pytestmark = pytest.mark.anyio

VOUCHER = """
offers:
  - {id: v, kind: AMOUNT_OFF, amount: "5.00", name: V, personal: true,
     issue_on: {trigger: PURCHASE, when: {minimum_amount: "%s"}}}
"""
GIFT = """
offers:
  - {id: gift, kind: POINTS, name: Gift, personal: true, gives: {points: 50, currency: points},
     limits: [{count: 1}], issue_on: {trigger: PURCHASE, when: {minimum_amount: "30.00"}}}
  - {id: tea, kind: CUSTOM, name: Tea}
  - {id: mug, kind: CUSTOM, name: Mug, price: {points: 60, currency: points}}
"""


async def helds(hero: Hero) -> list[tuple[str, str]]:
    found = await hero.ask("offers { held { offerId state } }")
    return [(held["offerId"], held["state"]) for held in found["offers"]["held"]]


async def activate(hero: Hero) -> None:
    found = await hero.ask("offers { held { id state } }")
    [held] = [one["id"] for one in found["offers"]["held"] if one["state"] == "ISSUED"]
    done = await hero.attempt("offerActivate", {"held": held, "key": held}, "held { state }")
    assert (done["userErrors"], done["held"]["state"]) == ([], "REDEEMED")


async def assert_sound(shop: Story) -> None:
    await shop.work()
    assert (await audited(shop.shop.house.engine)).violations == []


async def test_the_terms_of_the_purchase_decide_what_is_withdrawn(serve: Serve) -> None:
    async with story(serve, PLAIN + VOUCHER % "30.00") as shop:
        anna, bo = await shop.enrol(), await shop.enrol()
        await anna.buy("40.00", id="of-anna")
        await bo.buy("45.00", id="of-bo")
        await program.publish(shop.shop.house.engine, PLAIN + VOUCHER % "50.00")
        shop.at("2026-03-02 12:05")
        await bo.refund("of-bo", amount="1.00")
        assert await helds(bo) == [("v", "ISSUED")]
        await program.publish(shop.shop.house.engine, PLAIN)
        shop.at("2026-03-02 12:10")
        await anna.refund("of-anna")
        assert await helds(anna) == [("v", "WITHDRAWN")]


async def test_points_that_a_purchase_brought_go_with_it_once(serve: Serve) -> None:
    async with story(serve, PLAIN + GIFT) as shop:
        anna = await shop.enrol()
        for n in range(3):
            await anna.buy("30.00", id=f"bought-{n}")
            await activate(anna)
            assert (await anna.balances())["points"] == 80
            await anna.refund(f"bought-{n}", amount="0.50")
            await anna.refund(f"bought-{n}", amount="0.50")
            assert (await anna.balances())["points"] == 29
            await anna.refund(f"bought-{n}")
            assert (await anna.balances())["points"] == 0
        assert await helds(anna) == [("gift", "WITHDRAWN")] * 3
        await assert_sound(shop)


async def test_points_that_were_spent_are_let_go_and_never_given_again(serve: Serve) -> None:
    async with story(serve, PLAIN + GIFT) as shop:
        anna = await shop.enrol()
        await anna.buy("30.00", id="first")
        await activate(anna)
        done = await anna.attempt("offerClaim", {"offer": "mug", "key": "m"}, "held { state }")
        assert done["userErrors"] == []
        await anna.refund("first")
        assert (await anna.balances())["points"] == 0
        await anna.buy("30.00", id="second")
        assert [held for held in await helds(anna) if held[1] == "ISSUED"] == [("mug", "ISSUED")]
        await assert_sound(shop)


async def test_what_gave_points_is_not_forgotten_by_what_was_claimed_since(serve: Serve) -> None:
    async with story(serve, PLAIN + GIFT) as shop:
        anna = await shop.enrol()
        await anna.buy("30.00", id="first")
        await activate(anna)
        for n in range(55):
            wanted = {"offer": "tea", "key": f"c{n}"}
            held = (await anna.attempt("offerClaim", wanted, "held { id }"))["held"]["id"]
            await anna.attempt("offerCancel", {"held": held, "key": f"b{n}"}, "held { id }")
        await anna.refund("first")
        assert (await anna.balances())["points"] == 0
        await assert_sound(shop)
