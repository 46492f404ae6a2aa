"""The member's code: shown in the app, read at the till, online or by the published key alone."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.e2e.conftest import Serve, Shop
from tests.engines import START, Clock

PAGE = Path(__file__).parents[2] / "docs" / "member-code.md"
BY_CODE = "query Till($code: String!) { memberByCode(code: $code) { id } }"


def verifier() -> dict[str, Any]:
    """Run the example of the page, as a till would have it; it knows nothing of this house."""
    text = PAGE.read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    made: dict[str, Any] = {}
    exec(example, made)
    return made


def seconds(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1)).total_seconds())


async def shown(shop: Shop, member_id: str) -> dict[str, str]:
    me = (await shop.member(member_id).run("MemberCode"))["me"]
    code: dict[str, str] = me["code"]
    return code


async def refused(shop: Shop, code: str) -> str:
    (error,) = await shop.staff().errors(BY_CODE, {"code": code})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    refusal: str = error["extensions"]["refusal"]
    return refusal


async def test_a_till_verifies_a_code_with_the_published_key_alone(serve: Serve) -> None:
    shop = await serve(now=Clock(START))
    member_id = await shop.enrol()
    code = (await shown(shop, member_id))["text"]
    response = await shop.client.get("/.well-known/member-codes.json")
    member_of = verifier()["member_of"]
    now = seconds(START)
    for age in (-10, 0, 69):
        assert member_of(code, response.text, now + age) == member_id
    for age in (-11, 70):
        with pytest.raises(ValueError, match="not a code of this moment"):
            member_of(code, response.text, now + age)
    other = (await shown(shop, await shop.enrol()))["text"]
    mixed = ".".join([*other.split(".")[:3], code.split(".")[3]])
    with pytest.raises(InvalidSignature):
        member_of(mixed, response.text, now)


async def test_a_till_that_is_online_asks_for_the_member(serve: Serve) -> None:
    clock = Clock(START)
    shop = await serve(now=clock)
    member_id = await shop.enrol()
    code = await shown(shop, member_id)
    assert code["expiresAt"] == "2026-03-02T12:01:00.000Z"
    assert code["refreshAfter"] == "2026-03-02T12:00:40.000Z"
    found = await shop.staff("SUPPORT").ask(BY_CODE, {"code": code["text"]})
    assert found["memberByCode"]["id"] == member_id
    assert await refused(shop, code["text"][:-20] + "A" * 20) == "MEMBER_CODE_FORGED"
    assert await refused(shop, "") == "MEMBER_CODE_FORGED"
    clock.advance(seconds=70)
    assert await refused(shop, code["text"]) == "MEMBER_CODE_EXPIRED"
    await shop.house.mongo.delete_many("member_states", {"_id": member_id})
    clock.advance(seconds=-70)
    assert await refused(shop, code["text"]) == "MEMBER_UNKNOWN"


async def test_nobody_else_is_given_a_members_code(shop: Shop) -> None:
    member_id = await shop.enrol()
    query = "query Seen($id: ID!) { member(id: $id) { code { text } } }"
    assert (await shop.staff().ask(query, {"id": member_id}))["member"]["code"] is None
    person = shop.member(member_id)
    assert await person.codes('{ memberByCode(code: "x") { id } }') == ["GRAPHQL_VALIDATION_FAILED"]


async def test_a_house_without_a_key_signs_none(serve: Serve) -> None:
    shop = await serve(profile="production", dev_issuer=True)
    member_id = await shop.enrol()
    me = (await shop.member(member_id).run("MemberCode"))["me"]
    assert (me["id"], me["code"]) == (member_id, None)
    assert (await shop.client.get("/.well-known/member-codes.json")).json() == {"keys": []}
    assert await refused(shop, "SK1") == "MEMBER_CODE_FORGED"
