"""Labels that staff put on members: a whole set at a time, seen by staff alone."""

import pytest

from tests.e2e.conftest import Json, Shop

SET = """
mutation Label($input: MemberSegmentsSetInput!) {
  memberSegmentsSet(input: $input) { member { segments } userErrors { code } }
}
"""
SEEN = "query Seen($id: ID!) { member(id: $id) { segments } }"


def labels(member_id: str, *segments: str) -> Json:
    return {"input": {"memberId": member_id, "segments": list(segments)}}


async def test_labels_take_the_place_of_those_before(shop: Shop) -> None:
    member_id, staff = await shop.enrol(), shop.staff("SUPPORT")
    for sent, kept in (
        (["vip", "press", "vip"], ["press", "vip"]),
        (["Ö-lovers"], ["Ö-lovers"]),
        ([], []),
    ):
        payload = (await staff.ask(SET, labels(member_id, *sent)))["memberSegmentsSet"]
        assert payload == {"member": {"segments": kept}, "userErrors": []}
        assert (await staff.ask(SEEN, {"id": member_id}))["member"]["segments"] == kept


async def test_members_do_not_see_their_labels(shop: Shop) -> None:
    member_id = await shop.enrol()
    await shop.staff().ask(SET, labels(member_id, "complains"))
    assert (await shop.member(member_id).ask("{ me { segments } }"))["me"]["segments"] is None


@pytest.mark.parametrize("bad", [[""], ["x" * 41], ["two\nlines"], [f"l{n}" for n in range(51)]])
async def test_what_is_no_label_is_named_and_nothing_is_written(shop: Shop, bad: list[str]) -> None:
    member_id, staff = await shop.enrol(), shop.staff()
    await staff.ask(SET, labels(member_id, "kept"))
    assert await staff.codes(SET, labels(member_id, *bad)) == ["BAD_USER_INPUT"]
    assert (await staff.ask(SEEN, {"id": member_id}))["member"]["segments"] == ["kept"]


async def test_labels_of_nobody_are_refused(shop: Shop) -> None:
    payload = (await shop.staff().ask(SET, labels("mbr_nobody", "vip")))["memberSegmentsSet"]
    assert payload == {"member": None, "userErrors": [{"code": "MEMBER_UNKNOWN"}]}
