"""The wine merchant: 1 000, 2 500 and 5 000 kr in a season, each step's reward exactly once."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, line, story

LADDER = """
challenges {
  challenge { id } period endsAt progress target missing missingMoney { amount } text completedAt
  levels { times level { id targetMoney { amount } } }
}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("ladder"), at="2026-03-02 12:00") as opened:
        yield opened


async def season(member: Hero) -> Json:
    found = (await member.ask(LADDER))["challenges"]
    return next(one for one in found if one["challenge"]["id"] == "spring-cellar")


async def told(member: Hero) -> list[tuple[int, str]]:
    found = await member.ask(
        "wallet { entries { edges { node { points explanation { text } } } } }"
    )
    nodes = [edge["node"] for edge in found["wallet"]["entries"]["edges"]]
    return [(node["points"], node["explanation"]["text"]) for node in reversed(nodes)]


async def test_each_step_gives_once_and_says_why(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    await anna.buy("999.99")
    assert await anna.balances() == {"points": 0}
    assert (await season(anna)) == {
        "challenge": {"id": "spring-cellar"},
        "period": "2026-03-01",
        "endsAt": "2026-05-31T22:00:00.000Z",
        "progress": 99_999,
        "target": 100_000,
        "missing": 1,
        "missingMoney": {"amount": "0.01"},
        "text": "DKK\xa00.01 more by May 31 to complete “the first step”",
        "completedAt": None,
        "levels": [
            {"times": 0, "level": {"id": "first", "targetMoney": {"amount": "1000.00"}}},
            {"times": 0, "level": {"id": "second", "targetMoney": {"amount": "2500.00"}}},
            {"times": 0, "level": {"id": "third", "targetMoney": {"amount": "5000.00"}}},
        ],
    }
    await anna.buy("0.01")
    assert await anna.balances() == {"points": 100}
    shop.at("2026-04-10 12:00")
    await anna.buy("4000.00")
    assert await anna.balances() == {"points": 900}
    await anna.buy("9000.00")
    assert await anna.balances() == {"points": 900}
    assert await told(anna) == [
        (100, "Challenge “Spring in the cellar”: the first step reached"),
        (300, "Challenge “Spring in the cellar”: the second step reached"),
        (500, "Challenge “Spring in the cellar”: the third step reached"),
    ]
    found = await season(anna)
    assert (found["completedAt"], found["missing"]) == ("2026-04-10T12:00:00.000Z", 0)
    assert found["text"] == "“Spring in the cellar” is completed"
    got = await anna.ask(
        "offers { held { offerId reason { text } } } achievements { levelId name hasBadge times }"
    )
    [seat] = got["offers"]["held"]
    assert seat["offerId"] == "tasting"
    assert seat["reason"]["text"] == "You reached the third step in “Spring in the cellar”."
    assert {one["levelId"]: (one["name"], one["hasBadge"]) for one in got["achievements"]} == {
        "first": ("the first step", False),
        "second": ("the second step", False),
        "third": ("Keeper of the cellar", True),
    }


async def test_a_refund_takes_the_way_back_and_leaves_the_reward(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("1200.00", id="o-1")
    await anna.refund("o-1", amount="500.00")
    assert (await season(anna))["progress"] == 70_000
    assert await anna.balances() == {"points": 100}
    await anna.buy("400.00")
    assert (await season(anna))["progress"] == 110_000
    assert await anna.balances() == {"points": 100}
    await anna.refund("o-1")
    assert (await season(anna))["progress"] == 40_000
    await anna.buy("2100.00")
    assert await anna.balances() == {"points": 400}


async def test_the_season_ends_at_midnight_in_the_shop(shop: Story) -> None:
    anna = await shop.enrol()
    shop.at("2026-05-31 21:59")
    await anna.buy("600.00")
    shop.at("2026-05-31 22:00")  # the first of June in Copenhagen
    await anna.buy("600.00")
    assert await anna.balances() == {"points": 0}
    shown = [one["challenge"]["id"] for one in (await anna.ask(LADDER))["challenges"]]
    assert shown == ["case-of-the-month"]


async def test_every_sixth_bottle_of_a_month(shop: Story) -> None:
    anna = await shop.enrol()
    for _ in range(2):
        await anna.buy(None, line("300.00", quantity=7, category="wine"), line("20.00", quantity=9))
    assert await anna.balances() == {"points": 40}
    shop.at("2026-04-01 12:00")
    await anna.buy(None, line("200.00", quantity=5, category="wine"))
    assert await anna.balances() == {"points": 40}
    monthly = (await anna.ask(LADDER))["challenges"][1]
    assert (monthly["period"], monthly["progress"], monthly["missing"]) == ("2026-04", 5, 1)
    assert monthly["text"] == "1 more by April 30 to complete “Case of the month”"
