"""A ladder that a version of the program lacks: what refunds meanwhile take back is off it too."""

from loyalty import program
from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import audited

BARE = """
format: 1
id: shop
name: Shop
money: DKK
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points, negative_balance: ALLOW_NEGATIVE}
  - {id: stars, kind: QUALIFYING, name: stars}
earning_rules:
  - id: base
    name: Base
    currency: points
    effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}
  - {id: star, name: Stars, currency: stars, effect: {kind: FIXED, points: 7}}
"""
CLIMBED = (
    BARE
    + """
ladders:
  - id: climb
    name: Climb
    window: CALENDAR_YEAR
    points_currency: stars
    tiers:
      - {id: low, name: Low}
      - {id: high, name: High, threshold: {points: 21, spend: "30.00", purchases: 3}}
"""
)


async def publish(shop: Story, source: str) -> None:
    await program.publish(shop.shop.house.engine, source)


async def counted(member: Hero) -> dict[str, int]:
    found = await member.ask("tier { progress { criteria { metric have } } }")
    criteria: list[Json] = found["tier"]["progress"]["criteria"]
    return {one["metric"]: one["have"] for one in criteria}


async def violations(shop: Story) -> list[str]:
    await shop.work()
    report = await audited(shop.shop.house.engine)
    return [str(one) for one in report.violations]


async def test_a_refund_under_a_version_without_the_ladder_is_off_it_when_it_returns(
    serve: Serve,
) -> None:
    async with story(serve, CLIMBED) as shop:
        anna = await shop.enrol()
        await anna.buy("10.00", id="p1")
        await anna.buy("10.00", id="p2")
        await publish(shop, BARE)
        await anna.refund("p1", amount="4.00")
        await anna.refund("p1")
        await publish(shop, CLIMBED)
        assert await counted(anna) == {"SPEND": 1_000, "PURCHASES": 1, "POINTS": 7}
        assert await violations(shop) == []
        await anna.refund("p2")
        assert await counted(anna) == {"SPEND": 0, "PURCHASES": 0, "POINTS": 0}
        assert await violations(shop) == []


async def test_a_refund_takes_nothing_off_a_ladder_that_came_after_the_purchase(
    serve: Serve,
) -> None:
    async with story(serve, BARE) as shop:
        anna = await shop.enrol()
        await anna.buy("10.00", id="p1")
        await publish(shop, CLIMBED)
        await anna.buy("20.00", id="p2")
        await anna.refund("p1")
        assert await counted(anna) == {"SPEND": 2_000, "PURCHASES": 1, "POINTS": 7}
        assert await violations(shop) == []


async def test_a_refund_is_taken_off_the_window_that_the_purchase_counted_in(
    serve: Serve,
) -> None:
    async with story(serve, CLIMBED) as shop:
        anna = await shop.enrol()
        await anna.buy("10.00", id="p1")
        await publish(shop, CLIMBED.replace("CALENDAR_YEAR", "ANNIVERSARY"))
        await anna.buy("20.00", id="p2")
        await anna.refund("p1")
        assert await counted(anna) == {"SPEND": 2_000, "PURCHASES": 1, "POINTS": 7}
        assert await violations(shop) == []
        await publish(shop, CLIMBED)
        assert await counted(anna) == {"SPEND": 0, "PURCHASES": 0, "POINTS": 0}
