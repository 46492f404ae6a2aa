"""The riding school: 5 % back as store credit, spent as the member likes, given, kept by riding."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Person, Serve
from tests.e2e.stories import Hero, Story, example, story

CREDIT = """
wallet {
  balances {
    balance available held arrears
    amount { amount currencyCode } availableAmount { amount }
    nextExpiry { points amount { amount } expiresAt }
    upcomingExpiries { points expiresAt }
    holds { id points amount { amount } expiresAt reason }
  }
  entries(first: 1) { edges { node { kind points amount { amount } explanation { text } } } }
}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("lessons"), at="2026-03-02 12:00") as opened:
        yield opened


async def credit(member: Hero) -> Json:
    found: Json = (await member.ask(CREDIT))["wallet"]["balances"][0]
    return found


async def newest(member: Hero) -> Json:
    edges = (await member.ask(CREDIT))["wallet"]["entries"]["edges"]
    entry: Json = edges[0]["node"]
    return entry


async def spend(shop: Story, member: Hero, points: int, reason: str = "lesson") -> Json:
    wanted = {
        "memberId": member.id,
        "currency": "credit",
        "points": points,
        "reason": reason,
        "key": shop.new_id("key"),
    }
    return await shop.attempt("walletSpend", wanted, "entries { kind points balanceAfter }")


async def test_five_percent_of_500_is_25_to_be_used_in_part_or_whole(shop: Story) -> None:
    anna = await shop.enrol(locale="da")
    bought = await anna.buy("500.00")
    assert [(e["kind"], e["points"]) for e in bought["entries"]] == [("ACCRUAL", 2500)]
    entry = await newest(anna)
    assert entry["amount"] == {"amount": "25.00"}
    assert entry["explanation"]["text"] == "5 % af 500,00\xa0kr. = 25,00\xa0kr."
    assert (await credit(anna))["amount"] == {"amount": "25.00", "currencyCode": "DKK"}

    await spend(shop, anna, 1000)
    assert (await credit(anna))["availableAmount"] == {"amount": "15.00"}
    refused = await spend(shop, anna, 1501)
    assert [e["code"] for e in refused["userErrors"]] == ["INSUFFICIENT_POINTS"]
    assert (await credit(anna))["balance"] == 1500
    await spend(shop, anna, 1500)
    assert (await credit(anna))["amount"] == {"amount": "0.00", "currencyCode": "DKK"}


async def test_credit_is_kept_by_riding_and_ends_a_year_after_the_last_time(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("500.00")
    assert (await credit(anna))["nextExpiry"]["expiresAt"] == "2027-03-02T23:00:00.000Z"
    shop.at("2026-09-15 12:00")
    await anna.buy("100.00")
    ends = {"points": 3000, "expiresAt": "2027-09-15T22:00:00.000Z"}
    assert (await credit(anna))["upcomingExpiries"] == [ends]
    shop.at("2026-10-01 12:00")
    await spend(shop, anna, 1000)
    assert (await credit(anna))["nextExpiry"] == {
        "points": 2000,
        "amount": {"amount": "20.00"},
        "expiresAt": "2027-10-01T22:00:00.000Z",
    }
    shop.at("2027-10-01 21:59")
    assert (await credit(anna))["available"] == 2000
    shop.at("2027-10-01 22:00")
    assert (await credit(anna))["available"] == 0
    await shop.work()
    assert (await newest(anna))["kind"] == "EXPIRY"
    assert await anna.balances() == {"credit": 0}


async def test_credit_is_set_aside_at_the_till_and_spent_or_let_go(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    await anna.buy("500.00")
    holding = {
        "memberId": anna.id,
        "currency": "credit",
        "points": 2000,
        "ttlSeconds": 600,
        "reason": "helmet",
        "key": "hold-1",
    }
    held = await shop.do("walletHold", holding, "replayed hold { id points } entries { id }")
    again = await shop.do("walletHold", holding, "replayed hold { id points } entries { id }")
    assert (held["replayed"], again["replayed"], again["hold"]) == (False, True, held["hold"])
    shown = await credit(anna)
    assert (shown["balance"], shown["available"], shown["held"]) == (2500, 500, 2000)
    assert shown["holds"] == [
        {
            "id": held["hold"]["id"],
            "points": 2000,
            "amount": {"amount": "20.00"},
            "expiresAt": "2026-03-02T12:10:00.000Z",
            "reason": "helmet",
        }
    ]
    refused = await spend(shop, anna, 501)
    assert [e["code"] for e in refused["userErrors"]] == ["INSUFFICIENT_POINTS"]

    confirming = {"holdId": held["hold"]["id"], "key": "confirm-1"}
    done = await shop.do("walletHoldConfirm", confirming, "entries { kind points balanceAfter }")
    assert done["entries"] == [{"kind": "REDEMPTION", "points": -2000, "balanceAfter": 500}]
    releasing = {"holdId": held["hold"]["id"], "key": "release-1"}
    late = await shop.attempt("walletHoldRelease", releasing)
    assert [e["code"] for e in late["userErrors"]] == ["HOLD_UNKNOWN"]

    other = await shop.do("walletHold", holding | {"points": 500, "key": "hold-2"}, "hold { id }")
    await shop.do("walletHoldRelease", {"holdId": other["hold"]["id"], "key": "release-2"})
    assert (await credit(anna))["available"] == 500

    await shop.do("walletHold", holding | {"points": 500, "key": "hold-3"})
    shop.at("2026-03-02 12:10")
    await shop.work()
    shown = await credit(anna)
    assert (shown["available"], shown["held"], shown["holds"]) == (500, 0, [])


GIFT = "replayed entries { kind points balanceAfter explanation { text } }"


async def test_credit_is_given_to_another_rider_within_limits(shop: Story) -> None:
    anna, bo = await shop.enrol("anna", locale="en"), await shop.enrol("bo", locale="en")
    for _ in range(12):
        await anna.buy("1000.00")
    gift = {"receiverId": bo.id, "currency": "credit", "points": 20000, "key": "gift-1"}
    given = await anna.attempt("pointsTransfer", gift, GIFT)
    assert given["entries"] == [
        {
            "kind": "TRANSFER_OUT",
            "points": -20000,
            "balanceAfter": 40000,
            "explanation": {"text": "A gift to another member"},
        }
    ]
    assert (await anna.attempt("pointsTransfer", gift, GIFT))["replayed"] is True
    assert await bo.balances() == {"credit": 0}
    await shop.work()
    assert (await anna.balances(), await bo.balances()) == ({"credit": 40000}, {"credit": 20000})
    assert (await newest(bo))["explanation"]["text"] == "A gift from another member"

    async def refused(**other: object) -> list[tuple[str, str]]:
        payload = await anna.attempt("pointsTransfer", {**gift, "key": shop.new_id("k"), **other})
        return [(error["code"], error["message"]) for error in payload["userErrors"]]

    assert await refused(points=999) == [
        ("TRANSFER_TOO_SMALL", "Give at least DKK\xa010.00 at a time.")
    ]
    assert await refused(points=20001) == [
        ("TRANSFER_TOO_LARGE", "At most DKK\xa0200.00 can be given now.")
    ]
    assert await refused(receiverId="mbr_nobody") == [
        ("RECEIVER_UNKNOWN", "There is nobody who could receive it.")
    ]
    assert await refused(points=20000) == []
    assert await refused(points=10001) == [
        ("TRANSFER_TOO_LARGE", "At most DKK\xa0100.00 can be given now.")
    ]
    shop.at("2026-04-01 12:00")
    assert await refused(points=20000) == []
    await shop.work()
    assert (await anna.balances(), await bo.balances()) == ({"credit": 0}, {"credit": 60000})


def somebody_else(shop: Story) -> Person:
    token = shop.shop.issuer.staff_token(("SUPPORT",), subject="somebody-else")
    return shop.shop.anyone("staff", token)


async def test_a_large_correction_waits_for_a_second_person(shop: Story) -> None:
    anna = await shop.enrol()
    wanted = {"memberId": anna.id, "currency": "credit", "reason": "goodwill", "key": "fix-1"}
    answer = "replayed entries { kind points } waiting { id status askedBy points }"
    small = await shop.do("walletAdjust", {**wanted, "points": 10000}, answer)
    assert (small["waiting"], small["entries"][0]["points"]) == (None, 10000)
    large = {**wanted, "points": 10001, "key": "fix-2"}
    asked = await shop.do("walletAdjust", large, answer)
    again = await shop.do("walletAdjust", large, answer)
    assert (asked["entries"], asked["waiting"]["status"]) == ([], "WAITING")
    assert (again["replayed"], again["waiting"]) == (True, asked["waiting"])
    too_large = await shop.attempt("walletAdjust", {**wanted, "points": 50001, "key": "fix-3"})
    [error] = too_large["userErrors"]
    assert error["code"] == "ADJUSTMENT_TOO_LARGE"
    assert error["message"] == "DKK\xa0500.01 is more than the DKK\xa0500.00 you may correct by."
    other_body = await shop.attempt("walletAdjust", {**large, "points": 10002})
    assert [e["code"] for e in other_body["userErrors"]] == ["KEY_REUSED"]
    assert await anna.balances() == {"credit": 10000}

    waiting = "adjustmentsWaiting { edges { node { id points reason } } }"
    listed = (await shop.staff.ask(f"{{ {waiting} }}"))["adjustmentsWaiting"]["edges"]
    [node] = [edge["node"] for edge in listed]
    assert node == {"id": asked["waiting"]["id"], "points": 10001, "reason": "goodwill"}
    deciding = {"adjustmentId": node["id"]}
    own = await shop.attempt("adjustmentApprove", deciding)
    assert [e["code"] for e in own["userErrors"]] == ["ADJUSTMENT_OWN"]

    second = somebody_else(shop)
    decided = "entries { points } adjustment { status decidedBy }"
    approved = await shop.attempt("adjustmentApprove", deciding, decided, by=second)
    assert approved["entries"] == [{"points": 10001}]
    assert approved["adjustment"]["status"] == "APPROVED"
    again = await shop.attempt("adjustmentApprove", deciding, decided, by=second)
    assert again["entries"] == [{"points": 10001}]
    assert await anna.balances() == {"credit": 20001}
    refused = await shop.attempt("adjustmentReject", {**deciding, "note": "no"}, by=second)
    assert [e["code"] for e in refused["userErrors"]] == ["ADJUSTMENT_DECIDED"]
    assert (await shop.staff.ask(f"{{ {waiting} }}"))["adjustmentsWaiting"]["edges"] == []


async def test_a_correction_is_turned_down_with_a_reason(shop: Story) -> None:
    anna = await shop.enrol()
    wanted = {"memberId": anna.id, "currency": "credit", "reason": "oops", "key": "fix-1"}
    asked = await shop.do("walletAdjust", {**wanted, "points": 20000}, "waiting { id }")
    second = somebody_else(shop)
    deciding = {"adjustmentId": asked["waiting"]["id"], "note": "not ours"}
    answer = "adjustment { status note }"
    done = await shop.attempt("adjustmentReject", deciding, answer, by=second)
    assert done["adjustment"] == {"status": "REJECTED", "note": "not ours"}
    late = await shop.attempt(
        "adjustmentApprove", {"adjustmentId": asked["waiting"]["id"]}, by=second
    )
    assert [e["code"] for e in late["userErrors"]] == ["ADJUSTMENT_DECIDED"]
    unknown = await shop.attempt("adjustmentApprove", {"adjustmentId": "adj_x"}, by=second)
    assert [e["code"] for e in unknown["userErrors"]] == ["ADJUSTMENT_UNKNOWN"]
    assert await anna.balances() == {"credit": 0}


async def test_the_terms_of_giving_are_public_and_the_app_gives_by_its_own_operation(
    shop: Story,
) -> None:
    limited = "transfers { minimum perTransfer perMonth }"
    asked = f"program {{ currencies {{ id kind {limited} }} topUps {{ id }} }}"
    terms = (await shop.shop.anyone().ask(f"{{ {asked} }}"))["program"]
    limits = {"minimum": 1000, "perTransfer": 20000, "perMonth": 50000}
    assert terms["currencies"] == [{"id": "credit", "kind": "STORE_CREDIT", "transfers": limits}]
    anna, bo = await shop.enrol("anna"), await shop.enrol("bo")
    await anna.buy("500.00")
    gift = {"receiverId": bo.id, "currency": "credit", "points": 1000, "key": "gift-1"}
    given = (await anna.app.run("PointsTransfer", {"input": gift}))["pointsTransfer"]
    assert given["userErrors"] == []
    assert given["member"]["wallet"]["balances"][0]["available"] == 1500
