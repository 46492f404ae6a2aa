"""Similar products are learned from real baskets, once a day, by one of many processes."""

import asyncio
from datetime import timedelta

from loyalty import activities, program
from loyalty.activities.rules import Similar
from loyalty.engine import Engine
from tests.engines import START, Clock, enrol, line, purchase

PROGRAM = """
format: 1
id: shop
name: Shop
money: USD
offers: [{id: treat, kind: CUSTOM, name: Treat, personal: true}]
personal_offers: [{id: four, by: PRODUCT, count: 4, also_similar: true, offer: treat}]
"""


async def buy(
    engine: Engine, member_id: str, number: int, *products: str, days_ago: int = 0
) -> None:
    lines = tuple(line(100, product=product) for product in products)
    at = START - timedelta(days=days_ago)
    bought = purchase(member_id, f"r-{number}", 100 * len(lines), lines=lines, occurred_at=at)
    await activities.record_purchase(engine, bought)


async def test_products_in_the_same_baskets_are_similar(engine: Engine, clock: Clock) -> None:
    await program.publish(engine, PROGRAM)
    anna = await enrol(engine)
    for number in range(3):
        await buy(engine, anna, number, "tea", "pot", "tea")
    await buy(engine, anna, 3, "tea", "pot", days_ago=366)
    await buy(engine, anna, 4, "tea")
    done = await asyncio.gather(*(activities.similar.learn(engine) for _ in range(5)))
    assert sorted(done) == [0, 0, 0, 0, 1]
    assert await activities.similar.to(engine, "tea") == [Similar("pot", 3, 866)]
    assert await activities.similar.to(engine, "cup") == []


async def test_what_was_learned_is_learned_anew_the_next_day(engine: Engine, clock: Clock) -> None:
    await program.publish(engine, PROGRAM)
    anna = await enrol(engine)
    for number in range(3):
        await buy(engine, anna, number, "tea", "pot", days_ago=360)
    assert await activities.similar.learn(engine) == 1
    assert await activities.similar.learn(engine) == 0
    clock.advance(days=6)
    assert await activities.similar.learn(engine) == 1
    assert await activities.similar.to(engine, "tea") == []


async def test_a_program_that_asks_for_none_learns_none(engine: Engine) -> None:
    await program.publish(engine, PROGRAM.replace("also_similar: true", "also_similar: false"))
    assert await activities.similar.learn(engine) == 0
