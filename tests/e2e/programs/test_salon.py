"""A hairdresser: visits in cycles, cards of ten and one, seven months for six, prepaid credit."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, line, story

CARDS = """
cards {
  card { id } number stamps size missing owed completed openedAt expiresAt text
  finished { number state stamps }
}
offers { held { offerId reason { text } } }
"""
CUT = {"product": "cut", "category": "hair"}


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("salon"), at="2026-03-02 12:00") as opened:
        yield opened


async def card_of(hero: Hero, card: str) -> Json:
    found: list[Json] = (await hero.ask(CARDS))["cards"]
    return next(held for held in found if held["card"]["id"] == card)


async def given(hero: Hero) -> list[str]:
    return [held["offerId"] for held in (await hero.ask(CARDS))["offers"]["held"]]


async def buy_pass(hero: Hero, mutation: str, number: str, answer: str = "") -> Json:
    told: dict[str, Any] = {"source": "till-1", "id": number, "memberId": hero.id}
    told |= {"passId": "blow-dry", "occurredAt": hero.story.instant()}
    return await hero.story.do(mutation, told, f"pass {{ status activeUntil }} {answer}")


async def blow_dry(hero: Hero, key: str) -> Json:
    wanted = {"memberId": hero.id, "benefit": "blow-dry", "key": key}
    return await hero.story.attempt("benefitUse", wanted, "allowance { used left }")


async def test_ten_cuts_and_the_eleventh_is_free(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    for month in range(3, 12):
        shop.at(f"2026-{month:02}-05 12:00")
        await anna.buy(None, line("40.00", **CUT), line("15.00", product="shampoo"))
    assert await card_of(anna, "cuts") == {
        "card": {"id": "cuts"},
        "number": 1,
        "stamps": 9,
        "size": 10,
        "missing": 1,
        "owed": 0,
        "completed": 0,
        "openedAt": "2026-03-05T12:00:00.000Z",
        "expiresAt": "2028-03-05T22:00:00.000Z",
        "text": "9 of 10 stamps",
        "finished": [],
    }
    assert await given(anna) == []
    [cuts, _] = (await anna.app.run("Plans"))["me"]["cards"]
    assert (cuts["missing"], cuts["card"]["grants"][0]["offer"]) == (1, "free-cut")
    await anna.buy(None, line("80.00", quantity=2, **CUT))
    held = await card_of(anna, "cuts")
    assert (held["number"], held["stamps"], held["completed"]) == (2, 1, 1)
    assert held["finished"] == [{"number": 1, "state": "COMPLETED", "stamps": 10}]
    assert (await anna.ask(CARDS))["offers"]["held"] == [
        {"offerId": "free-cut", "reason": {"text": "Cutting card is full."}}
    ]
    await anna.buy(None, line("0.00", **CUT))  # the free one is not stamped
    assert (await card_of(anna, "cuts"))["stamps"] == 1


async def test_a_refunded_cut_takes_its_stamp_back(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy(None, line("120.00", quantity=3, **CUT), id="p-1")
    await anna.refund("p-1", {"index": 0, "quantity": 1})
    assert (await card_of(anna, "cuts"))["stamps"] == 2
    await anna.refund("p-1", {"index": 0, "quantity": 2})
    held = await card_of(anna, "cuts")
    assert (held["stamps"], held["openedAt"]) == (0, None)


async def test_cuts_that_are_bought_and_returned_again_and_again_give_one_for_free(
    shop: Story,
) -> None:
    anna = await shop.enrol()
    for order in ("p-1", "p-2", "p-3"):
        await anna.buy(None, line("400.00", quantity=10, **CUT), id=order)
        await anna.refund(order)
    held = await card_of(anna, "cuts")
    assert (held["stamps"], held["owed"], held["missing"], held["completed"]) == (0, 10, 20, 1)
    assert await given(anna) == ["free-cut"]


async def test_a_card_that_is_not_full_in_two_years_is_void(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy(None, line("40.00", **CUT))
    shop.at("2028-03-02 22:00")
    await shop.work()
    held = await card_of(anna, "cuts")
    assert (held["number"], held["stamps"]) == (2, 0)
    assert held["finished"] == [{"number": 1, "state": "EXPIRED", "stamps": 1}]


async def test_every_fifth_visit_brings_a_treatment_and_begins_a_new_cycle(shop: Story) -> None:
    anna = await shop.enrol()
    for day in range(2, 7):
        shop.at(f"2026-03-0{day} 09:00")
        assert (await anna.visit())["counted"]
        shop.at(f"2026-03-0{day} 12:59")
        assert not (await anna.visit())["counted"]
    assert await given(anna) == ["treatment"]
    held = await card_of(anna, "visits")
    assert (held["number"], held["stamps"], held["completed"]) == (2, 0, 1)
    shop.at("2026-03-07 09:00")
    await anna.visit()
    assert (await card_of(anna, "visits"))["stamps"] == 1


async def test_six_months_last_seven_and_more_when_bought_again(shop: Story) -> None:
    anna = await shop.enrol(locale="fi")
    bought = await buy_pass(anna, "passBuy", "p-1")
    assert bought["pass"] == {"status": "ACTIVE", "activeUntil": "2026-10-02T21:00:00.000Z"}
    found = (await anna.ask("passes { pass { id } text benefits { id } }"))["passes"]
    assert found == [
        {
            "pass": {"id": "blow-dry"},
            "text": "Voimassa 2. lokakuuta 2026 asti",
            "benefits": [{"id": "blow-dry"}],
        }
    ]
    for use in range(4):
        await blow_dry(anna, f"k-{use}")
    assert (await blow_dry(anna, "k-0"))["allowance"] == {"used": 4, "left": 0}
    [standing] = (await anna.ask("passes { allowances { left } }"))["passes"]
    assert standing == {"allowances": [{"left": 0}]}
    [refusal] = (await blow_dry(anna, "k-4"))["userErrors"]
    assert refusal["code"] == "BENEFIT_USED_UP"
    await buy_pass(anna, "passBuy", "p-1")
    bought = await buy_pass(anna, "passBuy", "p-2")
    assert bought["pass"]["activeUntil"] == "2027-05-02T21:00:00.000Z"


async def test_what_was_not_used_of_a_pass_is_paid_back_without_the_bonus(shop: Story) -> None:
    anna = await shop.enrol()
    await buy_pass(anna, "passBuy", "p-1")
    shop.at("2026-04-15 12:00")  # the second month has begun
    answer = "unusedMonths refundable { amount }"
    back = await buy_pass(anna, "passRefund", "r-1", answer)
    assert back["pass"]["status"] == "REFUNDED"
    assert (back["unusedMonths"], back["refundable"]) == (4, {"amount": "120.00"})
    assert (await anna.ask("passes { benefits { id } }"))["passes"] == [{"benefits": []}]
    [refusal] = (await blow_dry(anna, "k-1"))["userErrors"]
    assert refusal["code"] == "PLAN_NOT_ACTIVE"


async def test_a_hundred_paid_beforehand_are_worth_a_hundred_and_thirty(shop: Story) -> None:
    anna = await shop.enrol()
    wanted = {"memberId": anna.id, "currency": "prepaid", "topUp": "hundred", "key": "k-1"}
    topped = await shop.do("prepaidTopUp", wanted, "topUpId entries { points }")
    assert sorted(entry["points"] for entry in topped["entries"]) == [3_000, 10_000]
    assert await anna.balances() == {"prepaid": 13_000}
    spend = {"memberId": anna.id, "currency": "prepaid", "points": 4_000, "key": "k-2"}
    await shop.do("walletSpend", {**spend, "reason": "A cut"})
    back = {"topUpId": topped["topUpId"], "reason": "Moves away", "key": "k-3"}
    paid = await shop.do("prepaidPayBack", back, "paidBack { amount }")
    assert paid["paidBack"] == {"amount": "90.00"}  # the bonus of 30 was spent first
    assert await anna.balances() == {"prepaid": 0}
