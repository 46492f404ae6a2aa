"""What members have keeps its meaning: no version counts it as something else under the same id."""

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import story
from tests.engines import audited

SHOP = """
format: 1
id: shop
name: Shop
money: DKK
currencies:
  - {id: points, name: points}
  - {id: credit, kind: STORE_CREDIT, name: credit}
  - {id: stars, kind: QUALIFYING, name: stars}
earning_rules:
  - {id: base, name: Base, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
ladders:
  - id: climb
    name: Climb
    points_currency: stars
    tiers: [{id: low, name: Low}, {id: high, name: High, threshold: {spend: "500.00"}}]
challenges:
  - id: c
    name: C
    criterion: SUM
    of: SPEND
    target: "1000.00"
    repeats: true
    grants: [{points: 50, currency: points}]
"""
COUNTED = SHOP.replace("criterion: SUM", "criterion: COUNT")
COUNTED = COUNTED.replace("    of: SPEND\n", "").replace('target: "1000.00"', "target: 10")
MISTAKES = "userErrors { ... on ProgramInvalid { problems { path message } } }"


def told(was: str, now: str, what: str) -> str:
    return (
        f"`{what}` was {was} in version 1 and would be {now}: members have something of it that is"
        f" counted as {was}; keep that, or give the new one another id"
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("source", "problems"),
    [
        (
            SHOP.replace("id: points, ", "id: points, kind: STORE_CREDIT, "),
            {"currencies.0.kind": told("REDEEMABLE", "STORE_CREDIT", "points")},
        ),
        (
            SHOP.replace("DKK", "EUR"),
            {
                "currencies.1.id": told("DKK", "EUR", "credit"),
                "ladders.0.id": told("DKK", "EUR", "climb"),
                "challenges.0.id": told("DKK", "EUR", "c"),
            },
        ),
        (
            SHOP.replace("points_currency: stars", "points_currency: points"),
            {"ladders.0.points_currency": told("stars", "points", "climb")},
        ),
        (COUNTED, {"challenges.0.criterion": told("SUM", "COUNT", "c")}),
        (
            SHOP.replace("SPEND", "QUANTITY").replace('"1000.00"', "1000"),
            {"challenges.0.of": told("SPEND", "QUANTITY", "c")},
        ),
    ],
)
async def test_what_lasts_is_not_changed_under_its_id(
    serve: Serve, source: str, problems: dict[str, str]
) -> None:
    async with story(serve, SHOP) as shop:
        member = await shop.enrol()
        await member.buy("100.00")
        answer = "version { number }"
        wants: list[tuple[str, Json]] = [("programPublish", {"source": source})]
        draft = await shop.do("programSaveDraft", {"source": source}, answer)
        wants.append(("programActivate", {"number": draft["version"]["number"]}))
        for verb, wanted in wants:
            payload = await shop.attempt(verb, wanted, f"version {{ number }} {MISTAKES}")
            assert payload["version"] is None
            [error] = payload["userErrors"]
            assert error["path"] == ["input", next(iter(wanted))]
            assert {p["path"]: p["message"] for p in error["problems"]} == problems
        shop.at("2026-03-02 12:10")
        await member.buy("1.00")
        assert await member.balances() == {"points": 101, "credit": 0, "stars": 0}
        assert not (await audited(shop.shop.house.engine)).violations


@pytest.mark.anyio
async def test_an_id_is_remembered_that_a_version_dropped(serve: Serve) -> None:
    async with story(serve, SHOP) as shop:
        bare = SHOP[: SHOP.index("challenges:")]
        answer = "version { number }"
        assert (await shop.do("programPublish", {"source": bare}, answer))["version"]["number"] == 2
        payload = await shop.attempt("programPublish", {"source": COUNTED}, answer)
        assert payload["userErrors"][0]["code"] == "PROGRAM_INVALID"
        renamed = COUNTED.replace("id: c\n", "id: d\n").replace("of: SPEND", "")
        await shop.do("programPublish", {"source": renamed}, answer)
        await shop.do("programActivate", {"number": 1}, answer)
