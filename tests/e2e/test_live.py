"""Live data: what happens at the till, or anywhere else, reaches the phones that wait for it."""

import asyncio
import gc
from contextlib import AsyncExitStack
from datetime import datetime
from socket import AF_INET, SHUT_RDWR, SOCK_STREAM, fromfd
from typing import Any

from loyalty import program
from loyalty.states import State
from tests.architecture.sources import ROOT
from tests.conftest import Eventually
from tests.e2e.conftest import AT, PROGRAM, Serve, Shop
from tests.e2e.operations import operation
from tests.e2e.sockets import Phone, phone, socket
from tests.engines import Clock

EVENT = """
mutation Tell($input: EventRecordInput!) {
  eventRecord(input: $input) { member { id } userErrors { code message } }
}
"""
CAMPAIGN = """
mutation Create($input: CampaignCreateInput!) {
  campaignCreate(input: $input) { campaign { id } userErrors { code message } }
}
"""
LAUNCH = "mutation ($i: CampaignLaunchInput!) { campaignLaunch(input: $i) { campaign { id } } }"
STOP = "mutation ($i: CampaignStopInput!) { campaignStop(input: $i) { campaign { id } } }"
PROGRESS = """
subscription Progress($id: ID!) { campaignProgressed(id: $id) { campaign { id status } } }
"""


def our_tasks() -> set[asyncio.Task[Any]]:
    """List what the product does in the background; the driver's own tasks come and go."""
    ours = (str(ROOT / "api"), str(ROOT / "loyalty"))
    tasks = ((task, getattr(task.get_coro(), "cr_code", None)) for task in asyncio.all_tasks())
    return {task for task, code in tasks if code and code.co_filename.startswith(ours)}


async def follow(one: Phone, name: str) -> Any:
    """Subscribe by an operation of the app; give the first event."""
    await one.subscribe(name, operation(name))
    return await one.next(name)


async def test_a_purchase_at_the_till_reaches_the_phone(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        first = await follow(one, "WalletChanged")
        assert first["entries"] == []
        assert first["member"]["id"] == anna
        balances = first["member"]["wallet"]["balances"]
        assert [b["balance"] for b in balances] == [0, 0, 0]
        bought = await shop.buy(anna, "12.00", AT)
        told = await one.next("WalletChanged")
        assert [e["id"] for e in told["entries"]] == [e["id"] for e in bought["entries"]]
        assert [e["points"] for e in told["entries"]] == [12, 12]
        assert told["entries"][1]["explanation"]["text"]
        assert [b["balance"] for b in told["member"]["wallet"]["balances"]] == [12, 12, 0]


async def test_what_changes_nothing_in_the_wallet_is_no_news_of_it(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        await follow(one, "WalletChanged")
        rename = {"input": {"firstName": "Anna"}}
        await shop.member(anna).run("UpdateProfile", rename)
        await shop.buy(anna, "3.00", AT)
        told = await one.next("WalletChanged")
        assert [e["points"] for e in told["entries"]] == [3, 3]


async def test_a_tier_and_an_offer_that_come_with_a_purchase_are_told(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        assert (await follow(one, "TierChanged"))["steps"] == []
        assert (await follow(one, "OfferReceived"))["received"] == []
        await shop.buy(anna, "120.00", AT)
        told = {}
        for _ in range(2):
            message = await one.hear()
            assert message["type"] == "next"
            told[message["id"]] = message["payload"]["data"]
        tier = told["TierChanged"]["tierChanged"]
        (step,) = tier["steps"]
        assert step["before"] == {"id": "basic", "name": "Basic"}
        assert step["status"]["tier"]["id"] == tier["member"]["tier"]["tier"]["id"] == "silver"
        (received,) = told["OfferReceived"]["offerReceived"]["received"]
        assert (received["state"], received["offer"]["id"]) == ("ISSUED", "thanks")
        assert told["OfferReceived"]["offerReceived"]["member"]["offers"]["held"] == [received]


async def test_progress_in_a_challenge_is_told(shop: Shop) -> None:
    anna = await shop.enrol()
    async with phone(shop, anna) as one:
        first = await follow(one, "ChallengeProgressed")
        assert first["standings"] == []
        assert [c["progress"] for c in first["member"]["challenges"]] == [0]
        wanted = {"memberId": anna, "source": "web", "id": anna, "type": "photo", "occurredAt": AT}
        await shop.staff().ask(EVENT, {"input": wanted})
        told = await one.next("ChallengeProgressed")
        assert [(s["challenge"]["id"], s["progress"]) for s in told["standings"]] == [("photos", 1)]


async def test_every_phone_of_a_member_is_told_and_no_other(shop: Shop) -> None:
    anna, bent = await shop.enrol(), await shop.enrol()
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(phone(shop, who)) for who in (anna, anna, bent)]
        for one in phones:
            await follow(one, "WalletChanged")
        await shop.buy(anna, "5.00", AT)
        for one in phones[:2]:
            told = await one.next("WalletChanged")
            assert told["member"]["id"] == anna
        await shop.buy(bent, "7.00", AT)  # and the first that his phone hears is of him
        told = await phones[2].next("WalletChanged")
        assert told["member"]["id"] == bent
        assert [e["points"] for e in told["entries"]] == [7, 7]


async def test_who_is_no_member_has_nothing_to_follow(shop: Shop) -> None:
    async with socket(shop) as one:
        await one.begin()
        await one.subscribe("1", operation("WalletChanged"))
        message = await one.hear()
        assert (message["type"], message["id"]) == ("error", "1")
        assert [e["extensions"]["code"] for e in message["payload"]] == ["UNAUTHENTICATED"]
    async with phone(shop, "mbr_nobody") as one:
        await one.subscribe("1", operation("WalletChanged"))
        message = await one.hear()
        assert message["payload"][0]["extensions"]["refusal"] == "MEMBER_UNKNOWN"


async def test_staff_follow_a_campaign_to_its_end(shop: Shop) -> None:
    text = [{"locale": "en", "text": "Spring"}]
    brief = {
        "name": "Spring",
        "variants": [{"title": text, "body": text}],
        "audience": {"everyone": True},
    }
    staff = shop.staff("MARKETING")
    made = await staff.ask(CAMPAIGN, {"input": {"key": "live-campaign", "brief": brief}})
    campaign = made["campaignCreate"]["campaign"]["id"]
    await staff.ask(LAUNCH, {"i": {"id": campaign, "version": 1}})
    async with socket(shop, "staff") as one:
        await one.begin(shop.issuer.staff_token(["MARKETING"]))
        await one.subscribe("1", PROGRESS, {"id": campaign})
        assert (await one.next("1"))["campaign"] == {"id": campaign, "status": "SCHEDULED"}
        await staff.ask(STOP, {"i": {"id": campaign}})
        assert (await one.next("1"))["campaign"]["status"] == "STOPPED"
        await one.subscribe("2", PROGRESS, {"id": "cmp_none"})
        message = await one.hear()
        assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"
    async with socket(shop, "staff") as one:
        await one.begin(shop.issuer.staff_token(["SUPPORT"]))
        await one.subscribe("1", PROGRESS, {"id": campaign})
        message = await one.hear()
        assert message["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_answers_of_events_are_as_of_their_own_time(serve: Serve) -> None:
    """What a subscription shows is not of the time when it began."""
    clock = Clock(datetime(2026, 3, 2, 12, 0))
    shop = await serve(clock)
    await program.publish(shop.house.engine, PROGRAM)
    anna = await shop.enrol()
    query = "subscription { walletChanged { member { code { expiresAt } } } }"
    async with phone(shop, anna) as one:
        await one.subscribe("1", query)
        first = await one.next("1")
        clock.advance(days=1)
        await shop.buy(anna, "1.00", "2026-03-03T12:00:00Z")
        later = await one.next("1")
    assert first["member"]["code"]["expiresAt"].startswith("2026-03-02")
    assert later["member"]["code"]["expiresAt"].startswith("2026-03-03")


def histories(member_id: str) -> int:
    """Count how many times what a member did is held in memory."""
    gc.collect()
    held = (each for each in gc.get_objects() if type(each) is State)
    return sum(1 for state in held if state.member_id == member_id and state.recent)


async def test_who_waits_holds_nothing_of_the_history(shop: Shop, eventually: Eventually) -> None:
    """It is most of what a member takes in memory, and a process holds thousands of sockets."""
    anna = await shop.enrol()
    await shop.buy(anna, "1.00", AT)
    kept = histories(anna)  # by who writes, for the next purchase
    async with phone(shop, anna) as one:
        for name in ("WalletChanged", "TierChanged", "OfferReceived", "ChallengeProgressed"):
            await follow(one, name)
        await eventually(lambda: histories(anna) == kept)
        await shop.buy(anna, "2.00", AT)
        while (heard := await one.hear())["id"] != "WalletChanged":
            pass  # of the purchase, what else follows from it may be told first
        assert len(heard["payload"]["data"]["walletChanged"]["entries"]) == 2
        await eventually(lambda: histories(anna) == kept)


async def test_whoever_leaves_leaves_nothing_behind(serve: Serve, eventually: Eventually) -> None:
    shop = await serve()
    await program.publish(shop.house.engine, PROGRAM)
    anna, live = await shop.enrol(), shop.house.engine.live
    before = our_tasks()
    async with phone(shop, anna) as one, phone(shop, anna) as other:
        for name in ("WalletChanged", "TierChanged", "OfferReceived"):
            await follow(one, name)
        await follow(other, "WalletChanged")
        assert (live.listening, live.is_open) == (4, True)
        await one.say("complete", id="TierChanged")
        await eventually(lambda: live.listening == 3)
        line = other.socket.get_extra_info("socket").fileno()
        with fromfd(line, AF_INET, SOCK_STREAM) as cut:
            cut.shutdown(SHUT_RDWR)
        await eventually(lambda: live.listening == 2)
    await eventually(lambda: live.listening == 0 and not live.is_open)
    await eventually(lambda: our_tasks() <= before)
    assert "stamkund_live_connections 0.0" in shop.house.metrics.render().decode()
