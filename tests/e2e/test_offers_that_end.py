"""Reservations and places in line when an offer ends, changes, or is for others now."""

from collections.abc import AsyncIterator

import pytest

from loyalty import program
from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN, audited

pytestmark = pytest.mark.anyio

EVENING = """
offers:
  - {id: evening, kind: CUSTOM, name: Evening, price: {points: 10, currency: points},
     ends_at: "2026-03-02T13:00:00Z", valid_days: 3}
"""
PRICE = "price: {points: 10, currency: points}"
SEAT = f"""
offers:
  - {{id: seat, kind: EXPERIENCE, name: Seat, stock: 1, waiting_list: true, {PRICE}}}
"""
CREDIT = """
currencies:
  - {id: credit, kind: STORE_CREDIT, name: credit, expiry: {mode: NEVER}}
"""
LADDER = """
ladders:
  - {id: l, name: L, window: CALENDAR_YEAR, validity: {kind: PERIOD_END}, downgrade: FULL,
     tiers: [{id: b, name: B}, {id: g, name: G, threshold: {spend: "100.00"}}]}
"""
PLAN = """
plans:
  - {id: club, name: Club, price: "10.00", period: MONTH}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PLAIN + SEAT, at="2026-03-02 12:55") as opened:
        yield opened
        await opened.work()
        assert (await audited(opened.shop.house.engine)).violations == []


async def become(shop: Story, source: str) -> None:
    await program.publish(shop.shop.house.engine, source)
    await shop.work()


async def rich(shop: Story) -> Hero:
    member = await shop.enrol()
    await member.buy("100.00")
    return member


async def claim(member: Hero, offer: str = "seat") -> str:
    payload = await member.attempt("offerClaim", {"offer": offer, "key": "claim"}, "held { id }")
    assert payload["userErrors"] == [], payload
    held: str = payload["held"]["id"]
    return held


async def give_back(member: Hero, held: str) -> None:
    payload = await member.attempt("offerCancel", {"held": held, "key": "back"}, "held { id }")
    assert payload["userErrors"] == [], payload
    await member.story.work()


async def held_of(member: Hero) -> Json:
    found = await member.ask("offers { held { state placeInLine endReason { kind text } } }")
    [held] = found["offers"]["held"]
    return held  # type: ignore[no-any-return]


async def why_it_ended(member: Hero) -> tuple[str, str, int]:
    held, balances = await held_of(member), await member.balances()
    return held["state"], held["endReason"]["kind"], balances["points"]


@pytest.mark.parametrize("lapsed", [True, False])
async def test_a_reservation_ends_with_its_offer(shop: Story, lapsed: bool) -> None:
    await become(shop, PLAIN + EVENING)
    anna = await rich(shop)
    wanted = {"offer": "evening", "key": "r"}
    reserved = await anna.attempt("offerReserve", wanted, "held { id expiresAt }")
    assert reserved["held"]["expiresAt"] == "2026-03-02T13:00:00.000Z"
    shop.at("2026-03-02 13:05")
    if lapsed:
        await shop.work()
    step = {"held": reserved["held"]["id"], "key": "c"}
    confirmed = await anna.attempt("offerConfirm", step, "held { state }")
    assert [error["code"] for error in confirmed["userErrors"]] == ["OFFER_OVER"]
    assert await anna.available() == {"points": 100}


async def test_nobody_is_seated_once_the_offer_has_ended(shop: Story) -> None:
    anna, bo = await rich(shop), await rich(shop)
    seat = await claim(anna)
    await claim(bo)
    ends = ', ends_at: "2026-03-03T00:00:00Z"}'
    await become(shop, PLAIN + SEAT.replace(PRICE + "}", PRICE + ends))
    shop.at("2026-03-05 12:10")
    await give_back(anna, seat)
    assert await why_it_ended(bo) == ("WITHDRAWN", "OFFER_ENDED", 100)


async def test_who_waits_pays_the_price_they_came_for(shop: Story) -> None:
    anna, bo = await rich(shop), await rich(shop)
    seat = await claim(anna)
    await claim(bo)
    await become(shop, PLAIN + SEAT.replace("points: 10", "points: 90"))
    await give_back(anna, seat)
    assert ((await held_of(bo))["state"], await bo.balances()) == ("ISSUED", {"points": 90})


async def test_a_price_in_what_is_no_more_cannot_be_paid(shop: Story) -> None:
    with_credit = PLAIN.replace("currencies:", CREDIT.strip())
    for_credit = SEAT.replace("currency: points", "currency: credit")
    await become(shop, with_credit + for_credit)
    anna, bo = await rich(shop), await rich(shop)
    for member in (anna, bo):
        wanted = {"memberId": member.id, "currency": "credit", "points": 10, "reason": "start"}
        await shop.do("walletAdjust", {**wanted, "key": "start"})
    seat = await claim(anna)
    await claim(bo)
    await become(shop, PLAIN + SEAT)
    await give_back(anna, seat)
    assert await why_it_ended(bo) == ("WITHDRAWN", "OFFER_DROPPED", 100)


async def test_who_lost_the_tier_makes_way_for_the_next(shop: Story) -> None:
    await become(shop, PLAIN + LADDER + SEAT.replace(PRICE, f"audience: {{tiers: [g]}}, {PRICE}"))
    shop.at("2026-12-01 12:00")
    anna, bo, cy = [await rich(shop) for _ in range(3)]
    seat = await claim(anna)
    for member in (bo, cy):
        shop.clock.present = shop.clock.present.replace(minute=shop.clock.present.minute + 1)
        await claim(member)
    shop.at("2027-12-30 12:00")
    await cy.buy("100.00")
    shop.at("2028-01-05 12:00")
    await shop.work()
    await give_back(anna, seat)
    assert await why_it_ended(bo) == ("CANCELLED", "TURN_NOT_FOR_YOU", 100)
    assert (await held_of(cy))["state"] == "ISSUED"


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_plan_is_looked_at_again(shop: Story, is_kept: bool) -> None:
    await become(shop, PLAIN + PLAN + SEAT.replace(PRICE, f"audience: {{plans: [club]}}, {PRICE}"))
    anna, bo = await rich(shop), await rich(shop)
    for n, member in enumerate((anna, bo)):
        told = {"source": "b", "id": f"{n}", "memberId": member.id, "plan": "club"}
        await shop.do("planStart", {**told, "occurredAt": shop.instant()})
    seat = await claim(anna)
    await claim(bo)
    shop.at("2026-03-20 12:00" if is_kept else "2026-05-20 12:00")
    await give_back(anna, seat)
    if is_kept:
        assert ((await held_of(bo))["state"], await bo.balances()) == ("ISSUED", {"points": 90})
    else:
        assert await why_it_ended(bo) == ("CANCELLED", "TURN_NOT_FOR_YOU", 100)
