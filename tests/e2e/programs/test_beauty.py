"""The beauty shop: three tiers by spend with rising benefits, a birthday gift, samples."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, line, story

TIER = """
tier {
  tier { id } reachedAt validUntil graceUntil
  keeps { isKept keptUntil otherwise { id } criteria { metric have missing } text }
  progress { tier { id } countedUntil text }
}
"""
BENEFITS = """
tier {
  benefits { id percent earlyHours factor quota { count per } }
  allowances { benefit { id } used left againOn }
}
"""
HELD = "offers { held { offerId state expiresAt reason { text } } }"


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("beauty"), at="2026-03-02 12:00") as opened:
        yield opened


async def tier(member: Hero) -> Json:
    found: Json = (await member.ask(TIER))["tier"]
    return found


async def tier_id(member: Hero) -> str:
    found: str = (await member.ask("tier { tier { id } }"))["tier"]["tier"]["id"]
    return found


async def offers(member: Hero) -> list[str]:
    return [each["offerId"] for each in (await member.ask(HELD))["offers"]["held"]]


async def test_a_tier_is_reached_by_the_purchase_that_crosses_its_threshold(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("2499.99")
    before = await tier(anna)
    assert (before["tier"]["id"], before["reachedAt"], before["keeps"]) == ("glow", None, None)
    assert before["progress"] == {
        "tier": {"id": "shine"},
        "countedUntil": "2026-12-31",
        "text": "Spend SEK\xa00.01 more by December 31 to reach Shine",
    }
    await anna.buy("0.01")
    assert await tier(anna) == {
        "tier": {"id": "shine"},
        "reachedAt": "2026-03-02T12:00:00.000Z",
        "validUntil": "2026-12-31",
        "graceUntil": "2027-01-31",
        "keeps": {
            "isKept": True,
            "keptUntil": "2027-12-31",
            "otherwise": {"id": "glow"},
            "criteria": [{"metric": "SPEND", "have": 250_000, "missing": 0}],
            "text": "Shine until December 31, 2026, and yours until December 31, 2027 already",
        },
        "progress": {
            "tier": {"id": "radiance"},
            "countedUntil": "2026-12-31",
            "text": "Spend SEK\xa05,000.00 more by December 31 to reach Radiance",
        },
    }
    assert await anna.balances() == {"points": 2499}


async def test_each_tier_gives_more_than_the_one_below(shop: Story) -> None:
    anna = await shop.enrol()
    low = (await anna.ask(BENEFITS))["tier"]
    assert [benefit["id"] for benefit in low["benefits"]] == ["birthday"]
    await anna.buy("2500.00")
    middle = (await anna.ask(BENEFITS))["tier"]["benefits"]
    assert [b["id"] for b in middle] == [
        "birthday",
        "delivery",
        "discount",
        "early",
        "consultation",
    ]
    assert [(b["percent"], b["earlyHours"]) for b in middle[2:4]] == [("5", None), (None, 24)]
    await anna.buy("5000.00")
    high = (await anna.ask(BENEFITS))["tier"]["benefits"]
    assert [b["id"] for b in high] == [b["id"] for b in middle] + ["radiant-points"]
    assert [(b["percent"], b["earlyHours"]) for b in high[2:4]] == [("10", None), (None, 72)]
    assert high[4]["quota"] == {"count": 1, "per": "MONTH"}
    bought = await anna.buy("100.00")
    assert [entry["points"] for entry in bought["entries"]] == [150]
    assert await anna.balances() == {"points": 2500 + 5000 + 150}


async def test_who_comes_again_keeps_the_tier_and_who_does_not_falls_a_step(shop: Story) -> None:
    anna, bo = await shop.enrol(), await shop.enrol(locale="sv-SE")
    for member in (anna, bo):
        await member.buy("7500.00")
    shop.at("2026-12-31 23:00")  # midnight in Stockholm: the year's purchases keep it
    await shop.work()
    now = await tier(bo)
    assert (now["tier"]["id"], now["validUntil"], now["keeps"]["isKept"]) == (
        "radiance", "2027-12-31", False
    )  # fmt: skip
    assert now["keeps"]["text"] == (
        "Strålglans till och med den 31 december 2027: handla för ytterligare 7\xa0500,00\xa0kr, "
        "så behåller du nivån. Annars går du till Skimmer."
    )
    shop.at("2027-11-01 12:00")
    await anna.buy("7500.00")
    await bo.buy("7200.00")
    shop.at("2028-01-31 22:59")
    await shop.work()
    in_grace = await tier(bo)
    assert (in_grace["tier"]["id"], in_grace["validUntil"]) == ("radiance", "2027-12-31")
    assert in_grace["keeps"]["text"].startswith("Strålglans gick ut den 31 december 2027: handla")
    shop.at("2028-01-31 23:00")
    assert await tier_id(bo) == "shine"  # before the worker has written it
    await shop.work()
    fallen = await tier(bo)
    assert (fallen["tier"]["id"], fallen["reachedAt"], fallen["validUntil"]) == (
        "shine", "2028-01-31T23:00:00.000Z", "2028-12-31"
    )  # fmt: skip
    kept = await tier(anna)
    assert (kept["tier"]["id"], kept["validUntil"]) == ("radiance", "2028-12-31")


async def test_what_is_missing_can_be_bought_in_the_grace_days_of_the_new_year(
    shop: Story,
) -> None:
    anna = await shop.enrol()
    await anna.buy("2500.00")
    shop.at("2028-01-20 12:00")
    assert (await tier(anna))["keeps"]["text"] == (
        "Shine ended on December 31, 2027: spend SEK\xa02,500.00 more by January 31, 2028, and you "
        "keep it. Otherwise you move to Glow."
    )
    await anna.buy("2500.00")
    now = await tier(anna)
    assert (now["tier"]["id"], now["validUntil"]) == ("shine", "2028-12-31")
    assert now["reachedAt"] == "2026-03-02T12:00:00.000Z"


async def test_a_refund_leaves_the_tier_until_its_year_is_over(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("2500.00", id="big")
    await anna.refund("big")
    assert await tier_id(anna) == "shine"
    assert (await tier(anna))["keeps"]["criteria"] == [
        {"metric": "SPEND", "have": 0, "missing": 250_000}
    ]
    shop.at("2027-01-31 23:00")
    assert await tier_id(anna) == "glow"


async def test_a_consultation_is_had_once_a_quarter_and_for_the_highest_once_a_month(
    shop: Story,
) -> None:
    anna = await shop.enrol()

    async def use(key: str) -> Json:
        wanted = {"memberId": anna.id, "benefit": "consultation", "key": key}
        answer = "replayed allowance { used left againOn }"
        return await shop.attempt("benefitUse", wanted, answer)

    def refused(payload: Json) -> tuple[str, str]:
        [error] = payload["userErrors"]
        return error["code"], error["message"]

    assert refused(await use("k-0")) == (
        "BENEFIT_NOT_HELD",
        "“Skin consultation” comes with the tier “Shine”.",
    )
    await anna.buy("2500.00")
    first = await use("k-1")
    assert first["userErrors"] == []
    assert first["allowance"] == {"used": 1, "left": 0, "againOn": "2026-04-01"}
    assert (await use("k-1"))["replayed"] is True
    assert refused(await use("k-2")) == (
        "BENEFIT_USED_UP",
        (
            "“Skin consultation” can be used 1 time in this period and was. "
            "It can be used again from April 1, 2026."
        ),
    )
    shop.at("2026-04-01 12:00")
    assert (await use("k-2"))["allowance"]["left"] == 0
    await anna.buy("5000.00")
    shop.at("2026-05-01 12:00")
    assert (await use("k-3"))["allowance"] == {"used": 1, "left": 0, "againOn": "2026-06-01"}
    shown = (await anna.ask(BENEFITS))["tier"]["allowances"]
    assert shown == [
        {"benefit": {"id": "consultation"}, "used": 1, "left": 0, "againOn": "2026-06-01"}
    ]


async def test_a_gift_comes_with_the_first_purchase_of_the_birthday_month(shop: Story) -> None:
    anna = await shop.enrol(birthDate="1990-05-14")
    await anna.buy("100.00")
    assert await offers(anna) == []
    for day in ("2026-05-02", "2026-05-20"):
        shop.at(f"{day} 12:00")
        await anna.buy("100.00")
        assert await offers(anna) == ["birthday-gift"]
    shop.at("2027-05-31 12:00")
    await anna.buy("100.00")
    assert await offers(anna) == ["birthday-gift", "birthday-gift"]


async def test_a_sample_comes_with_the_third_purchase_of_a_category(shop: Story) -> None:
    anna = await shop.enrol()
    for day, category in ((3, "skin-care"), (4, "make-up"), (5, "skin-care")):
        shop.at(f"2026-03-0{day} 12:00")
        await anna.buy(None, line("250.00", category=category), line("80.00", category="hair"))
    assert await offers(anna) == []
    shop.at("2026-03-06 12:00")
    await anna.buy(None, line("250.00", category="skin-care"))
    [given] = (await anna.ask(HELD))["offers"]["held"]
    assert (given["offerId"], given["state"]) == ("skin-care-sample", "ISSUED")
    assert given["expiresAt"] == "2026-04-05T22:00:00.000Z"
    assert "skin-care" in given["reason"]["text"]
