"""The app's operations about friends, verbatim, and what staff may do about them."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Story, example, story


@pytest.fixture
async def circle(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("referral")) as opened:
        yield opened


async def test_a_friend_uses_the_code_that_the_app_shows(circle: Story) -> None:
    anna, ben = await circle.enrol(), await circle.enrol(locale="sv")
    shown = await anna.app.run("Referral")
    terms = shown["program"]["referral"]
    assert terms["minimumAmount"] == {"amount": "20.00", "currencyCode": "EUR"}
    assert [gift["points"] or gift["offer"]["id"] for gift in terms["friend"]] == [
        100,
        "welcome-gift",
    ]
    assert (terms["referrer"]["every"], terms["referrer"]["monthlyCap"]) == (1, 2)
    code = shown["me"]["referral"]["code"]
    assert (await anna.app.run("Referral"))["me"]["referral"]["code"] == code
    used: Json = {"input": {"referralCode": f" {code[:3]}-{code[3:]} "}}
    for _ in range(2):
        payload = (await ben.app.run("ReferralAccept", used))["referralAccept"]
        assert payload["userErrors"] == []
        assert payload["member"]["referral"]["invitation"]["state"] == "JOINED"
    refused = (await anna.app.run("ReferralAccept", used))["referralAccept"]
    assert refused["userErrors"][0]["message"] == "You cannot invite yourself."


async def test_friends_are_listed_page_by_page_and_by_no_id(circle: Story) -> None:
    anna = await circle.enrol()
    code = (await anna.app.run("Referral"))["me"]["referral"]["code"]
    friends = [await circle.enrol() for _ in range(5)]
    for friend in friends:
        await friend.app.run("ReferralAccept", {"input": {"referralCode": code}})
    seen: list[str] = []
    after = None
    while True:
        shown = await anna.app.run("Referral", {"first": 2, "after": after})
        page = shown["me"]["referral"]["friends"]
        seen += [edge["node"]["pseudonym"] for edge in page["edges"]]
        assert not any(friend.id[4:] in str(page) for friend in friends)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 5


async def test_without_referral_there_is_nothing_to_share_or_to_use(serve: Serve) -> None:
    async with story(serve, example("points")) as opened:
        anna = await opened.enrol()
        shown = await anna.app.run("Referral")
        assert (shown["program"]["referral"], shown["me"]["referral"]) == (None, None)
        used = {"input": {"referralCode": "ABC"}}
        payload = (await anna.app.run("ReferralAccept", used))["referralAccept"]
        assert payload["userErrors"][0]["code"] == "REFERRAL_NOT_OFFERED"


@pytest.mark.parametrize("bad", ["A", "ab_c", "x" * 21])
async def test_what_is_no_code_is_said_so(circle: Story, bad: str) -> None:
    anna = await circle.enrol()
    query = (
        "mutation A($input: AmbassadorAppointInput!) "
        "{ ambassadorAppoint(input: $input) { userErrors { code } } }"
    )
    wanted = {"input": {"memberId": anna.id, "referralCode": bad}}
    if bad == "ab_c":
        payload = (await circle.staff.ask(query, wanted))["ambassadorAppoint"]
        assert payload["userErrors"] == []
    else:
        assert await circle.staff.codes(query, wanted) == ["BAD_USER_INPUT"]
