"""The coffee shop: beans for every krone, the fourth of the same coffee, and a cup to come back."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, line, story

HELD = "offers { held { offerId state expiresAt reason { kind text subject } } }"
LATTE = {"product": "latte", "category": "coffee", "name": "Caffè latte"}


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("coffee"), at="2026-03-02 12:00") as opened:
        yield opened


async def held(member: Hero) -> list[Json]:
    found: list[Json] = (await member.ask(HELD))["offers"]["held"]
    return found


async def test_every_krone_earns_and_the_own_card_half_as_much_again(shop: Story) -> None:
    anna = await shop.enrol()
    bought = await anna.buy("42.70")
    assert [(e["kind"], e["points"], e["balanceAfter"]) for e in bought["entries"]] == [
        ("ACCRUAL", 42, 42)
    ]
    assert "42.7" in bought["entries"][0]["explanation"]["text"]
    await anna.buy("42.70", paymentMethod="bean-card")  # 64.05
    await anna.event("profile-completed", id="p-1")
    await anna.event("profile-completed", id="p-1")
    assert await anna.balances() == {"beans": 42 + 64 + 50}


async def test_the_hour_of_the_shop_counts_and_not_that_of_the_server(shop: Story) -> None:
    anna = await shop.enrol()
    shop.at("2026-03-27 07:59")  # a Friday, 8:59 in Copenhagen
    await anna.buy("10.00")
    shop.at("2026-03-30 07:00")  # a Monday of summer time, 9:00 in Copenhagen
    await anna.buy("10.00")
    assert await anna.balances() == {"beans": 10 + 5 + 10}


async def test_the_fourth_of_the_same_coffee_brings_it_at_half_price_once_a_cycle(
    shop: Story,
) -> None:
    anna = await shop.enrol(locale="sv")
    for day in range(3, 6):
        shop.at(f"2026-03-0{day} 12:00")
        await anna.buy(None, line("38.00", **LATTE), line("20.00", product="bun"))
    assert await held(anna) == []
    shop.at("2026-03-06 12:00")
    await anna.buy(None, line("38.00", **LATTE, quantity=2))
    assert await held(anna) == [
        {
            "offerId": "your-coffee",
            "state": "ISSUED",
            "expiresAt": "2026-03-20T23:00:00.000Z",
            "reason": {
                "kind": "BOUGHT_PRODUCT",
                "text": "Du har köpt Caffè latte 4 gånger.",
                "subject": "latte",
            },
        }
    ]
    for day in range(7, 10):
        shop.at(f"2026-03-0{day} 12:00")
        await anna.buy(None, line("38.00", **LATTE))
    assert len(await held(anna)) == 1
    shop.at("2026-03-10 12:00")
    await anna.buy(None, line("38.00", **LATTE))
    assert [each["offerId"] for each in await held(anna)] == ["your-coffee", "your-coffee"]


async def test_different_coffees_are_counted_apart(shop: Story) -> None:
    anna = await shop.enrol()
    for product in ("latte", "latte", "latte", "espresso", "espresso", "filter"):
        await anna.buy(None, line("38.00", product=product, category="coffee"))
    assert await held(anna) == []


async def test_what_was_returned_is_counted_no_more_and_what_a_finished_cycle_counted_is_owed(
    shop: Story,
) -> None:
    anna = await shop.enrol()
    latte = [line("38.00", **LATTE)]
    for _ in range(3):
        await anna.buy(None, *latte)
    await anna.buy(None, *latte, id="returned")
    assert len(await held(anna)) == 1
    for _ in range(2):
        await anna.buy(None, *latte)
    await anna.refund("returned")  # of the cycle that is over: one of the next pays it
    await anna.buy(None, *latte, id="also-returned")  # pays it, until it is returned
    await anna.refund("also-returned")
    await anna.buy(None, *latte)  # pays it
    await anna.buy(None, *latte)
    assert len(await held(anna)) == 1
    await anna.buy(None, *latte)
    assert len(await held(anna)) == 2


async def test_a_coffee_is_also_had_as_what_is_bought_together_with_it(shop: Story) -> None:
    anna, others = await shop.enrol(), [await shop.enrol() for _ in range(3)]
    for other in others:
        flat_white = line("40.00", product="flat-white", category="coffee")
        await other.buy(None, line("38.00", **LATTE), flat_white, line("9.00", product="sugar"))
    for _ in range(4):
        await anna.buy(None, line("38.00", **LATTE))
    wanted = "offers { held { products } }"
    assert (await anna.ask(wanted))["offers"]["held"] == [{"products": ["latte"]}]
    await shop.work()
    found = (await anna.ask(wanted))["offers"]["held"]
    assert found == [{"products": ["latte", "flat-white", "sugar"]}]


async def test_who_stays_away_is_won_back_once(shop: Story) -> None:
    anna, stranger = await shop.enrol(), await shop.enrol()
    await anna.buy("38.00")
    shop.at("2026-04-16 21:59")  # the 45th day is not over in Copenhagen
    await shop.work()
    assert await held(anna) == []
    shop.at("2026-04-16 22:00")
    await shop.work()
    shop.at("2026-05-20 12:00")
    await shop.work()
    found = await held(anna)
    assert [(each["offerId"], each["reason"]["text"]) for each in found] == [
        ("come-back", "We have missed you.")
    ]
    assert await held(stranger) == []


async def test_who_is_suspended_when_a_cup_is_due_has_it_once_they_are_back(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy(None, line("38.00", **LATTE))
    ruling = {"memberId": anna.id, "reason": "a lost phone"}
    await shop.do("memberSuspend", {**ruling, "key": "out"})
    shop.at("2026-05-01 12:00")
    await shop.work()
    assert await held(anna) == []
    await shop.do("memberReinstate", {**ruling, "key": "in"})
    await shop.work()
    assert [each["reason"]["kind"] for each in await held(anna)] == ["WIN_BACK"]
    await shop.do("memberSuspend", {**ruling, "key": "out-2"})
    await shop.do("memberReinstate", {**ruling, "key": "in-2"})
    shop.at("2026-08-01 12:00")
    await shop.work()
    assert len(await held(anna)) == 1
