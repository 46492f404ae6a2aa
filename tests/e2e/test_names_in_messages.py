"""What is said in words calls things by their names, in the reader's language, not by their ids."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Story, example, story

PROGRAM = """
format: 1
id: shop
name: Shop
money: DKK
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points}
  - {id: stars, kind: QUALIFYING, name: {en: status stars, da: statusstjerner}}
ladders:
  - id: club
    name: Club
    window: LIFETIME
    tiers:
      - id: champion
        name: {en: Winner, da: Mester, sv: Mästare, nb: Vinner, fi: Mestari}
        threshold: {purchases: 1}
        benefits:
          - id: shoe-fitting
            kind: SERVICE
            quota: {count: 1, per: EVER}
            name: {en: Shoe fitting, da: Skotilpasning, sv: Skoprovning, nb: Skotilpasning,
              fi: Kenkien sovitus}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PROGRAM) as opened:
        yield opened


def said(payload: Json) -> tuple[str, str]:
    [error] = payload["userErrors"]
    return error["code"], error["message"]


async def test_a_currency_that_cannot_be_spent_or_given_is_called_by_its_name(shop: Story) -> None:
    anna, bo = await shop.enrol(locale="da"), await shop.enrol()
    stars = {"currency": "stars", "points": 1}
    gift = await anna.attempt("pointsTransfer", {**stars, "receiverId": bo.id, "key": "gift"})
    assert said(gift) == (
        "TRANSFER_NOT_OFFERED",
        "“statusstjerner” kan ikke gives til andre medlemmer.",
    )
    spent = {**stars, "memberId": anna.id, "reason": "mug", "key": "spend"}
    assert said(await shop.attempt("walletSpend", spent)) == (
        "CURRENCY_NOT_REDEEMABLE",
        "“status stars” cannot be spent.",
    )
    held = {**spent, "ttlSeconds": 60, "key": "hold"}
    assert said(await shop.attempt("walletHold", held))[1] == "“status stars” cannot be spent."
    assert await anna.balances() == {"points": 0, "stars": 0}


@pytest.mark.parametrize(
    ("locale", "used_up"),
    [
        ("en", "“Shoe fitting” could be used 1 time, and was."),
        ("da", "“Skotilpasning” kunne bruges 1 gang og er brugt op."),
        ("sv", "”Skoprovning” kunde användas 1 gång och är förbrukad."),
        ("nb", "«Skotilpasning» kunne brukes 1 gang og er brukt opp."),
        ("fi", "Etu ”Kenkien sovitus” on käytetty (1 kerran)."),
    ],
)
async def test_a_benefit_and_its_tier_are_called_by_their_names(
    shop: Story, locale: str, used_up: str
) -> None:
    anna = await shop.enrol()
    clerk = replace(shop.staff, headers={"Accept-Language": locale})
    asked = "userErrors { ... on BenefitNotHeld { tierName } ... on BenefitUsedForGood { name } }"

    async def use(key: str) -> Json:
        wanted = {"memberId": anna.id, "benefit": "shoe-fitting", "key": key}
        return await shop.attempt("benefitUse", wanted, asked, by=clerk)

    [not_held] = (await use("k-1"))["userErrors"]
    assert not_held["tierName"] in not_held["message"]
    assert "champion" not in not_held["message"]
    await anna.buy("10.00")
    assert (await use("k-2"))["userErrors"] == []
    [used] = (await use("k-3"))["userErrors"]
    assert used["message"] == used_up
    assert used["name"] in used_up


SAID = "wallet { entries(first: 1) { edges { node { explanation { text } } } } }"
CHOICES = "offers { choices { offer { id name } whyNot { message } } }"


@pytest.mark.parametrize(
    ("locale", "earned", "cup", "short"),
    [
        ("en", "30 beans per ", "Any cup of coffee", "You are 70 beans short."),
        ("da", "30 bønner pr. ", "En kop kaffe efter eget valg", "Du mangler 70 bønner."),
        ("sv-FI", "30 bönor per ", "Valfri kopp kaffe", "Du saknar 70 bönor."),
        ("fi", "30 papua / ", "Vapaavalintainen kuppi kahvia", "Sinulta puuttuu 70 papua."),
        ("nb-NO", "30 bønner per ", "Valgfri kopp kaffe", "Du mangler 70 bønner."),
        ("no", "30 bønner per ", "Valgfri kopp kaffe", "Du mangler 70 bønner."),
        ("nn", "30 bønner per ", "Valgfri kopp kaffe", "Du mangler 70 bønner."),
        ("nn-NO", "30 bønner per ", "Valgfri kopp kaffe", "Du mangler 70 bønner."),
        ("de", "30 beans per ", "Any cup of coffee", "You are 70 beans short."),
    ],
)
async def test_points_are_counted_by_the_name_of_their_currency_and_norwegian_has_three_tags(
    serve: Serve, locale: str, earned: str, cup: str, short: str
) -> None:
    source = example("coffee").replace('points: 1, per: "1.00"', 'points: 30, per: "30.00"')
    async with story(serve, source) as coffee:
        anna = await coffee.enrol(locale=locale)
        await anna.buy("30.00")
        [edge] = (await anna.ask(SAID))["wallet"]["entries"]["edges"]
        assert edge["node"]["explanation"]["text"].startswith(earned)
        choices = (await anna.ask(CHOICES))["offers"]["choices"]
        choice = next(one for one in choices if one["offer"]["id"] == "any-cup")
        assert choice["offer"]["name"] == cup
        assert [why["message"] for why in choice["whyNot"]] == [short]
