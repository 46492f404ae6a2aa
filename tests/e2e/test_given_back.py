"""What comes back: no bonus of money that was paid back, and no points that live for ever."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import ENTRIES, Hero, Story, story
from tests.engines import audited

pytestmark = pytest.mark.anyio

SHOP = """
format: 1
id: shop
name: Shop
money: DKK
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points, expiry: {mode: ROLLING, months: 1}}
  - id: card
    kind: PREPAID
    name: card
    top_ups: [{id: hundred, name: 100 for 130, pay: "100.00", get: "130.00"}]
earning_rules:
  - {id: base, name: Base, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
offers:
  - {id: mug, kind: CUSTOM, name: Mug, price: {points: 100, currency: points}}
  - {id: cut, kind: CUSTOM, name: Cut, price: {points: 3000, currency: card}}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, SHOP, at="2026-01-10 12:00") as opened:
        yield opened
        assert not (await audited(opened.shop.house.engine)).violations


async def top_up(member: Hero) -> str:
    told = {"memberId": member.id, "currency": "card", "topUp": "hundred", "key": "up"}
    paid = await member.story.do("prepaidTopUp", told, "topUpId")
    return str(paid["topUpId"])


async def pay_back(shop: Story, bought: str) -> None:
    told = {"topUpId": bought, "reason": "asked for", "key": "back"}
    paid = await shop.do("prepaidPayBack", told, "paidBack { amount }")
    assert paid["paidBack"]["amount"] == "100.00"


def of_card(member: Hero, key: str) -> Json:
    told = {"memberId": member.id, "currency": "card", "points": 3000, "reason": "cut"}
    return {**told, "key": key}


def moved(payload: Json) -> list[tuple[str, int]]:
    return [(entry["kind"], entry["points"]) for entry in payload["entries"]]


async def test_a_refund_returns_no_bonus_of_a_top_up_that_was_paid_back(shop: Story) -> None:
    anna = await shop.enrol()
    bought = await top_up(anna)
    spent = await shop.do("walletSpend", of_card(anna, "spend"), "entries { id }")
    named = spent["entries"][0]["id"]
    await anna.buy("30.00", id="p1", pointsPayment=shop.amount("30.00"), redemption=named)
    await pay_back(shop, bought)
    refunded = await anna.refund("p1")
    assert moved(refunded) == [("CLAWBACK", -3000), ("REINSTATEMENT", 3000)]
    said = refunded["entries"][0]["explanation"]["text"]
    assert said == "Bonus of a top-up that was paid back"
    assert await anna.available() == {"points": 0, "card": 0}


async def test_a_hold_lets_go_of_no_bonus_of_a_top_up_that_was_paid_back(shop: Story) -> None:
    anna = await shop.enrol()
    bought = await top_up(anna)
    wanted = {**of_card(anna, "hold"), "ttlSeconds": 600}
    held = await shop.do("walletHold", wanted, "hold { id }")
    await pay_back(shop, bought)
    assert await anna.balances() == {"points": 0, "card": 3000}
    told = {"holdId": held["hold"]["id"], "key": "go"}
    assert moved(await shop.do("walletHoldRelease", told, ENTRIES)) == [("CLAWBACK", -3000)]
    assert await anna.balances() == {"points": 0, "card": 0}


async def test_a_hold_that_runs_out_leaves_no_bonus_either(shop: Story) -> None:
    anna = await shop.enrol()
    bought = await top_up(anna)
    await shop.do("walletHold", {**of_card(anna, "hold"), "ttlSeconds": 600}, "hold { id }")
    await pay_back(shop, bought)
    shop.at("2026-01-10 13:00")
    assert await anna.balances() == {"points": 0, "card": 0}
    await shop.work()
    assert await anna.balances() == {"points": 0, "card": 0}


async def test_an_offer_given_back_returns_no_bonus_of_money_paid_back(shop: Story) -> None:
    anna = await shop.enrol()
    bought = await top_up(anna)
    claimed = await anna.attempt("offerClaim", {"offer": "cut", "key": "c"}, "held { id }")
    await pay_back(shop, bought)
    await anna.attempt("offerCancel", {"held": claimed["held"]["id"], "key": "x"})
    assert await anna.balances() == {"points": 0, "card": 0}


async def test_what_is_given_back_by_choice_after_its_end_expires_at_once(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("100.00")
    in_time = await anna.attempt("offerClaim", {"offer": "mug", "key": "c0"}, "held { id }")
    await anna.attempt("offerCancel", {"held": in_time["held"]["id"], "key": "x0"})
    assert (await anna.balances())["points"] == 100
    late = await anna.attempt("offerClaim", {"offer": "mug", "key": "c1"}, "held { id }")
    shop.at("2026-02-20 12:00")
    payload = await anna.attempt(
        "offerCancel", {"held": late["held"]["id"], "key": "x1"}, "held { state }"
    )
    assert payload == {"held": {"state": "CANCELLED"}, "userErrors": []}
    assert (await anna.balances())["points"] == 0
    entries = "wallet { entries(first: 2) { edges { node { kind points explanation { text } } } } }"
    edges = (await anna.ask(entries))["wallet"]["entries"]["edges"]
    shown = [edge["node"] for edge in edges]
    assert [(e["kind"], e["points"], e["explanation"]["text"]) for e in shown] == [
        ("EXPIRY", -100, "Expired unused"),
        ("REINSTATEMENT", 100, "Given back: Mug"),
    ]


async def test_a_refund_lets_points_live_again_once(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("100.00")
    for turn, (bought_on, refunded_on, left) in enumerate(
        [("2026-01-12", "2026-02-20", 100), ("2026-02-25", "2026-04-01", 0)]
    ):
        shop.at(f"{bought_on} 12:00")
        told = {**of_card(anna, f"s{turn}"), "currency": "points", "points": 100}
        spent = await shop.do("walletSpend", told, "entries { id }")
        named = spent["entries"][0]["id"]
        await anna.buy("5.00", id=f"p{turn}", pointsPayment=shop.amount("5.00"), redemption=named)
        shop.at(f"{refunded_on} 12:00")
        await shop.work()
        await anna.refund(f"p{turn}")
        assert (await anna.balances())["points"] == left
