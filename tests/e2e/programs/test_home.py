"""At home: no points at all; workshops with seats and a line, hours to book, small perks."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, story

HELD = "held { id state offerId expiresAt placeInLine code }"


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("home"), at="2026-09-20 12:00") as opened:
        yield opened


async def take(member: Hero, verb: str, **wanted: str) -> Json:
    """Do something with an offer at the app door; give the payload."""
    return await member.attempt(verb, {**wanted, "key": str(uuid4())}, HELD)


async def claim(member: Hero, offer: str) -> Json:
    payload = await take(member, "offerClaim", offer=offer)
    assert payload["userErrors"] == [], payload
    held: Json = payload["held"]
    return held


async def refused(member: Hero, offer: str) -> tuple[str, str]:
    payload = await take(member, "offerClaim", offer=offer)
    assert payload["held"] is None
    [error] = payload["userErrors"]
    return error["code"], error["message"]


async def choice(member: Hero, offer: str) -> Json:
    fields = "offers { choices { offer { id } canClaim left whyNot { code message } } }"
    found = (await member.ask(fields))["offers"]["choices"]
    [one] = [each for each in found if each["offer"]["id"] == offer]
    return {name: fact for name, fact in one.items() if name != "offer"}


async def test_a_programme_without_points_is_a_programme(shop: Story) -> None:
    anna = await shop.enrol(locale="sv")
    assert await anna.balances() == {}
    assert (await anna.buy("399.00"))["entries"] == []


async def test_who_has_furnished_a_home_may_book_a_week_earlier(shop: Story) -> None:
    guest, host = await shop.enrol(locale="sv"), await shop.enrol(locale="en")
    for _ in range(3):
        await host.buy("500.00")
    assert await refused(guest, "lamp-workshop") == ("OFFER_NOT_YET", "Från 1 oktober.")
    assert await refused(host, "lamp-workshop") == ("OFFER_NOT_YET", "From September 24.")
    shop.at("2026-09-24 07:00")
    assert (await claim(host, "lamp-workshop"))["state"] == "ISSUED"
    assert (await refused(guest, "lamp-workshop"))[0] == "OFFER_NOT_YET"
    assert await choice(guest, "design-hour") == {
        "canClaim": False,
        "left": 20,
        "whyNot": [{"code": "TIER_NEEDED", "message": "Bara för Värd."}],
    }


async def test_eight_sit_down_and_the_ninth_waits_for_a_chair(shop: Story) -> None:
    shop.at("2026-10-02 12:00")
    seated = [await shop.enrol() for _ in range(8)]
    chairs = [await claim(member, "lamp-workshop") for member in seated]
    assert {chair["state"] for chair in chairs} == {"ISSUED"}
    late, later = await shop.enrol(locale="fi"), await shop.enrol()
    shop.at("2026-10-02 12:01")
    assert (await choice(late, "lamp-workshop"))["whyNot"] == [
        {"code": "OFFER_SOLD_OUT", "message": "Loppu."}
    ]
    first = await claim(late, "lamp-workshop")
    shop.at("2026-10-02 12:02")
    second = await claim(later, "lamp-workshop")
    assert [(held["state"], held["placeInLine"]) for held in (first, second)] == [
        ("WAITING", 1),
        ("WAITING", 2),
    ]
    given_back = await take(seated[0], "offerCancel", held=chairs[0]["id"])
    assert given_back["held"]["state"] == "CANCELLED"
    held = await late.ask(f"offers {{ {HELD} }}")
    assert [(one["state"], one["expiresAt"]) for one in held["offers"]["held"]] == [
        ("ISSUED", "2026-10-15T16:00:00.000Z")
    ]
    supplies = await shop.staff.ask("{ offerSupplies { offer { id } stock sold left waiting } }")
    assert supplies["offerSupplies"][0] == {
        "offer": {"id": "lamp-workshop"},
        "stock": 8,
        "sold": 8,
        "left": 0,
        "waiting": 1,
    }
    shop.at("2026-10-15 16:00")
    await shop.work()
    held = await later.ask(f"offers {{ {HELD} }}")
    assert [one["state"] for one in held["offers"]["held"]] == ["EXPIRED"]


async def test_an_hour_is_reserved_while_one_looks_in_the_calendar(shop: Story) -> None:
    host = await shop.enrol()
    for _ in range(3):
        await host.buy("500.00")
    reserved = (await take(host, "offerReserve", offer="design-hour"))["held"]
    assert (reserved["state"], reserved["expiresAt"]) == ("RESERVED", "2026-09-20T12:30:00.000Z")
    confirmed = (await take(host, "offerConfirm", held=reserved["id"]))["held"]
    assert (confirmed["state"], confirmed["expiresAt"]) == ("ISSUED", "2026-12-19T23:00:00.000Z")
    code, _ = await refused(host, "design-hour")
    assert code == "OFFER_LIMIT_REACHED"


async def test_a_coffee_a_week_runs_for_a_quarter_of_an_hour(shop: Story) -> None:
    anna = await shop.enrol(locale="da")
    held = await claim(anna, "coffee")
    using = {"memberId": anna.id, "held": held["id"], "key": "use"}
    payload = await shop.attempt("offerRedeem", using, "held { state }")
    assert [error["code"] for error in payload["userErrors"]] == ["OFFER_NOT_ACTIVATED"]
    running = (await take(anna, "offerActivate", held=held["id"]))["held"]
    assert (running["state"], running["expiresAt"]) == ("ACTIVATED", "2026-09-20T12:15:00.000Z")
    payload = await shop.do("offerRedeem", using, "held { state }")
    assert payload["held"] == {"state": "REDEEMED"}
    assert await refused(anna, "coffee") == (
        "OFFER_LIMIT_REACHED",
        "Du har fået det så mange gange, du kan: igen fra 21. september.",
    )
    shop.at("2026-09-21 12:00")  # a Monday
    await claim(anna, "coffee")


async def test_the_autumn_code_goes_with_nothing_else(shop: Story) -> None:
    anna = await shop.enrol()
    autumn, coffee = await claim(anna, "autumn"), await claim(anna, "coffee")
    assert autumn["code"] == "HOST15"
    checked = await shop.staff.ask(
        "query ($m: ID!, $h: [ID!]!) { offersCheck(memberId: $m, held: $h) "
        "{ allowed whyNot { code message } } }",
        {"m": anna.id, "h": [autumn["id"], coffee["id"]]},
    )
    assert checked["offersCheck"] == {
        "allowed": False,
        "whyNot": [
            {
                "code": "OFFERS_EXCLUDE",
                "message": "These offers cannot be used in the same purchase.",
            }
        ],
    }
    voucher = await shop.staff.ask('{ voucherCheck(code: "host15") { state offer { id } } }')
    assert voucher["voucherCheck"] == {"state": "ISSUED", "offer": {"id": "autumn"}}
    nothing = await shop.staff.ask('{ voucherCheck(code: "none") { state } }')
    assert nothing["voucherCheck"] is None
