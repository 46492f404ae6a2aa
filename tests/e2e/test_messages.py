"""What an app does about messages: phones, preferences, the inbox; by its own operations."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.operations import operation
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN
from tests.phones import phones, work


@pytest.fixture(scope="module")
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PLAIN) as opened:
        yield opened


@pytest.fixture
async def anna(shop: Story) -> Hero:
    return await shop.enrol(firstName="Anna")


async def done(member: Hero, name: str, **wanted: object) -> Json:
    """Run a mutation that must be done; give its payload."""
    (payload,) = (await member.app.run(name, {"input": wanted})).values()
    assert payload["userErrors"] == [], payload
    found: Json = payload
    return found


async def test_a_phone_is_refreshed_and_the_others_are_forgotten(anna: Hero) -> None:
    tokens = [uuid4().hex for _ in range(3)]
    tablet = (await done(anna, "RegisterDevice", token=tokens[0], platform="IOS"))["device"]
    phone = (await done(anna, "RegisterDevice", token=tokens[1], platform="IOS"))["device"]
    wanted = {"token": tokens[2], "platform": "IOS", "appVersion": "2.0", "id": phone["id"]}
    renewed = (await done(anna, "RegisterDevice", **wanted))["device"]
    assert (renewed["id"], renewed["appVersion"]) == (phone["id"], "2.0")
    listed = (await anna.app.run("Devices"))["me"]["devices"]
    assert {d["id"]: d["receives"] for d in listed} == {phone["id"]: True, tablet["id"]: True}
    left = await done(anna, "ForgetOtherDevices", id=phone["id"])
    assert left["forgottenIds"] == [tablet["id"]]
    assert left["member"]["devices"] == [{"id": phone["id"]}]


async def test_what_was_sent_is_read_and_told_of_once(shop: Story, anna: Hero) -> None:
    await done(anna, "RegisterDevice", token=uuid4().hex, platform="IOS")
    await anna.buy("42.00")
    async with phones() as (standin, sender):
        await work(shop.shop.house.engine, sender)
        pushed = [d.message["data"] for d in standin.deliveries()]
    home = (await anna.app.run("Inbox"))["me"]
    [message] = [edge["node"] for edge in home["inbox"]["edges"]]
    assert home["unreadCount"] == 1
    assert message["id"] in {data["messageId"] for data in pushed}
    assert (message["type"], message["category"]) == ("points_earned", "POINTS")
    assert (message["openedAt"], message["offer"]) == (None, None)
    [entry] = [data["entryId"] for data in pushed if data["messageId"] == message["id"]]
    assert message["details"] == [{"name": "entryId", "value": entry}]
    told = {"id": message["id"], "at": "2020-01-01T00:00:00Z"}
    clicked = await done(anna, "MessageClicked", messages=[told, {"id": "nobody's"}])
    assert clicked["messages"] == [
        {"id": message["id"], "openedAt": message["sentAt"], "clickedAt": message["sentAt"]}
    ]
    assert (await anna.app.run("UnreadCount"))["me"] == {"id": anna.id, "unreadCount": 0}
    assert clicked["member"]["unreadCount"] == 0
    again = await done(anna, "MessageOpened", messages=[{"id": message["id"]}])
    assert again["messages"] == clicked["messages"]
    heard = "query ($id: ID!) { member(id: $id) { engagement { openedAt clickedAt } } }"
    assert (await shop.staff.ask(heard, {"id": anna.id}))["member"]["engagement"] == {
        "openedAt": message["sentAt"],
        "clickedAt": message["sentAt"],
    }
    assert await anna.app.ask("{ me { engagement { openedAt } } }") == {"me": {"engagement": None}}
    bo = await shop.enrol()
    assert (await done(bo, "MessageOpened", messages=[told]))["messages"] == []
    assert (await bo.app.run("Inbox"))["me"]["inbox"]["edges"] == []


OF_A_MEMBER = """
query ($id: ID!) {
  memberMessages(memberId: $id) {
    totalCount
    edges {
      node { id memberId campaignId trigger category purpose status reason error title sentAt }
    }
  }
}
"""


async def test_staff_see_what_was_not_sent_and_why(shop: Story, anna: Hero) -> None:
    await anna.buy("10.00")
    async with phones() as (_, sender):
        await work(shop.shop.house.engine, sender)
    found = (await shop.shop.staff("SUPPORT").ask(OF_A_MEMBER, {"id": anna.id}))["memberMessages"]
    [node] = [edge["node"] for edge in found["edges"]]
    assert (found["totalCount"], node["memberId"]) == (1, anna.id)
    assert (node["status"], node["reason"], node["error"]) == ("SUPPRESSED", "NO_DEVICE", None)
    assert (node["purpose"], node["campaignId"], node["sentAt"]) == ("SERVICE", None, None)
    assert node["trigger"] == "POINTS_EARNED"
    shown = await shop.staff.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": node["id"]})
    assert shown == {"node": {"id": node["id"]}}
    nobody = (await shop.staff.ask(OF_A_MEMBER, {"id": "mbr_none"}))["memberMessages"]
    assert nobody == {"totalCount": 0, "edges": []}


async def test_what_was_agreed_to_and_what_is_wanted_is_kept_with_its_proof(anna: Hero) -> None:
    about = {"purpose": "MARKETING", "channel": "PUSH"}
    proof = {"source": "welcome", "wording": "terms-3", "appVersion": "2.0"}
    for _ in range(2):
        await done(anna, "SetConsents", consents=[{**about, "granted": True}], **proof)
    told = {"source": "settings", "wording": None, "appVersion": None}
    await done(anna, "SetConsents", consents=[{**about, "granted": False}], source="settings")
    night = {"since": "21:30", "until": "07:00"}
    for _ in range(2):
        wanted = await done(anna, "SetPreferences", muted=["CAMPAIGN", "OFFERS"], quietHours=night)
    assert wanted["member"]["preferences"]["muted"] == ["OFFERS", "CAMPAIGN"]
    me = (await anna.app.run("Preferences"))["me"]
    said = [{name: c[name] for name in ("granted", *told)} for c in me["consentHistory"]]
    assert said == [{"granted": False, **told}, {"granted": True, **proof}]
    assert me["consents"] == me["consentHistory"][:1]
    assert me["preferences"]["quietHours"] == night
    cleared = await done(anna, "SetPreferences", muted=[])
    assert cleared["member"]["preferences"] == {"muted": [], "quietHours": None}


@pytest.mark.parametrize(
    ("hours", "path"),
    [
        ({"since": "7:00", "until": "08:00"}, ["quietHours", "since"]),
        ({"since": "21:00", "until": "24:00"}, ["quietHours", "until"]),
        ({"since": "21:00", "until": "21:00"}, ["quietHours"]),
    ],
)
async def test_hours_that_cannot_be_meant_are_refused(
    anna: Hero, hours: Json, path: list[str]
) -> None:
    wanted = {"input": {"muted": [], "quietHours": hours}}
    (error,) = await anna.app.errors(operation("SetPreferences"), wanted)
    assert error["extensions"]["inputPath"] == ["input", *path]


async def test_staff_note_what_a_member_told_them(shop: Story, anna: Hero) -> None:
    no = {"purpose": "MARKETING", "channel": "PUSH", "granted": False}
    wanted = {"memberId": anna.id, "consents": [no], "source": "On the phone"}
    shown = "member { consents { granted source actor } }"
    told = (await shop.do("memberSetConsents", wanted, shown))["member"]["consents"]
    assert [(c["granted"], c["source"]) for c in told] == [(False, "On the phone")]
    assert told[0]["actor"].startswith("staff:")
    yes, day_before = {**no, "granted": True}, "2026-01-01T10:00:00Z"
    late = await done(anna, "SetConsents", consents=[yes], source="welcome", at=day_before)
    assert [c["granted"] for c in late["member"]["consents"]] == [False]
    newest = (await anna.app.run("Preferences"))["me"]["consentHistory"][0]
    assert (newest["granted"], newest["at"]) == (True, "2026-01-01T10:00:00.000Z")
    assert newest["receivedAt"] > newest["at"]
    ahead = "2199-01-01T00:00:00Z"
    now = await done(anna, "SetConsents", consents=[yes], source="welcome", at=ahead)
    [consent] = now["member"]["consents"]
    assert consent["granted"] is True
    assert consent["at"] == consent["receivedAt"] < ahead
