"""Rewards through both doors: a price that is met or missed by one, and what comes next."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from loyalty import program
from tests.e2e.conftest import Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN

REWARDS = (
    PLAIN
    + """
offers:
  - {id: mug, kind: CUSTOM, name: {en: A mug, sv: En mugg}, price: {points: 100, currency: points}}
  - {id: cup, kind: CUSTOM, name: A cup, price: {points: 40, currency: points}}
  - {id: bag, kind: CUSTOM, name: A bag, price: {points: 150, currency: points}}
  - {id: own, kind: VOUCHER_CODE, name: Own, code: {kind: UNIQUE}}
  - {id: cinema, kind: VOUCHER_CODE, name: Cinema, code: {kind: LIST}}
  - {id: thanks, kind: AMOUNT_OFF, amount: "5.00", name: Thanks, personal: true,
     issue_on: {trigger: PURCHASE, when: {minimum_amount: "50.00"}}}
"""
)


SOAP = """
  - {id: soap, kind: FREE_PRODUCT, name: A soap, products: [soap-1],
     price: {points: 20, currency: points}}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, REWARDS) as opened:
        yield opened


async def test_a_reward_for_100_is_had_with_100_and_refused_at_99(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("99.00", id="first")
    wanted = {"input": {"offer": "mug", "key": "k1"}}
    payload = (await anna.app.run("OfferClaim", wanted))["offerClaim"]
    [error] = payload["userErrors"]
    assert (error["code"], error["message"], error["short"]) == (
        "INSUFFICIENT_POINTS",
        "You are 1 point short.",
        1,
    )
    assert await anna.balances() == {"points": 99}
    await anna.buy("1.00")
    wanted = {"input": {"offer": "mug", "key": "k2"}}
    payload = (await anna.app.run("OfferClaim", wanted))["offerClaim"]
    assert (payload["userErrors"], payload["held"]["state"]) == ([], "ISSUED")
    assert payload["member"]["wallet"]["balances"][0]["available"] == 0
    again = (await anna.app.run("OfferClaim", wanted))["offerClaim"]
    assert (again["replayed"], again["held"]["id"]) == (True, payload["held"]["id"])
    entries = await anna.ask(
        "wallet { entries(first: 1) { edges { node { points explanation { text } } } } }"
    )
    assert entries["wallet"]["entries"]["edges"][0]["node"] == {
        "points": -100,
        "explanation": {"text": "Exchanged for A mug"},
    }


async def test_the_app_shows_what_can_be_had_and_what_is_next(shop: Story) -> None:
    anna = await shop.enrol(locale="sv")
    await anna.buy("88.00")
    offers = (await anna.app.run("Offers"))["me"]["offers"]
    by_id = {choice["offer"]["id"]: choice for choice in offers["choices"]}
    assert list(by_id) == ["mug", "cup", "bag", "own", "cinema"]
    assert (by_id["cup"]["canClaim"], by_id["cup"]["whyNot"]) == (True, [])
    assert by_id["mug"]["whyNot"] == [
        {"code": "INSUFFICIENT_POINTS", "message": "Du saknar 12 poäng."}
    ]
    assert (by_id["cinema"]["left"], by_id["cinema"]["whyNot"][0]["message"]) == (0, "Slutsålt.")
    assert offers["nextReward"] == {"short": 12, "offer": {"id": "mug", "name": "En mugg"}}
    assert [held["offer"]["id"] for held in offers["held"]] == ["thanks"]
    program = await anna.app.ask("{ program { offers { id price { points } } } }")
    assert program["program"]["offers"][0] == {"id": "mug", "price": {"points": 100}}


async def test_what_is_given_back_returns_its_points(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("40.00")
    claimed = await anna.attempt("offerClaim", {"offer": "cup", "key": "k"}, "held { id }")
    held = claimed["held"]["id"]
    assert await anna.balances() == {"points": 0}
    node = await anna.app.ask(f'{{ node(id: "{held}") {{ id ... on HeldOffer {{ state }} }} }}')
    assert node["node"] == {"id": held, "state": "ISSUED"}
    await anna.attempt("offerCancel", {"held": held, "key": "c"})
    assert await anna.balances() == {"points": 40}
    other = await shop.enrol()
    stolen = await other.attempt("offerCancel", {"held": held, "key": "c"})
    assert [error["code"] for error in stolen["userErrors"]] == ["OFFER_NOT_HELD"]
    hidden = await other.app.ask(f'{{ node(id: "{held}") {{ id }} }}')
    assert hidden["node"] is None


async def test_codes_are_brought_in_handed_out_and_burned(shop: Story) -> None:
    wanted = {"offer": "cinema", "codes": ["FILM-1"]}
    assert (await shop.do("offerCodesImport", wanted, "added"))["added"] == 1
    made = await shop.do("offerCodesGenerate", {"offer": "cinema", "count": 2, "key": "g"}, "codes")
    assert len(made["codes"]) == 2
    shop.clock.advance(seconds=2)
    anna = await shop.enrol()
    claimed = await anna.attempt("offerClaim", {"offer": "cinema", "key": "k"}, "held { code }")
    code = claimed["held"]["code"]
    assert code in ("FILM-1", *made["codes"])
    burning = {"code": code, "key": "till-1"}
    burned = await shop.do("voucherRedeem", burning, "voucher { state memberId }")
    assert burned["voucher"] == {"state": "REDEEMED", "memberId": anna.id}
    payload = await shop.attempt("voucherRedeem", {"code": code, "key": "till-2"})
    assert [error["code"] for error in payload["userErrors"]] == ["VOUCHER_USED"]


async def test_of_five_tills_at_once_one_burns_a_code_and_the_others_hear_when(
    shop: Story,
) -> None:
    shop.at("2026-03-03 02:30")  # the second of March in New York
    anna = await shop.enrol()
    claimed = await anna.attempt("offerClaim", {"offer": "own", "key": "k"}, "held { code }")
    await shop.do("offerCodesImport", {"offer": "cinema", "codes": ["FILM-1"]}, "added")
    for code in (claimed["held"]["code"], "FILM-1"):
        facts = "voucher { state } userErrors { ... on VoucherUsed { usedAt usedOn } }"
        tills = [
            shop.attempt("voucherRedeem", {"code": code, "key": f"{code}-{n}"}, facts)
            for n in range(5)
        ]
        answers = await asyncio.gather(*tills)
        burned = [answer["voucher"] for answer in answers if answer["voucher"]]
        assert burned == [{"state": "REDEEMED"}]
        refused = [error for answer in answers for error in answer["userErrors"]]
        assert (
            refused
            == [
                {
                    "__typename": "VoucherUsed",
                    "code": "VOUCHER_USED",
                    "message": "This code was used on March 2.",
                    "path": ["input", "code"],
                    "usedAt": "2026-03-03T02:30:00.000Z",
                    "usedOn": "2026-03-02",
                }
            ]
            * 4
        )


async def test_staff_give_an_offer_by_hand_once(shop: Story) -> None:
    anna = await shop.enrol(locale="fi")
    wanted = {"memberId": anna.id, "offer": "mug", "reason": "rikki", "key": "g"}
    asked = "replayed held { state paid { points } reason { text } }"
    for replayed in (False, True):
        given = await shop.do("offerIssue", wanted, asked)
        assert given["replayed"] is replayed
        assert given["held"] == {
            "state": "ISSUED",
            "paid": None,
            "reason": {"text": "Lahja: rikki"},
        }
    unknown = await shop.attempt("offerIssue", {**wanted, "offer": "none", "key": "h"})
    assert [error["code"] for error in unknown["userErrors"]] == ["OFFER_UNKNOWN"]
    assert await held_states(anna) == ["ISSUED"]


async def test_a_refund_takes_back_what_the_purchase_brought(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("60.00", id="o1")
    assert await held_states(anna) == ["ISSUED"]
    await anna.refund("o1", amount="10.00")
    assert await held_states(anna) == ["ISSUED"]
    await anna.refund("o1", amount="0.01")
    assert await held_states(anna) == ["WITHDRAWN"]


async def test_what_a_member_has_keeps_its_title_and_products_when_the_program_drops_it(
    shop: Story,
) -> None:
    engine, anna = shop.shop.house.engine, await shop.enrol()
    await program.publish(engine, REWARDS + SOAP)
    await anna.buy("100.00", id="first")
    await anna.app.run("OfferClaim", {"input": {"offer": "soap", "key": "k"}})
    asked = "{ me { offers { held { offerId products offer { name products } } } } }"
    before = await anna.app.ask(asked)
    await program.publish(engine, (REWARDS + SOAP).replace("A soap", "Soap no more"))
    assert await anna.app.ask(asked) == before
    await program.publish(engine, PLAIN)
    held = (await anna.app.ask(asked))["me"]["offers"]["held"]
    assert held[0] == {
        "offerId": "soap",
        "products": ["soap-1"],
        "offer": {"name": "A soap", "products": ["soap-1"]},
    }
    assert [one["offer"]["name"] for one in held] == ["A soap", "Thanks"]


async def held_states(member: Hero) -> list[str]:
    found = (await member.ask("offers { held { state } }"))["offers"]["held"]
    return [held["state"] for held in found]
