"""Similar products are learned from real baskets, once a day, by one of many processes."""

import asyncio
from datetime import datetime, timedelta

from loyalty import activities, chores, jobs, program
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
    assert await activities.similar.learn(engine)
    assert await activities.similar.to(engine, "tea") == [Similar("pot", 3, 866)]
    assert await activities.similar.to(engine, "cup") == []


async def learn_when_due(engine: Engine, due_at: datetime) -> None:
    """Work as many workers do, of whom one learns, and check when that is due again."""
    learning = {"activities.similar": chores.handlers(None)["activities.similar"]}
    await chores.begin(engine)
    assert sum(await asyncio.gather(*(jobs.work_off(engine, learning) for _ in range(5)))) == 1
    job = await jobs.find(engine.mongo, "activities.similar")
    assert job is not None
    assert job.due_at == due_at


async def test_one_worker_learns_each_night_by_the_clocks_of_the_program(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, PROGRAM + "time_zone: Europe/Copenhagen\n")
    anna = await enrol(engine)
    for number in range(3):
        await buy(engine, anna, number, "tea", "pot", days_ago=360)
    await learn_when_due(engine, datetime(2026, 3, 3, 3))
    assert await activities.similar.to(engine, "tea") != []
    clock.present = datetime(2026, 3, 29, 1, 59)  # the night in which clocks go forward
    await learn_when_due(engine, datetime(2026, 3, 29, 2))
    clock.advance(minutes=1)
    await learn_when_due(engine, datetime(2026, 3, 30, 2))
    assert await activities.similar.to(engine, "tea") == []


async def test_a_program_that_asks_for_none_learns_none_and_is_looked_at_again(
    engine: Engine,
) -> None:
    await program.publish(engine, PROGRAM.replace("also_similar: true", "also_similar: false"))
    assert not await activities.similar.learn(engine)
    await learn_when_due(engine, START + timedelta(minutes=1))
