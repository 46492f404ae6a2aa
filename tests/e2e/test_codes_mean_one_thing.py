"""A code means one thing in the whole program, and a till is as strict with every kind of code."""

from collections.abc import AsyncIterator

import pytest

from loyalty import program
from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN, audited

pytestmark = pytest.mark.anyio

LISTS = """
offers:
  - {id: one, kind: VOUCHER_CODE, name: One, code: {kind: LIST}}
  - {id: two, kind: VOUCHER_CODE, name: Two, code: {kind: LIST}}
  - {id: own, kind: VOUCHER_CODE, name: Own, code: {kind: UNIQUE}}
  - {id: autumn, kind: VOUCHER_CODE, name: Autumn, code: {kind: LIST},
     starts_at: "2026-10-01T00:00:00Z", ends_at: "2026-11-01T00:00:00Z"}
  - {id: alone, kind: VOUCHER_CODE, name: Alone, code: {kind: LIST}, exclusive: true}
  - {id: running, kind: VOUCHER_CODE, name: Running, code: {kind: LIST}, active_minutes: 30}
"""
GENERIC = """  - {id: all, kind: AMOUNT_OFF, amount: "5.00", name: All,
     code: {kind: GENERIC, text: HELLO}}
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PLAIN + LISTS + GENERIC) as opened:
        yield opened
        await opened.work()
        assert (await audited(opened.shop.house.engine)).violations == []


async def add(shop: Story, offer: str, *codes: str) -> tuple[int, list[tuple[str, str, str]]]:
    answer = "added notAdded { code why offerId }"
    payload = await shop.do("offerCodesImport", {"offer": offer, "codes": list(codes)}, answer)
    not_added = [(one["code"], one["why"], one["offerId"]) for one in payload["notAdded"]]
    return payload["added"], not_added


async def claim(member: Hero, offer: str) -> Json:
    wanted = {"offer": offer, "key": f"claim-{offer}"}
    payload = await member.attempt("offerClaim", wanted, "held { id code }")
    assert payload["userErrors"] == [], payload
    held: Json = payload["held"]
    return held


async def burn(shop: Story, code: str, key: str, **more: str) -> str:
    """Burn a code; give the state that it has then, or why it is refused."""
    wanted = {"code": code, "key": key, **more}
    payload = await shop.attempt("voucherRedeem", wanted, "voucher { state memberId }")
    errors = [error["code"] for error in payload["userErrors"]]
    return errors[0] if errors else str(payload["voucher"]["state"])


async def state(member: Hero) -> list[str]:
    found = await member.ask("offers { held { state } }")
    return [held["state"] for held in found["offers"]["held"]]


async def list_twice(shop: Story, offer: str, code: str) -> None:
    """List a code that stands elsewhere, as was possible once."""
    unit = {"_id": f"{offer}:{code}", "offer": offer, "n": 1, "state": "FREE", "code": code}
    await shop.shop.house.engine.mongo.insert_new("offer_units", [unit])


async def test_what_is_a_code_already_is_not_added(shop: Story) -> None:
    anna = await shop.enrol()
    own = (await claim(anna, "own"))["code"]
    assert await add(shop, "one", "same-1", "here-1") == (2, [])
    taken = [
        ("SAME-1", "OTHER_LIST", "one"),
        ("HELLO", "GENERIC_TEXT", "all"),
        (own, "MEMBERS_OWN", "own"),
    ]
    assert await add(shop, "two", "Same-1", "hello", own, "NEW-1") == (1, taken)
    assert await add(shop, "one", "HERE-1") == (0, [("HERE-1", "THIS_LIST", "one")])


async def test_a_generic_text_that_is_listed_is_not_published(shop: Story) -> None:
    await add(shop, "one", "WELCOME")
    source = PLAIN + LISTS + GENERIC.replace("HELLO", "WELCOME")
    refused = await shop.attempt("programPublish", {"source": source}, "version { number }")
    [error] = refused["userErrors"]
    assert (refused["version"], error["code"]) == (None, "PROGRAM_INVALID")
    drafted = await shop.do("programSaveDraft", {"source": source}, "version { number }")
    wanted = {"number": drafted["version"]["number"]}
    refused = await shop.attempt("programActivate", wanted, "version { number }")
    assert [error["code"] for error in refused["userErrors"]] == ["PROGRAM_INVALID"]
    active = await program.active(shop.shop.house.engine, fresh=True)
    assert active.number == 1


async def test_a_code_that_is_there_twice_is_used_as_often(shop: Story) -> None:
    anna, bo = await shop.enrol(), await shop.enrol()
    await add(shop, "one", "SAME-1")
    await list_twice(shop, "two", "SAME-1")
    assert (await claim(anna, "one"))["code"] == (await claim(bo, "two"))["code"] == "SAME-1"
    for key in ("k1", "k1", "k2", "k2"):
        assert await burn(shop, "SAME-1", key) == "REDEEMED"
    assert await burn(shop, "SAME-1", "k3") == "VOUCHER_USED"
    assert (await state(anna), await state(bo)) == (["REDEEMED"], ["REDEEMED"])


async def test_what_the_member_has_goes_before_what_everybody_may_show(shop: Story) -> None:
    anna, bo = await shop.enrol(), await shop.enrol()
    await list_twice(shop, "two", "HELLO")
    assert (await claim(anna, "two"))["code"] == "HELLO"
    assert await burn(shop, "HELLO", "bo", memberId=bo.id) == "REDEEMED"
    assert (await state(anna), await state(bo)) == (["ISSUED"], ["REDEEMED"])
    for _ in range(2):
        assert await burn(shop, "hello", "anna", memberId=anna.id) == "REDEEMED"
    assert await state(anna) == ["REDEEMED"]
    assert await burn(shop, "HELLO", "anna-2", memberId=anna.id) == "REDEEMED"
    assert await state(anna) == ["REDEEMED"] * 2


async def test_a_code_of_nobody_is_burned_while_its_offer_is_open(shop: Story) -> None:
    await add(shop, "autumn", "FALL-1", "FALL-2")
    await add(shop, "running", "RUN-1")
    assert await burn(shop, "FALL-1", "early") == "OFFER_NOT_YET"
    assert await burn(shop, "RUN-1", "run") == "OFFER_NOT_ACTIVATED"
    shop.at("2026-10-05 12:00")
    assert await burn(shop, "FALL-1", "early") == "REDEEMED"
    shop.at("2026-11-05 12:00")
    assert await burn(shop, "FALL-1", "early") == "REDEEMED"
    assert await burn(shop, "FALL-2", "late") == "OFFER_OVER"


async def test_a_code_of_nobody_goes_with_what_else_is_used(shop: Story) -> None:
    anna = await shop.enrol()
    await add(shop, "alone", "EXC-1", "EXC-2", "EXC-3")
    await add(shop, "one", "ONE-1")
    for _ in range(2):
        assert await burn(shop, "EXC-1", "1", receipt="R1") == "REDEEMED"
    assert await burn(shop, "EXC-2", "2", receipt="R1") == "OFFERS_EXCLUDE"
    assert await burn(shop, "ONE-1", "3", receipt="R1") == "OFFERS_EXCLUDE"
    assert await burn(shop, "HELLO", "4", receipt="R1", memberId=anna.id) == "OFFERS_EXCLUDE"
    own = await claim(anna, "own")
    using = {"memberId": anna.id, "held": own["id"], "receipt": "R1", "key": "5"}
    refused = await shop.attempt("offerRedeem", using, "held { state }")
    assert [error["code"] for error in refused["userErrors"]] == ["OFFERS_EXCLUDE"]
    assert await burn(shop, own["code"], "6", receipt="R2") == "REDEEMED"
    assert await burn(shop, "EXC-2", "7", receipt="R2") == "OFFERS_EXCLUDE"
    assert await burn(shop, "EXC-2", "8", receipt="R3") == "REDEEMED"
    assert await burn(shop, "ONE-1", "9", receipt="R4") == "REDEEMED"


async def test_a_code_of_a_list_that_is_no_more_is_no_code(shop: Story) -> None:
    await add(shop, "one", "ONE-1")
    source = PLAIN + (LISTS + GENERIC).replace(
        "One, code: {kind: LIST}", "One, code: {kind: UNIQUE}"
    )
    await shop.do("programPublish", {"source": source}, "version { number }")
    assert await burn(shop, "ONE-1", "1") == "VOUCHER_UNKNOWN"
