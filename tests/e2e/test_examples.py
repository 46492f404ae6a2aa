"""What the explorer is told: who asks, and examples for them, filled with what works here."""

from typing import Any
from uuid import uuid4

import pytest

from api.greeting import NOT_ACCEPTED
from api.integration_keys import add_key, new_integration_key
from loyalty import members, program
from loyalty.members import Enrolment
from tests.e2e.conftest import PATHS, PROGRAM, Json, Serve, Shop

MARKETING, SUPPORT, TILL = "marketing", "support", "till"
PURCHASE, SPEND, REFUND = 0, 1, 2


async def greeting(shop: Shop, door: str, token: str | None = None) -> Json:
    """Ask as the page does."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = await shop.client.get(f"{PATHS[door]}/examples.json", headers=headers)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    said: Json = response.json()
    return said


async def till(shop: Shop) -> list[dict[str, Any]]:
    """Read what the examples for the till send."""
    said = await greeting(shop, "staff", shop.issuer.staff_token(["ADMIN"]))
    return [example["variables"]["input"] for example in said["examples"][TILL]]


async def test_a_member_is_known_by_their_first_name(shop: Shop) -> None:
    profile = members.ProfileInput(first_name="Asta", locale="da")
    enrolment = Enrolment(external_id=uuid4().hex, profile=profile)
    enrolled = await members.enrol(shop.house.engine, enrolment)
    said = await greeting(shop, "app", shop.issuer.member_token(enrolled.member_id, 600))
    assert said["viewer"].pop("expiresAt").endswith("Z")
    assert said["viewer"] == {"name": "Asta", "rights": []}
    assert list(said["examples"]) == ["member"]


async def test_whoever_is_no_member_is_a_newcomer(shop: Shop) -> None:
    anybody = await greeting(shop, "app")
    assert (anybody["viewer"], anybody["refused"]) == (None, None)
    nobody_yet = await greeting(shop, "app", shop.issuer.member_token("mbr_unknown"))
    assert nobody_yet["viewer"]["name"] == "mbr_unknown"
    assert list(anybody["examples"]) == list(nobody_yet["examples"]) == ["newcomer"]


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        ("MARKETING", [MARKETING]),
        ("SUPPORT", [SUPPORT, TILL]),
        ("ADMIN", [MARKETING, SUPPORT, TILL]),
    ],
)
async def test_staff_are_known_by_their_roles(shop: Shop, role: str, kinds: list[str]) -> None:
    said = await greeting(shop, "staff", shop.issuer.staff_token([role]))
    assert said["viewer"]["rights"] == [role]
    assert list(said["examples"]) == kinds


@pytest.mark.parametrize(
    ("scope", "kind"),
    [("purchases:write", TILL), ("members:read", TILL), ("campaigns:send", MARKETING)],
)
async def test_a_key_is_known_by_its_scopes_and_lasts(shop: Shop, scope: str, kind: str) -> None:
    token, key = new_integration_key("till", [scope], shop.house.engine.clock())
    await add_key(shop.house.mongo, key)
    said = await greeting(shop, "staff", token)
    assert said["viewer"] == {"name": f"key {key.key_id}", "rights": [scope], "expiresAt": None}
    assert list(said["examples"]) == [kind]


@pytest.mark.parametrize("door", list(PATHS))
async def test_what_is_not_accepted_is_said_and_brings_nothing(shop: Shop, door: str) -> None:
    said = await greeting(shop, door, "ey.ey.ey")
    assert said == {"viewer": None, "refused": NOT_ACCEPTED, "examples": {}}


async def test_at_the_staff_door_strangers_and_members_are_shown_nothing(shop: Shop) -> None:
    stranger = await greeting(shop, "staff")
    assert stranger == {"viewer": None, "refused": None, "examples": {}}
    member = await greeting(shop, "staff", shop.issuer.member_token(await shop.enrol()))
    assert member == {"viewer": None, "refused": "This door is for staff.", "examples": {}}


async def test_the_examples_work_as_they_are(serve: Serve) -> None:
    shop = await serve()
    await program.publish(shop.house.engine, PROGRAM)
    await shop.enrol()
    member_id = await shop.enrol()
    found = await till(shop)
    assert found[PURCHASE]["memberId"] == found[SPEND]["memberId"] == member_id
    assert found[PURCHASE]["total"]["currencyCode"] == "EUR"
    assert found[SPEND]["currency"] == "points"
    assert "$" not in str(found)
    assert found[REFUND]["purchaseId"] == found[PURCHASE]["id"] != found[REFUND]["id"]
    assert found[SPEND]["key"] != (await till(shop))[SPEND]["key"]


async def test_a_member_is_named_only_to_who_may_read_members(serve: Serve) -> None:
    shop = await serve()
    await shop.enrol()
    token, key = new_integration_key("till", ["purchases:write"], shop.house.engine.clock())
    await add_key(shop.house.mongo, key)
    assert "mbr_" not in str(await greeting(shop, "staff", token))


async def test_without_a_program_a_placeholder_stays_to_be_read(serve: Serve) -> None:
    found = await till(await serve())
    assert found[PURCHASE]["total"]["currencyCode"] == "$money"
    assert (found[SPEND]["memberId"], found[SPEND]["currency"]) == ("$memberId", "$currencyId")


@pytest.mark.parametrize("door", list(PATHS))
async def test_in_production_there_is_no_explorer_unless_it_is_asked_for(
    serve: Serve, door: str
) -> None:
    shop = await serve(profile="production")
    page = await shop.client.get(PATHS[door], headers={"Accept": "text/html"})
    assert page.status_code != 200
    assert "text/html" not in page.headers["content-type"]
    for path in (f"{PATHS[door]}/examples.json", "/explorer-assets/assets/index.js"):
        assert (await shop.client.get(path)).status_code == 404
