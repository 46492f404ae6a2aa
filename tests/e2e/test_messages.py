"""What an app does about messages: phones, preferences, the inbox; by its own operations."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN


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
