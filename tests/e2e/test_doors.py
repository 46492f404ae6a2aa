"""Who may do what at which door; an id opens nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.integration_keys import SCOPES, add_key, new_integration_key
from api.local_issuer import open_local_issuer
from schema import app_schema, staff_schema
from schema.permissions import Needs
from tests.e2e.conftest import AT, Json, Person, Shop
from tests.e2e.test_refusals import ADJUST, SPEND, spending

ME = "{ me { id } }"
NODE = """
query Node($id: ID!) {
  node(id: $id) { __typename id ... on Member { externalId } ... on LedgerEntry { points } }
}
"""


async def key(shop: Shop, *scopes: str) -> Person:
    """Make an integration key; give its holder."""
    text, kept = new_integration_key("till", scopes, datetime.now(UTC).replace(tzinfo=None))
    await add_key(shop.house.mongo, kept)
    return shop.anyone("staff", text)


async def test_without_a_token_only_the_program_is_shown(shop: Shop) -> None:
    anyone = shop.anyone()
    assert await anyone.ask("{ program { id } }") == {"program": {"id": "corner-shop"}}
    assert await anyone.codes(ME) == ["UNAUTHENTICATED"]
    assert await anyone.codes(NODE, {"id": "mbr_x"}) == ["UNAUTHENTICATED"]


async def test_a_bad_token_is_no_token_at_either_door(shop: Shop) -> None:
    for door in ("app", "staff"):
        response = await shop.anyone(door, "not.a.token").post("{ program { id } }")
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_refused_sign_in_leaves_its_reason(shop: Shop) -> None:
    other = open_local_issuer(shop.house.settings.data_dir / "other").member_token("mbr_x")
    for token, reason in (("not.a.token", "malformed"), (other, "unknown_key")):
        with capture_logs() as lines:
            await shop.anyone("app", token).post("{ program { id } }")
        noted = [line for line in lines if line["event"] == "sign_in_refused"]
        assert [(line["reason"], line["log_level"]) for line in noted] == [(reason, "info")]
        counted = f'stamkund_sign_ins_refused_total{{door="app",reason="{reason}"}}'
        assert counted in shop.house.metrics.render().decode()


async def test_the_staff_door_shows_others_not_even_its_schema(shop: Shop) -> None:
    member = shop.anyone("staff", shop.issuer.member_token(await shop.enrol()))
    for query in ("{ __schema { queryType { name } } }", "{ nonsense }", "{ __typename }"):
        response = await member.post(query)
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        anonymous = await shop.anyone("staff").post(query)
        assert anonymous.status_code == 401
        assert anonymous.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_staff_are_no_members(shop: Shop) -> None:
    staff = shop.anyone("app", shop.issuer.staff_token(["ADMIN"]))
    assert await staff.codes(ME) == ["FORBIDDEN"]
    assert await staff.codes(NODE, {"id": await shop.enrol()}) == ["FORBIDDEN"]


async def test_the_app_door_knows_no_staff_types(shop: Shop) -> None:
    for name in ("Campaign", "ProgramInvalid", "ProgramVersion", "WalletSpendPayload"):
        assert name in staff_schema.as_str()
        data = await shop.anyone().ask(f'{{ __type(name: "{name}") {{ name }} }}')
        assert data == {"__type": None}


@pytest.mark.parametrize("role", ["MARKETING"])
async def test_marketing_does_not_touch_wallets(shop: Shop, role: str) -> None:
    member_id = await shop.enrol()
    for query in (SPEND, ADJUST):
        (error,) = await shop.staff(role).errors(query, spending(member_id, 1))
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert error["message"].startswith("This needs the role ADMIN or the role SUPPORT")


async def test_support_sends_no_campaigns_and_publishes_nothing(shop: Shop) -> None:
    support = shop.staff("SUPPORT")
    publish = 'mutation { programPublish(input: {source: "x"}) { version { number } } }'
    assert await support.codes(publish) == ["FORBIDDEN"]
    assert await support.codes("{ campaigns { edges { cursor } } }") == ["FORBIDDEN"]


async def test_a_key_opens_what_its_scopes_name(shop: Shop) -> None:
    member_id = await shop.enrol()
    till = await key(shop, "purchases:write", "members:read")
    assert (await till.ask("query ($id: ID!) { member(id: $id) { id } }", {"id": member_id})) == {
        "member": {"id": member_id}
    }
    assert await till.codes(ADJUST, spending(member_id, 1)) == ["FORBIDDEN"]
    assert await till.codes("{ programVersions { edges { cursor } } }") == ["FORBIDDEN"]
    nosy = await key(shop, "events:write")
    assert await nosy.codes(NODE, {"id": member_id}) == ["FORBIDDEN"]


async def test_node_gives_members_their_own_and_nothing_else(shop: Shop) -> None:
    mine, other = await shop.enrol(), await shop.enrol()
    ids = {}
    for member_id in (mine, other):
        bought = await shop.buy(member_id, "10.00", AT)
        ids[member_id] = bought["entries"][0]["id"]
    me = shop.member(mine)
    assert (await me.ask(NODE, {"id": mine}))["node"]["id"] == mine
    entry = (await me.ask(NODE, {"id": ids[mine]}))["node"]
    assert entry == {"__typename": "LedgerEntry", "id": ids[mine], "points": 10}
    device = await me.run("RegisterDevice", {"input": {"token": "t" * 40, "platform": "IOS"}})
    device_id = device["deviceRegister"]["device"]["id"]
    assert (await me.ask(NODE, {"id": device_id}))["node"]["__typename"] == "Device"
    hidden = [other, ids[other], "cmp_1", "mbr_", "ent_", "ent_x_1_1", "dev_x", "", "x" * 5_000]
    for node_id in [*hidden, f"{ids[mine]}9", ids[mine].replace("ent_", "mbr_"), "mbr_$ne", "é"]:
        assert await me.ask(NODE, {"id": node_id}) == {"node": None}
    assert await shop.member(other).ask(NODE, {"id": device_id}) == {"node": None}


async def test_node_gives_staff_what_they_may_see(shop: Shop) -> None:
    member_id = await shop.enrol()
    entry_id = (await shop.buy(member_id, "10.00", AT))["entries"][1]["id"]
    for node_id, kind in ((member_id, "Member"), (entry_id, "LedgerEntry")):
        node = (await shop.staff("SUPPORT").ask(NODE, {"id": node_id}))["node"]
        assert (node["__typename"], node["id"]) == (kind, node_id)
    for node_id in ("mbr_nobody", "ent_nobody_1_0", f"{entry_id}0", "cmp_none", "nonsense"):
        assert await shop.staff().ask(NODE, {"id": node_id}) == {"node": None}


def rights(root: Any) -> dict[str, list[Needs]]:
    return {
        field.name: [e for e in field.extensions if isinstance(e, Needs)]
        for field in root.__strawberry_definition__.fields
    }


def test_every_field_of_a_root_says_who_may_use_it() -> None:
    for schema in (app_schema, staff_schema):
        for root in (schema.query, schema.mutation):
            open_fields = {name for name, found in rights(root).items() if not found}
            assert open_fields <= {"app_config", "program"}


def test_every_scope_opens_something() -> None:
    roots = (staff_schema.query, staff_schema.mutation)
    used = {
        right.scope
        for root in roots
        for found in rights(root).values()
        for needs in found
        for right in needs.rights
    }
    assert used - {None} == SCOPES


async def test_members_are_found_by_number_and_listed_newest_first(shop: Shop) -> None:
    enrol = """
      mutation ($input: MemberEnrolInput!) {
        memberEnrol(input: $input) { replayed member { id externalId locale } userErrors { code } }
      }
    """
    wanted: Json = {"input": {"externalId": "C-4711", "firstName": "Asta", "locale": "da-DK"}}
    staff = shop.staff("SUPPORT")
    enrolled = (await staff.ask(enrol, wanted))["memberEnrol"]
    again = (await staff.ask(enrol, wanted))["memberEnrol"]
    assert (enrolled["replayed"], again["replayed"]) == (False, True)
    assert enrolled["member"] == again["member"]
    by_number = '{ memberByExternalId(externalId: "C-4711") { id firstName } }'
    found = (await staff.ask(by_number))["memberByExternalId"]
    assert found == {"id": enrolled["member"]["id"], "firstName": "Asta"}
    newest = await staff.ask("{ members(first: 1) { edges { node { id } } } }")
    assert newest["members"]["edges"][0]["node"]["id"] == enrolled["member"]["id"]
