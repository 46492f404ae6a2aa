"""The story of the plainest programme: a point for every whole 1.00, spent, refunded, explained."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Serve
from tests.e2e.stories import Story, example, line, story


@pytest.fixture(scope="module")
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("points")) as opened:
        yield opened


async def test_an_order_of_42_70_earns_42_points_and_says_why(shop: Story) -> None:
    anna = await shop.enrol()
    payload = await anna.buy("42.70")
    [entry] = payload["entries"]
    assert (entry["kind"], entry["points"], entry["balanceAfter"]) == ("ACCRUAL", 42, 42)
    assert entry["explanation"]["text"] == "1 point per $1.00 on $42.70 = 42.7, rounded down to 42"
    assert await anna.balances() == {"points": 42}


async def test_a_reward_of_100_is_had_with_100_points_and_refused_at_99(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("99.00")
    wanted = {"memberId": anna.id, "currency": "points", "points": 100, "reason": "A mug"}
    short = await shop.attempt("walletSpend", {**wanted, "key": "k-1"})
    assert short["userErrors"][0]["message"] == "You are 1 point short."
    assert await anna.balances() == {"points": 99}
    await anna.buy("1.00")
    await shop.do("walletSpend", {**wanted, "key": "k-2"})
    assert await anna.balances() == {"points": 0}


async def test_refunds_in_parts_cost_what_the_whole_would(shop: Story) -> None:
    """19.98 earned 19; without the 9.99 first refunded it would have earned 9, then nothing."""
    anna = await shop.enrol()
    await anna.buy(None, line("9.99", product="a"), line("9.99", product="b"), id="in-parts")
    first = await anna.refund("in-parts", {"index": 0})
    assert (first["refunded"], first["left"]) == ({"amount": "9.99"}, {"amount": "9.99"})
    [entry] = first["entries"]
    assert (entry["kind"], entry["points"], entry["balanceAfter"]) == ("CLAWBACK", -10, 9)
    assert entry["explanation"]["text"] == (
        "Taken back after a refund: 19 earned, 9 for what is kept"
    )
    second = await anna.refund("in-parts", amount="9.99")
    [entry] = second["entries"]
    assert (entry["points"], entry["balanceAfter"]) == (-9, 0)
    assert entry["explanation"]["text"] == (
        "Taken back after a refund: 19 earned, 0 for what is kept, 10 taken back before"
    )


async def test_what_cannot_be_refunded_is_refused_with_what_is_left(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("10.00", id="little")
    wanted = {
        "source": "till-1",
        "id": "too-much",
        "occurredAt": shop.instant(),
        "purchaseSource": "till-1",
        "purchaseId": "little",
        "amount": shop.amount("10.01"),
    }
    refused = await shop.attempt("refundRecord", wanted)
    [error] = refused["userErrors"]
    assert (error["code"], error["path"]) == ("REFUND_TOO_HIGH", ["input", "amount"])
    assert error["message"] == "$10.00 is left to be refunded, not $10.01."
    unknown = await shop.attempt("refundRecord", {**wanted, "purchaseId": "none"})
    assert unknown["userErrors"][0]["code"] == "PURCHASE_UNKNOWN"
    another = await shop.enrol()
    others = await shop.attempt("refundRecord", {**wanted, "memberId": another.id})
    assert others["userErrors"][0]["code"] == "PURCHASE_OF_ANOTHER"
    assert await anna.balances() == {"points": 10}


async def test_points_that_paid_for_returned_goods_come_back(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("100.00")
    spent = await shop.do(
        "walletSpend",
        {"memberId": anna.id, "currency": "points", "points": 50, "reason": "At the till",
         "key": "mixed"},
        "entries { id }",
    )  # fmt: skip
    await anna.buy(
        "20.00",
        pointsPayment=shop.amount("5.00"),
        redemption=spent["entries"][0]["id"],
        id="mixed",
    )
    assert await anna.balances() == {"points": 65}
    payload = await anna.refund("mixed", amount="10.00")
    moved = [(entry["kind"], entry["points"]) for entry in reversed(payload["entries"])]
    assert moved == [("CLAWBACK", -8), ("REINSTATEMENT", 25)]
    await anna.refund("mixed")
    assert await anna.balances() == {"points": 100}


async def test_an_entry_that_spent_nothing_pays_for_no_purchase(shop: Story) -> None:
    anna = await shop.enrol()
    earned = (await anna.buy("100.00"))["entries"][0]["id"]
    wanted = {
        "source": "till-1",
        "id": "minted",
        "memberId": anna.id,
        "occurredAt": shop.instant(),
        "total": shop.amount("20.00"),
        "pointsPayment": shop.amount("5.00"),
        "redemption": earned,
    }
    refused = await shop.attempt("purchaseRecord", wanted, "entries { id }")
    [error] = refused["userErrors"]
    assert (error["code"], error["path"]) == ("REDEMPTION_UNKNOWN", ["input", "redemption"])
    assert refused["entries"] == []
    assert await anna.balances() == {"points": 100}
    await shop.do("purchaseRecord", {**wanted, "redemption": None})
    assert await anna.balances() == {"points": 115}


async def test_an_entry_pays_for_one_purchase(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy("100.00")
    told = {"memberId": anna.id, "currency": "points", "points": 100, "reason": "x", "key": "s"}
    spent = (await shop.do("walletSpend", told, "entries { id }"))["entries"][0]["id"]
    paid = {"pointsPayment": shop.amount("5.00"), "redemption": spent}
    await anna.buy("5.00", id="first", **paid)
    wanted = {
        "source": "till-1",
        "id": "second",
        "memberId": anna.id,
        "occurredAt": shop.instant(),
        "total": shop.amount("5.00"),
        **paid,
    }
    facts = "userErrors { ... on RedemptionUsed { redemption source purchaseId } }"
    refused = await shop.attempt("purchaseRecord", wanted, f"entries {{ id }} {facts}")
    assert refused == {
        "entries": [],
        "userErrors": [
            {
                "__typename": "RedemptionUsed",
                "code": "REDEMPTION_USED",
                "message": f"Entry “{spent}” paid for purchase “first” already.",
                "path": ["input", "redemption"],
                "redemption": spent,
                "source": "till-1",
                "purchaseId": "first",
            }
        ],
    }
    await anna.refund("first")
    assert await anna.balances() == {"points": 100}


async def test_a_receipt_is_claimed_in_the_app_once(shop: Story) -> None:
    anna, bo = await shop.enrol(), await shop.enrol()
    bought = {
        "source": "till-1",
        "id": "unknown-1",
        "number": "R-7Q2",
        "occurredAt": shop.instant(),
        "total": shop.amount("12.00"),
    }
    await shop.do("receiptRecord", bought)
    assert (await shop.do("receiptRecord", bought, "replayed"))["replayed"]
    claimed = (await anna.app.run("ClaimReceipt", {"input": {"number": "R-7Q2"}}))["receiptClaim"]
    assert [entry["points"] for entry in claimed["entries"]] == [12]
    again = await bo.attempt("receiptClaim", {"number": "R-7Q2"})
    assert again["userErrors"][0]["code"] == "RECEIPT_TAKEN"
    unknown = await bo.attempt("receiptClaim", {"number": "R-7Q3"})
    assert unknown["userErrors"][0]["code"] == "RECEIPT_UNKNOWN"
    assert (await anna.balances(), await bo.balances()) == ({"points": 12}, {"points": 0})
