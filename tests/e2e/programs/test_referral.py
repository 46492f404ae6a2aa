"""The circle: a code brings a friend, both are rewarded, and nobody can bring themselves."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, example, story

MINE = """
referral {
  code link friendCount confirmedCount rewardCount ambassador
  invitation { referralCode state }
  friends { edges { node { pseudonym state dueAt } } }
}
"""
REFUSED = """
__typename code message path
... on ReferralCodeUnknown { referralCode }
... on ReferralToSelf { toldBy }
... on ReferralTooLate { days }
... on ReferralNotNew { purchases }
... on ReferralAcceptedBefore { referralCode }
"""


@pytest.fixture
async def circle(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("referral"), at="2026-03-02 12:00") as opened:
        yield opened


async def mine(member: Hero) -> Json:
    found: Json = (await member.ask(MINE))["referral"]
    return found


async def code_of(member: Hero) -> str:
    code: str = (await mine(member))["code"]
    return code


async def befriend(friend: Hero, code: str) -> Json:
    """Use a code; give the refusal, or {} where it was done."""
    data = await friend.app.ask(
        "mutation Use($input: ReferralAcceptInput!) { referralAccept(input: $input) "
        f"{{ member {{ id }} userErrors {{ {REFUSED} }} }} }}",
        {"input": {"referralCode": code}},
    )
    payload: Json = data["referralAccept"]
    assert (payload["member"] is None) == bool(payload["userErrors"])
    refused: Json = next(iter(payload["userErrors"]), {})
    return refused


async def friend_of(story: Story, code: str, **profile: str) -> Hero:
    friend = await story.enrol(**profile)
    assert await befriend(friend, code) == {}
    return friend


async def states_of(member: Hero) -> list[str]:
    edges = (await mine(member))["friends"]["edges"]
    return sorted(edge["node"]["state"] for edge in edges)


async def gifts_of(member: Hero) -> list[str]:
    held = (await member.ask("offers { held { state issuedAt } }"))["offers"]["held"]
    return [one["state"] for one in sorted(held, key=lambda one: one["issuedAt"])]


async def points(member: Hero) -> int:
    held: int = (await member.balances())["points"]
    return held


async def test_both_are_rewarded_the_referrer_when_the_purchase_was_kept(circle: Story) -> None:
    anna = await circle.enrol(locale="fi")
    code = await code_of(anna)
    assert (await mine(anna))["link"] == f"https://shop.example/join?ref={code}"
    assert len(code) == 7
    ben = await friend_of(circle, code.lower())
    await ben.buy("19.99")  # too little to count
    assert await points(ben) == 19
    bought = await ben.buy("20.00")
    newest = bought["entries"][0]["explanation"]["text"]
    assert newest == "Thank you for coming with a friend's code"
    assert await points(ben) == 19 + 20 + 100
    held = (await ben.ask("offers { held { offerId state reason { text } } }"))["offers"]["held"]
    assert [(h["offerId"], h["state"], h["reason"]["text"]) for h in held] == [
        ("welcome-gift", "ISSUED", "You came with a friend's code.")
    ]
    circle.at("2026-03-16 21:59")  # the last minute of the fortnight in Helsinki
    await circle.work()
    assert await points(anna) == 0
    assert (await mine(anna))["friends"]["edges"][0]["node"]["dueAt"] == "2026-03-16T22:00:00.000Z"
    circle.at("2026-03-16 22:00")
    await circle.work()
    await circle.work()
    assert await points(anna) == 200
    entries = await anna.ask(
        "wallet { entries(first: 1) { edges { node { points explanation { text } } } } }"
    )
    assert entries["wallet"]["entries"]["edges"][0]["node"] == {
        "points": 200,
        "explanation": {"text": "Toit mukaan ystävän"},
    }
    shown = await mine(anna)
    assert (shown["friendCount"], shown["confirmedCount"], shown["rewardCount"]) == (1, 1, 1)
    assert (await mine(ben))["invitation"] == {"referralCode": code, "state": "REWARDED"}
    await ben.buy("50.00")  # only the first counts
    circle.at("2026-04-30 12:00")
    await circle.work()
    assert await points(anna) == 200
    assert await points(ben) == 19 + 20 + 100 + 50


async def test_a_purchase_returned_within_the_window_rewards_nobody(circle: Story) -> None:
    anna = await circle.enrol()
    ben = await friend_of(circle, await code_of(anna))
    await ben.buy("30.00", id="b-1")
    await ben.refund("b-1", amount="10.00")  # 20.00 are kept, which is enough
    assert await states_of(anna) == ["WAITING"]
    circle.at("2026-03-10 12:00")
    await ben.refund("b-1", amount="0.01")
    assert await states_of(anna) == ["JOINED"]
    assert await points(ben) == 19  # what the friend was given is taken back
    assert await gifts_of(ben) == ["WITHDRAWN"]
    circle.at("2026-03-20 12:00")
    await circle.work()
    assert await points(anna) == 0
    await ben.buy("25.00", id="b-2")  # another counts, and the welcome is given again
    assert await points(ben) == 19 + 100 + 25
    assert await gifts_of(ben) == ["WITHDRAWN", "ISSUED"]
    circle.at("2026-04-04 12:00")
    await ben.refund("b-2")  # too late to matter
    await circle.work()
    assert (await points(anna), await states_of(anna)) == (200, ["REWARDED"])


async def test_what_a_friend_has_used_of_the_welcome_stays_and_is_not_given_again(
    circle: Story,
) -> None:
    ben = await friend_of(circle, await code_of(await circle.enrol()))
    await ben.buy("25.00", id="b-1")
    [gift] = (await ben.ask("offers { held { id } }"))["offers"]["held"]
    await circle.do("offerRedeem", {"held": gift["id"], "memberId": ben.id, "key": "tote"})
    for order in ("b-1", "b-2", "b-3"):
        if order != "b-1":
            await ben.buy("25.00", id=order)
            assert await points(ben) == 25
        await ben.refund(order)
        assert await points(ben) == 0
        assert await gifts_of(ben) == ["REDEEMED"]


async def test_a_month_has_two_rewards_at_most(circle: Story) -> None:
    anna = await circle.enrol()
    code = await code_of(anna)
    for _ in range(3):
        await (await friend_of(circle, code)).buy("20.00")
    circle.at("2026-03-17 12:00")
    await circle.work()
    assert (await points(anna), await states_of(anna)) == (
        400,
        ["CAPPED", "REWARDED", "REWARDED"],
    )
    await (await friend_of(circle, code)).buy("20.00")
    circle.at("2026-04-01 12:00")
    await circle.work()
    shown = await mine(anna)
    assert await points(anna) == 600
    assert (shown["friendCount"], shown["confirmedCount"], shown["rewardCount"]) == (4, 4, 3)


async def test_nobody_brings_themselves(circle: Story) -> None:
    anna = await circle.enrol(phone="+358401234567", email="Anna@example.com")
    code = await code_of(anna)
    assert (await befriend(anna, code))["toldBy"] == "SAME_MEMBER"
    for same, told in (
        ({"phone": "+358401234567"}, "SAME_PHONE"),
        (
            {"email": "anna@EXAMPLE.com"},
            "SAME_EMAIL",
        ),
    ):
        again = await circle.enrol(**same)
        refused = await befriend(again, code)
        assert (refused["code"], refused["toldBy"]) == ("REFERRAL_TO_SELF", told)
        assert (await mine(again))["invitation"] is None
    phone = {"token": "one-phone", "platform": "IOS"}
    await anna.attempt("deviceRegister", phone)
    device = (await anna.ask("devices { id }"))["devices"][0]["id"]
    await anna.attempt("deviceForget", {"id": device})
    carl = await circle.enrol()
    await carl.attempt("deviceRegister", phone)
    assert (await befriend(carl, code))["toldBy"] == "SAME_DEVICE"
    assert (await mine(anna))["friendCount"] == 0


async def test_who_shares_a_phone_later_is_found_before_the_reward(circle: Story) -> None:
    anna = await circle.enrol()
    ben = await friend_of(circle, await code_of(anna))
    await ben.buy("20.00")
    for member in (anna, ben):
        await member.attempt("deviceRegister", {"token": "family-phone", "platform": "ANDROID"})
    circle.at("2026-03-17 12:00")
    await circle.work()
    assert (await points(anna), await states_of(anna)) == (0, ["DENIED"])


async def test_two_do_not_bring_each_other(circle: Story) -> None:
    anna, ben = await circle.enrol(), await circle.enrol()
    assert await befriend(ben, await code_of(anna)) == {}
    refused = await befriend(anna, await code_of(ben))
    assert (refused["code"], refused["path"]) == ("REFERRAL_IN_RING", ["input", "referralCode"])
    assert (await mine(anna))["invitation"] is None


async def test_only_newcomers_come_with_a_code_and_only_with_one(circle: Story) -> None:
    anna, eva = await circle.enrol(), await circle.enrol()
    code = await code_of(anna)
    assert (await befriend(eva, "nobody's"))["code"] == "REFERRAL_CODE_UNKNOWN"
    await eva.buy("5.00")
    assert (await befriend(eva, code))["purchases"] == 1
    ben = await friend_of(circle, code)
    assert await befriend(ben, code) == {}
    assert (await befriend(ben, await code_of(eva)))["referralCode"] == code
    carl = await circle.enrol()
    circle.at("2026-03-16 12:01")
    assert (await befriend(carl, code))["days"] == 14
    for member in (eva, carl):
        assert (await mine(member))["invitation"] is None
    await circle.work()
    assert (await mine(anna))["friendCount"] == 1


async def test_a_person_joins_with_a_code_or_not_at_all(circle: Story) -> None:
    anna = await circle.enrol(phone="+358401234567")
    code = await code_of(anna)
    wanted = {"externalId": "ben", "referralCode": code, "phone": "+358401234567"}
    refused = await circle.attempt("memberEnrol", wanted, "memberId")
    assert [e["code"] for e in refused["userErrors"]] == ["REFERRAL_TO_SELF"]
    unknown = await circle.attempt("memberEnrol", {**wanted, "referralCode": "QQQ"}, "memberId")
    assert [e["code"] for e in unknown["userErrors"]] == ["REFERRAL_CODE_UNKNOWN"]
    nobody = await circle.staff.ask('{ memberByExternalId(externalId: "ben") { id } }')
    assert nobody["memberByExternalId"] is None
    joined = {"externalId": "ben", "referralCode": code}
    for replayed in (False, True):
        done = await circle.do("memberEnrol", joined, "replayed member { id }")
        assert done["replayed"] is replayed
    assert await states_of(anna) == ["JOINED"]


async def test_an_ambassador_is_paid_for_every_two_friends_without_a_cap(circle: Story) -> None:
    nora, anna = await circle.enrol(), await circle.enrol()
    await circle.do("ambassadorAppoint", {"memberId": nora.id, "referralCode": "Nora-10"})
    assert ((await mine(nora))["code"], (await mine(nora))["ambassador"]) == ("NORA10", True)
    taken = await circle.attempt(
        "ambassadorAppoint", {"memberId": anna.id, "referralCode": "NORA10"}
    )
    assert [e["code"] for e in taken["userErrors"]] == ["REFERRAL_CODE_TAKEN"]
    assert (await mine(anna))["ambassador"] is False
    for _ in range(5):
        await (await friend_of(circle, "nora10")).buy("20.00")
    circle.at("2026-03-17 12:00")
    await circle.work()
    assert await nora.balances() == {"points": 0, "credit": 50_00}
    assert await states_of(nora) == ["COUNTED"] * 3 + ["REWARDED"] * 2
    pseudonyms = {e["node"]["pseudonym"] for e in (await mine(nora))["friends"]["edges"]}
    assert len(pseudonyms) == 5
    assert all(name.startswith("friend_") for name in pseudonyms)
    await circle.do("ambassadorDismiss", {"memberId": nora.id})
    await (await friend_of(circle, "NORA10")).buy("20.00")
    circle.at("2026-04-01 12:00")
    await circle.work()
    assert await nora.balances() == {"points": 200, "credit": 50_00}


async def receipt(circle: Story, number: str) -> None:
    wanted = {"source": "till-1", "id": number, "number": number, "occurredAt": circle.instant()}
    await circle.do("receiptRecord", {**wanted, "total": circle.amount("30.00")})


async def test_who_bought_before_is_no_newcomer_by_a_receipt_claimed_later(circle: Story) -> None:
    anna, ben, cy = [await circle.enrol() for _ in range(3)]
    for number in ("N1", "N2"):
        await receipt(circle, number)
    circle.at("2026-03-02 13:00")
    for friend in (ben, cy):
        assert await befriend(friend, await code_of(anna)) == {}
    await ben.attempt("receiptClaim", {"number": "N1"})
    circle.at("2026-03-02 14:00")
    for friend in (ben, cy):
        await friend.buy("25.00")
    assert (await points(ben), await points(cy)) == (30 + 25, 25 + 100)
    await cy.attempt("receiptClaim", {"number": "N2"})  # takes back what it had brought
    assert (await points(cy), await gifts_of(cy)) == (25 + 30, ["WITHDRAWN"])
    circle.at("2026-03-20 12:00")
    await circle.work()
    assert (await points(anna), await states_of(anna)) == (0, ["DENIED", "DENIED"])


async def test_two_who_use_each_others_codes_at_one_moment_are_a_ring(circle: Story) -> None:
    anna, ben = [await circle.enrol() for _ in range(2)]
    codes = [await code_of(member) for member in (ben, anna)]
    answers = await asyncio.gather(*map(befriend, (anna, ben), codes))
    is_ring = answers == [{}, {}]  # else one was first, and the other refused
    for member in (anna, ben):
        await member.buy("25.00")
    circle.at("2026-03-20 12:00")
    await circle.work()
    rewarded = sorted([await points(anna), await points(ben)])
    assert rewarded == ([25, 25] if is_ring else [25 + 100, 25 + 200])
