"""Staff suspend, reinstate and close; a member leaves: what each is told, through the graph."""

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import AT, Json, Shop
from tests.e2e.of_members import done
from tests.e2e.test_doors import key

RULE = """
mutation ($input: {kind}Input!) {{
  {name}(input: $input) {{
    replayed
    member {{ status statusChanges {{ status actor reason }} }}
    userErrors {{
      code message path
      ... on MemberCannotBecome {{ memberId status wanted }}
      ... on KeyReused {{ key }}
    }}
  }}
}}
"""


def ruling(member_id: str, **more: Any) -> Json:
    return {"memberId": member_id, "reason": "Two cards.", "key": uuid4().hex, **more}


async def rule(shop: Shop, name: str, wanted: Json, *roles: str) -> Json:
    query = RULE.format(name=name, kind=f"{name[0].upper()}{name[1:]}")
    payload: Json = (await shop.staff(*roles).ask(query, {"input": wanted}))[name]
    return payload


async def status(shop: Shop, member_id: str) -> Any:
    return (await shop.member(member_id).ask("{ me { status } }"))["me"]["status"]


async def test_staff_suspend_reinstate_and_close_with_who_and_why(shop: Shop) -> None:
    anna = await shop.enrol()
    wanted = ruling(anna)
    first = await rule(shop, "memberSuspend", wanted, "SUPPORT")
    again = await rule(shop, "memberSuspend", wanted, "SUPPORT")
    change = {"status": "SUSPENDED", "actor": "staff:dev-staff", "reason": "Two cards."}
    assert first == {
        "replayed": False,
        "member": {"status": "SUSPENDED", "statusChanges": [change]},
        "userErrors": [],
    }
    assert again == {**first, "replayed": True}
    assert await status(shop, anna) == "SUSPENDED"
    back = await rule(shop, "memberReinstate", ruling(anna, reason="One card."))
    assert [one["reason"] for one in back["member"]["statusChanges"]] == ["One card.", "Two cards."]
    closed = await rule(shop, "memberClose", ruling(anna, reason="Moved."))
    assert closed["member"]["status"] == "CLOSED"
    assert await status(shop, anna) == "CLOSED"


async def test_a_member_does_not_see_why(shop: Shop) -> None:
    anna = await shop.enrol()
    await rule(shop, "memberSuspend", ruling(anna))
    asked = await shop.member(anna).ask("{ me { status statusChanges { reason } } }")
    assert asked["me"] == {"status": "SUSPENDED", "statusChanges": None}


async def test_what_cannot_follow_is_refused_with_its_facts(shop: Shop) -> None:
    anna = await shop.enrol()
    refused = await rule(shop, "memberReinstate", ruling(anna))
    assert refused == {
        "replayed": False,
        "member": None,
        "userErrors": [
            {
                "code": "MEMBER_CANNOT_BECOME",
                "message": "The membership cannot be changed like that as it stands.",
                "path": ["input"],
                "memberId": anna,
                "status": "ACTIVE",
                "wanted": "ACTIVE",
            }
        ],
    }
    wanted = ruling(anna)
    await rule(shop, "memberSuspend", wanted)
    reused = await rule(shop, "memberSuspend", {**wanted, "reason": "Another."})
    assert reused["userErrors"][0]["code"] == "KEY_REUSED"
    [unknown] = (await rule(shop, "memberClose", ruling("mbr_nobody")))["userErrors"]
    assert unknown["code"] == "MEMBER_UNKNOWN"


@pytest.mark.parametrize("name", ["memberSuspend", "memberReinstate", "memberClose"])
async def test_marketing_and_other_keys_decide_on_nobody(shop: Shop, name: str) -> None:
    query = RULE.format(name=name, kind=f"{name[0].upper()}{name[1:]}")
    wanted = {"input": ruling("mbr_nobody")}
    assert await shop.staff("MARKETING").codes(query, wanted) == ["FORBIDDEN"]
    assert await (await key(shop, "members:read")).codes(query, wanted) == ["FORBIDDEN"]
    assert await shop.anyone("staff").codes(query, wanted) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(("field", "value"), [("reason", " "), ("reason", "x" * 201), ("key", "")])
async def test_a_ruling_is_held_to_its_limits(shop: Shop, field: str, value: str) -> None:
    anna = await shop.enrol()
    query = RULE.format(name="memberSuspend", kind="MemberSuspend")
    (error,) = await shop.staff().errors(query, {"input": ruling(anna, **{field: value})})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["input", field]}
    assert await status(shop, anna) == "ACTIVE"


async def test_a_member_leaves_when_they_have_seen_what_they_lose(shop: Shop) -> None:
    anna = await shop.enrol("da")
    await shop.buy(anna, "150.00", AT)
    member, wish = shop.member(anna), {"confirm": False, "key": uuid4().hex}
    asked = (await member.run("MemberClose", {"input": wish}))["memberClose"]
    [told] = asked["userErrors"]
    assert (asked["member"], told["code"], told["path"]) == (
        None, "CLOSING_NOT_CONFIRMED", ["input", "confirm"],
    )  # fmt: skip
    assert told["message"].startswith("Bekræft, at du vil melde dig ud")
    losses = {(loss["kind"], loss["name"], loss["points"]) for loss in told["losses"]}
    assert losses == {
        ("BALANCE", "point", 150), ("TIER", "Sølv", None), ("OFFER", "Thank you", None),
    }  # fmt: skip
    assert await status(shop, anna) == "ACTIVE"
    gone = (await member.run("MemberClose", {"input": {**wish, "confirm": True}}))["memberClose"]
    assert gone == {
        "replayed": False,
        "member": {"id": anna, "status": "CLOSED"},
        "userErrors": [],
    }
    again = (await member.run("MemberClose", {"input": {**wish, "confirm": True}}))["memberClose"]
    assert again == {**gone, "replayed": True}
    other = {"confirm": True, "key": uuid4().hex}
    [refused] = (await member.run("MemberClose", {"input": other}))["memberClose"]["userErrors"]
    assert (refused["code"], refused["status"]) == ("MEMBER_CANNOT_BECOME", "CLOSED")


async def test_confirm_must_be_said(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    query = "mutation ($input: MemberCloseInput!) { memberClose(input: $input) { replayed } }"
    codes = await member.codes(query, {"input": {"key": uuid4().hex}})
    assert codes == ["BAD_USER_INPUT"]


async def test_who_left_is_refunded_and_earns_no_more(shop: Shop) -> None:
    anna = await shop.enrol()
    bought = uuid4().hex
    await shop.buy(anna, "50.00", AT, id=bought)
    await rule(shop, "memberClose", ruling(anna))
    refused = await shop.buy(anna, "10.00", AT)
    assert [error["code"] for error in refused["userErrors"]] == ["MEMBER_NOT_ACTIVE"]
    refund = {
        "source": "till-1", "id": uuid4().hex, "occurredAt": AT,
        "purchaseSource": "till-1", "purchaseId": bought,
    }  # fmt: skip
    await done(shop, "refundRecord", refund)
    wallet = await shop.member(anna).ask(
        "{ me { code { text } wallet { balances { currency { id } balance } } } }"
    )
    balances = {one["currency"]["id"]: one["balance"] for one in wallet["me"]["wallet"]["balances"]}
    assert (balances["points"], wallet["me"]["code"]) == (0, None)
