"""What is bought and returned again brings nobody a second reward: cards, habits and plans."""

from typing import Any

from tests.e2e.conftest import Serve
from tests.e2e.stories import Hero, Story, example, line, story

SALON = """
format: 1
id: salon
name: Salon
money: DKK
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points, negative_balance: WITHIN_BALANCE}
offers:
  - {id: free-cut, kind: FREE_PRODUCT, name: Free cut, products: [cut], personal: true}
cards:
  - id: cuts
    name: Cuts
    when: {products: [cut]}
    size: 10
    valid_months: 1
    grants: [{offer: free-cut}]
plans:
  - id: vip
    name: VIP
    price: "490.00"
    period: YEAR
    start_grants: [{offer: free-cut}]
    renewal_grants: [{points: 100, currency: points}]
"""
LATTE = {"product": "latte", "category": "coffee", "name": "Latte"}


async def given(hero: Hero) -> list[str]:
    found = (await hero.ask("offers { held { offerId state } }"))["offers"]["held"]
    return sorted(f"{held['offerId']} {held['state']}" for held in found)


async def owed(hero: Hero) -> tuple[int, int]:
    [card] = (await hero.ask("cards { owed stamps }"))["cards"]
    return card["owed"], card["stamps"]


async def cuts(hero: Hero, name: str, count: int) -> None:
    await hero.buy(None, line(f"{40 * count}.00", product="cut", quantity=count), id=name)


async def test_a_void_card_between_forgives_nothing_of_a_full_one(serve: Serve) -> None:
    async with story(serve, SALON) as shop:
        anna = await shop.enrol()
        await cuts(anna, "ten", 10)
        shop.at("2026-03-03 12:00")
        await cuts(anna, "one", 1)
        shop.at("2026-05-03 12:00")
        await anna.refund("ten")  # before anybody noted that the card of the eleventh is void
        assert await owed(anna) == (10, 0)
        await shop.work()
        await anna.refund("one")  # it is on the void card, and gone with it
        assert await owed(anna) == (10, 0)
        await cuts(anna, "again", 10)
        assert (await owed(anna), await given(anna)) == ((0, 0), ["free-cut ISSUED"])


async def test_of_a_purchase_that_filled_a_card_only_the_rest_is_gone_with_the_next(
    serve: Serve,
) -> None:
    async with story(serve, SALON) as shop:
        anna = await shop.enrol()
        await cuts(anna, "six", 6)
        await cuts(anna, "seven", 7)  # four on the first card, three on the next
        shop.at("2026-05-03 12:00")
        await shop.work()
        await anna.refund("seven", {"index": 0, "quantity": 2})
        assert await owed(anna) == (0, 0)
        await anna.refund("seven", {"index": 0, "quantity": 2})
        assert await owed(anna) == (1, 0)
        await anna.refund("seven", {"index": 0, "quantity": 3})
        assert await owed(anna) == (4, 0)


async def test_a_habit_of_returned_coffees_is_rewarded_once(serve: Serve) -> None:
    async with story(serve, example("coffee")) as shop:
        anna = await shop.enrol()
        for turn in range(3):
            for cup in range(4):
                coffee = line("30.00", **LATTE), line("8.00", **LATTE)
                await anna.buy(None, *coffee, id=f"{turn}-{cup}")
            for cup in range(4):
                await anna.refund(f"{turn}-{cup}", {"index": 0})  # the other is still bought
                await anna.refund(f"{turn}-{cup}", {"index": 1})
        assert await given(anna) == ["your-coffee ISSUED"]
        for _ in range(4):
            await anna.buy(None, line("8.00", **LATTE))  # pay for the four of the first offer
        assert await given(anna) == ["your-coffee ISSUED"]
        for _ in range(4):
            await anna.buy(None, line("8.00", **LATTE))
        assert await given(anna) == ["your-coffee ISSUED"] * 2


async def tell(shop: Story, anna: Hero, mutation: str) -> None:
    told: dict[str, Any] = {"source": "billing", "id": shop.new_id(), "plan": "vip"}
    await shop.do(mutation, {**told, "memberId": anna.id, "occurredAt": shop.instant()})


async def use_the_gift(shop: Story, anna: Hero) -> None:
    for held in (await anna.ask("offers { held { id state } }"))["offers"]["held"]:
        if held["state"] == "ISSUED":
            wanted = {"memberId": anna.id, "held": held["id"], "key": shop.new_id("use")}
            await shop.do("offerRedeem", wanted)


async def test_a_plan_gives_its_gift_again_only_where_it_came_back(serve: Serve) -> None:
    async with story(serve, SALON) as shop:
        anna = await shop.enrol()
        await tell(shop, anna, "planStart")
        await tell(shop, anna, "planRefund")
        assert await given(anna) == ["free-cut WITHDRAWN"]
        for _ in range(3):
            await tell(shop, anna, "planStart")
            await use_the_gift(shop, anna)
            await tell(shop, anna, "planRefund")
        assert await given(anna) == ["free-cut REDEEMED", "free-cut WITHDRAWN"]
        await tell(shop, anna, "planStart")  # paid and kept: this is what the gift was for
        shop.at("2028-03-02 12:00")
        await tell(shop, anna, "planStart")
        assert (await given(anna)).count("free-cut ISSUED") == 1


async def test_a_renewal_gives_its_points_again_only_where_all_of_them_came_back(
    serve: Serve,
) -> None:
    async with story(serve, SALON) as shop:
        anna = await shop.enrol()
        await tell(shop, anna, "planStart")
        for _ in range(3):
            await tell(shop, anna, "planRenew")
            balance = (await anna.balances()).get("points", 0)
            if balance:
                spend = {"memberId": anna.id, "currency": "points", "points": balance}
                await shop.do("walletSpend", {**spend, "key": shop.new_id("k"), "reason": "A mug"})
            await tell(shop, anna, "planRefund")
        found = await anna.ask("wallet { entries(first: 9) { edges { node { points } } } }")
        booked = [edge["node"]["points"] for edge in found["wallet"]["entries"]["edges"]]
        assert booked == [-100, 100]
