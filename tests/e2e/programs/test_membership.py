"""A bookshop with a paid membership: what it gives while it is paid for, and what its end takes."""

from collections.abc import AsyncIterator

import pytest

from loyalty import program
from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, story

PLAN = """
plans {
  plan { id } status activeUntil benefitsUntil cancelledAt text benefits { id kind earlyHours }
}
"""
ANSWER = "plan { plan { id } status } entries { kind points explanation { text } } replayed"


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("membership"), at="2026-03-02 12:00") as opened:
        yield opened


async def bill(hero: Hero, mutation: str, number: str, plan: str = "vip") -> Json:
    """Let billing tell of a plan, now."""
    told = {"source": "billing", "id": number, "memberId": hero.id, "plan": plan}
    return await hero.story.do(mutation, {**told, "occurredAt": hero.story.instant()}, ANSWER)


async def refused(hero: Hero, mutation: str, number: str, plan: str = "vip") -> Json:
    """Let billing tell of what is refused, and give the refusal."""
    told = {"source": "billing", "id": number, "memberId": hero.id, "plan": plan}
    told["occurredAt"] = hero.story.instant()
    [refusal] = (await hero.story.attempt(mutation, told))["userErrors"]
    found: Json = refusal
    return found


async def plan_of(hero: Hero, plan: str = "vip") -> Json:
    found: list[Json] = (await hero.ask(PLAN))["plans"]
    return next(held for held in found if held["plan"]["id"] == plan)


async def factors_of(hero: Hero, entry_id: str) -> Json:
    query = """
      query ($id: ID!) {
        node(id: $id) { ... on LedgerEntry { explanation { factors { name factor } } } }
      }
    """
    found: Json = (await hero.app.ask(query, {"id": entry_id}))["node"]["explanation"]
    return found


async def test_a_year_is_paid_and_the_benefits_hold_to_the_end_of_its_last_day(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    await anna.buy("100.00")
    assert await anna.balances() == {"points": 10}
    started = await bill(anna, "planStart", "inv-1")
    assert started["plan"] == {"plan": {"id": "vip"}, "status": "ACTIVE"}
    assert [(e["kind"], e["points"], e["explanation"]["text"]) for e in started["entries"]] == [
        ("ACCRUAL", 50, "50 points for starting VIP, paid for from March 2, 2026 to March 2, 2027")
    ]
    assert await plan_of(anna) == {
        "plan": {"id": "vip"},
        "status": "ACTIVE",
        "activeUntil": "2027-03-02T23:00:00.000Z",
        "benefitsUntil": "2027-03-16T23:00:00.000Z",
        "cancelledAt": None,
        "text": "Active until March 2, 2027",
        "benefits": [
            {"id": "free-shipping", "kind": "FREE_SHIPPING", "earlyHours": None},
            {"id": "early-access", "kind": "EARLY_ACCESS", "earlyHours": 48},
            {"id": "double-points", "kind": "POINTS_MULTIPLIER", "earlyHours": None},
        ],
    }
    shown = (await anna.app.run("Plans"))["me"]["plans"][0]
    assert (shown["plan"]["price"]["amount"], shown["plan"]["period"]) == ("490.00", "YEAR")
    [entry] = (await anna.buy("100.00"))["entries"]
    assert "Double points" in str(await factors_of(anna, entry["id"]))
    assert await anna.balances() == {"points": 10 + 50 + 20}
    shop.at("2026-03-07 12:00")  # a Saturday
    await anna.buy("100.00")
    assert await anna.balances() == {"points": 80 + 20 + 10}


@pytest.mark.parametrize(
    ("locale", "started", "renewed"),
    [
        (
            "en",
            "50 points for starting VIP, paid for from March 2, 2026 to March 2, 2027",
            "100 points for renewing VIP, paid for from March 2, 2027 to March 2, 2028",
        ),
        (
            "da",
            "50 point for at starte VIP, betalt fra 2. marts 2026 til og med 2. marts 2027",
            "100 point for at forny VIP, betalt fra 2. marts 2027 til og med 2. marts 2028",
        ),
        (
            "sv",
            "50 poäng för att du startade VIP, betalt från 2 mars 2026 till och med 2 mars 2027",
            "100 poäng för att du förnyade VIP, betalt från 2 mars 2027 till och med 2 mars 2028",
        ),
        (
            "nb",
            "50 poeng for å starte VIP, betalt fra 2. mars 2026 til og med 2. mars 2027",
            "100 poeng for å fornye VIP, betalt fra 2. mars 2027 til og med 2. mars 2028",
        ),
        (
            "fi",
            "VIP aloitettu: 50 pistettä, maksettu ajalta 2. maaliskuuta 2026 – 2. maaliskuuta 2027",
            "VIP uusittu: 100 pistettä, maksettu ajalta 2. maaliskuuta 2027 – 2. maaliskuuta 2028",
        ),
    ],
)
async def test_what_a_payment_gives_says_what_was_paid_for_and_until_when(
    shop: Story, locale: str, started: str, renewed: str
) -> None:
    anna = await shop.enrol(locale=locale)
    await bill(anna, "planStart", "inv-1")
    shop.at("2027-02-20 12:00")
    await bill(anna, "planRenew", "inv-2")
    entries = "wallet { entries { edges { node { explanation { text } } } } }"
    edges = (await anna.ask(entries))["wallet"]["entries"]["edges"]
    assert [edge["node"]["explanation"]["text"] for edge in edges] == [renewed, started]


async def test_a_late_payment_within_the_grace_goes_on_and_one_after_it_starts_anew(
    shop: Story,
) -> None:
    anna = await shop.enrol(locale="en")
    await bill(anna, "planStart", "inv-1")
    shop.at("2027-03-10 12:00")
    held = await plan_of(anna)
    assert (held["status"], len(held["benefits"])) == ("GRACE", 3)
    assert held["text"] == "Paid until March 2, 2027; your benefits hold until March 16, 2027"
    await bill(anna, "planRenew", "inv-2")
    assert (await plan_of(anna))["activeUntil"] == "2028-03-02T23:00:00.000Z"
    assert await anna.balances() == {"points": 50 + 100}

    shop.at("2028-03-17 00:00")
    await shop.work()
    held = await plan_of(anna)
    assert (held["status"], held["benefits"], held["text"]) == (
        "LAPSED",
        [],
        "Ended on March 16, 2028",
    )
    await anna.buy("100.00")
    assert await anna.balances() == {"points": 160}
    await bill(anna, "planRenew", "inv-3")
    assert (await plan_of(anna))["activeUntil"] == "2029-03-17T23:00:00.000Z"
    assert await anna.balances() == {"points": 160 + 50}


async def test_a_gift_names_the_plan_it_came_with_also_when_the_program_has_it_no_more(
    shop: Story,
) -> None:
    anna = await shop.enrol(locale="en")
    await bill(anna, "planStart", "inv-1")
    without = example("membership").replace("vip", "gold-club").replace("VIP", "Gold club")
    await program.publish(shop.shop.house.engine, without)
    [held] = (await anna.ask("offers { held { offerId reason { text } } }"))["offers"]["held"]
    assert held == {"offerId": "welcome-tote", "reason": {"text": "Yours with VIP."}}


async def test_a_cancelled_plan_ends_with_what_is_paid_for_unless_it_is_resumed(
    shop: Story,
) -> None:
    anna = await shop.enrol(locale="sv")
    await bill(anna, "planStart", "inv-1")
    shop.at("2026-06-01 12:00")
    await bill(anna, "planCancel", "c-1")
    held = await plan_of(anna)
    assert (held["status"], held["benefitsUntil"]) == ("CANCELLED", "2027-03-02T23:00:00.000Z")
    assert held["text"] == "Uppsagt; dina förmåner gäller till och med 2 mars 2027"
    again = await refused(anna, "planCancel", "c-2")
    assert (again["code"], again["message"]) == (
        "PLAN_ALREADY_CANCELLED",
        "The plan is already cancelled.",
    )
    await bill(anna, "planResume", "r-1")
    assert (await plan_of(anna))["status"] == "ACTIVE"
    await bill(anna, "planCancel", "c-3")
    shop.at("2027-03-02 23:00")
    assert (await plan_of(anna))["status"] == "LAPSED"
    assert (await refused(anna, "planResume", "r-2"))["__typename"] == "PlanNotActive"


async def test_a_refund_ends_the_benefits_at_once_and_takes_back_what_the_payment_gave(
    shop: Story,
) -> None:
    anna = await shop.enrol(locale="en")
    await bill(anna, "planStart", "inv-1")
    refund = await bill(anna, "planRefund", "ref-1")
    assert [(e["kind"], e["points"], e["explanation"]["text"]) for e in refund["entries"]] == [
        ("CLAWBACK", -50, "Taken back: the payment for VIP was refunded")
    ]
    [tote] = (await anna.ask("offers { held { state reason { text } } }"))["offers"]["held"]
    assert tote == {"state": "WITHDRAWN", "reason": {"text": "Yours with VIP."}}
    held = await plan_of(anna)
    assert (held["status"], held["activeUntil"], held["benefits"]) == ("REFUNDED", None, [])
    assert await anna.balances() == {"points": 0}
    await anna.buy("100.00")
    assert await anna.balances() == {"points": 10}


async def test_each_renewal_of_the_subscription_gives_points_through_short_months(
    shop: Story,
) -> None:
    anna = await shop.enrol()
    shop.at("2026-01-31 12:00")
    await bill(anna, "planStart", "inv-1", "box")
    ends = []
    for n, day in enumerate(("2026-02-28", "2026-03-31", "2026-04-30"), 2):
        shop.at(f"{day} 12:00")
        await bill(anna, "planRenew", f"inv-{n}", "box")
        await bill(anna, "planRenew", f"inv-{n}", "box")
        ends.append((await plan_of(anna, "box"))["activeUntil"][:10])
    assert ends == ["2026-03-31", "2026-04-30", "2026-05-31"]
    assert await anna.balances() == {"points": 30}


async def test_what_is_for_members_is_for_those_who_pay(shop: Story) -> None:
    async def has_or_may_have() -> tuple[list[str], bool]:
        fields = "offers { held { offerId } choices { offer { id } canClaim } }"
        found = (await anna.ask(fields))["offers"]
        [signed] = [one for one in found["choices"] if one["offer"]["id"] == "signed-copy"]
        return [held["offerId"] for held in found["held"]], signed["canClaim"]

    anna = await shop.enrol()
    await anna.buy("1000.00")
    assert await has_or_may_have() == ([], False)
    await bill(anna, "planStart", "inv-1")
    assert await has_or_may_have() == (["welcome-tote"], True)
    shop.at("2027-03-16 23:00")
    assert await has_or_may_have() == (["welcome-tote"], False)


async def test_refusals_say_what_is_the_matter(shop: Story) -> None:
    anna = await shop.enrol()
    unknown = await refused(anna, "planStart", "x-1", "vop")
    assert (unknown["code"], unknown["path"]) == ("PLAN_UNKNOWN", ["input", "plan"])
    assert (await refused(anna, "planRenew", "x-2"))["code"] == "PLAN_NOT_ACTIVE"
    await bill(anna, "planStart", "inv-1")
    assert (await refused(anna, "planStart", "x-3"))["code"] == "PLAN_ALREADY_ACTIVE"
    assert (await refused(anna, "planRenew", "inv-1"))["path"] == ["input", "id"]
    assert await anna.balances() == {"points": 50}
