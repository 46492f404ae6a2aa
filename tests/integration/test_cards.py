"""Punch cards on a real database: stamped in the commit of the purchase, unstamped by refunds."""

from datetime import datetime, timedelta

import pytest

from loyalty import activities, audit, members, offers, plans, program
from loyalty.activities import Line, Refund, RefundLine, Visit
from loyalty.engine import Engine
from loyalty.plans import Card
from tests.engines import START, Clock, enrol, purchase, stored

CAFE = """
format: 1
id: cafe
name: Cafe
money: USD
time_zone: America/New_York
visits: {interval_minutes: 60}
offers:
  - {id: free-coffee, kind: FREE_PRODUCT, name: Free coffee, products: [coffee], personal: true}
plans:
  - {id: vip, name: VIP, price: "10.00", period: MONTH}
cards:
  - id: coffee
    name: Coffee card
    when: {categories: [coffee]}
    size: 10
    grants: [{offer: free-coffee}]
    valid_months: 6
  - id: visits
    name: Visits
    trigger: VISIT
    size: 3
    grants: [{offer: free-coffee}]
  - id: vip
    name: For VIPs
    per: PURCHASE
    when: {plans: [vip]}
    size: 5
    grants: [{offer: free-coffee}]
"""


@pytest.fixture
async def anna(engine: Engine) -> str:
    """A guest of the cafe."""
    await program.publish(engine, CAFE)
    return await enrol(engine)


async def buy(
    engine: Engine, member_id: str, purchase_id: str, cups: int, at: datetime = START
) -> None:
    lines = (Line(400 * cups, cups, category="coffee"), Line(900, category="cake"))
    bought = purchase(member_id, purchase_id, 400 * cups + 900, lines=lines, occurred_at=at)
    await activities.record_purchase(engine, bought)


async def give_back(engine: Engine, refund_id: str, purchase_id: str, cups: int) -> None:
    line = RefundLine(0, quantity=cups)
    await activities.record_refund(
        engine, Refund("till", refund_id, engine.clock(), "till", purchase_id, lines=(line,))
    )


async def card(engine: Engine, member_id: str, card_id: str = "coffee") -> Card:
    state = await members.require(engine, member_id)
    version = await program.active(engine)
    cards = {terms.id: held for terms, held in plans.cards(state, version, engine.clock())}
    return cards[card_id]


async def free_coffees(engine: Engine, member_id: str) -> int:
    state = await members.require(engine, member_id)
    return len(offers.helds(state, engine.clock()))


async def test_ten_cups_give_one_and_the_surplus_goes_on_the_next_card(
    engine: Engine, anna: str
) -> None:
    await buy(engine, anna, "1", 9)
    assert ((await card(engine, anna)).stamps, await free_coffees(engine, anna)) == (9, 0)
    await buy(engine, anna, "2", 3)
    held = await card(engine, anna)
    assert (held.number, held.stamps, held.completed) == (2, 2, 1)
    state = await members.require(engine, anna)
    [given] = offers.helds(state, engine.clock())
    assert given.why == {"kind": "CARD", "card": "coffee", "number": 1}


async def test_repeated_partial_refunds_take_back_stamp_by_stamp(engine: Engine, anna: str) -> None:
    await buy(engine, anna, "1", 5)
    await give_back(engine, "r-1", "1", 2)
    assert (await card(engine, anna)).stamps == 3
    await give_back(engine, "r-2", "1", 1)
    await give_back(engine, "r-2", "1", 1)
    assert (await card(engine, anna)).stamps == 2
    await give_back(engine, "r-3", "1", 2)
    held = await card(engine, anna)
    assert (held.stamps, held.opened_at) == (0, None)
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_a_full_card_keeps_what_it_gave_and_the_next_stamps_pay_what_was_taken_back(
    engine: Engine, anna: str
) -> None:
    await buy(engine, anna, "1", 10)
    await buy(engine, anna, "2", 1)
    await give_back(engine, "r-1", "1", 4)
    held = await card(engine, anna)
    assert (held.number, held.stamps, held.completed, held.owed) == (2, 0, 1, 3)
    assert await free_coffees(engine, anna) == 1
    await give_back(engine, "r-2", "2", 1)
    await give_back(engine, "r-3", "1", 6)
    assert (await card(engine, anna)).owed == 10
    await buy(engine, anna, "3", 10)
    held = await card(engine, anna)
    assert (held.stamps, held.completed, held.owed) == (0, 1, 0)
    assert await free_coffees(engine, anna) == 1
    await buy(engine, anna, "4", 10)
    assert await free_coffees(engine, anna) == 2


async def test_a_card_for_those_with_a_plan_is_unstamped_only_where_it_was_stamped(
    engine: Engine, anna: str
) -> None:
    await buy(engine, anna, "1", 1)
    started = plans.PlanEvent(plans.EventKind.START, "billing", "inv-1", anna, "vip", START)
    await plans.record(engine, started)
    await buy(engine, anna, "2", 1)
    assert (await card(engine, anna, "vip")).stamps == 1
    await activities.record_refund(engine, Refund("till", "r-1", START, "till", "1"))
    assert (await card(engine, anna, "vip")).stamps == 1
    await give_back(engine, "r-2", "2", 1)
    assert (await card(engine, anna, "vip")).stamps == 1  # the cake is still bought
    await activities.record_refund(engine, Refund("till", "r-3", START, "till", "2"))
    assert (await card(engine, anna, "vip")).stamps == 0


async def test_only_visits_that_count_are_stamped_and_the_third_begins_a_new_cycle(
    engine: Engine, anna: str
) -> None:
    for n, minutes in enumerate((0, 59, 60, 120, 180)):
        at = START - timedelta(minutes=300 - minutes)
        await activities.record_visit(engine, Visit("door", str(n), anna, at))
    held = await card(engine, anna, "visits")
    assert (held.number, held.stamps, held.completed) == (2, 1, 1)
    assert await free_coffees(engine, anna) == 1


async def test_a_card_that_is_not_full_in_time_is_void_and_told_of_once(
    engine: Engine, anna: str, clock: Clock
) -> None:
    await buy(engine, anna, "1", 4)
    clock.advance(days=184)  # 2 September, its last day
    assert await plans.lapse_due(engine) == 0
    assert (await card(engine, anna)).stamps == 4
    clock.advance(days=1)
    assert (await card(engine, anna)).stamps == 0
    assert await plans.lapse_due(engine) == 1
    assert await plans.lapse_due(engine) == 0
    document = await stored(engine.mongo, anna) or {}
    [told] = [fact for fact in document["outbox"] if fact["kind"] == "CardExpired"]
    assert told["data"] == {"card": "coffee", "number": 1, "stamps": 4}
    await give_back(engine, "r-1", "1", 4)
    await buy(engine, anna, "2", 1, clock())
    assert (await card(engine, anna)).stamps == 1
