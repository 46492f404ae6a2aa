"""Segments at the staff door: tried, explained in the reader's language, kept by name."""

from typing import Any

import pytest

from tests.e2e.conftest import AT, Json, Shop

PREVIEW = """
query ($definition: SegmentDefinitionInput!) {
  segmentPreview(definition: $definition, first: 1) {
    count isExact members sample { id } warnings { path name message }
  }
}
"""
EXPLAIN = """
query ($definition: SegmentDefinitionInput!, $memberId: ID!) {
  segmentExplain(definition: $definition, memberId: $memberId) {
    isIn status findings { path met about asked actual }
  }
}
"""
SHOWN = """
segment { id name version definition versions { number name } warnings { path name message } }
"""
REFUSED = """
userErrors {
  code message path
  ... on SegmentNamesUnknown { condition name place }
  ... on SegmentChanged { version }
}
"""
CREATE = f"""
mutation ($input: SegmentCreateInput!) {{ segmentCreate(input: $input) {{ {SHOWN} {REFUSED} }} }}
"""
UPDATE = f"""
mutation ($input: SegmentUpdateInput!) {{ segmentUpdate(input: $input) {{ {SHOWN} {REFUSED} }} }}
"""
DELETE = f"""
mutation ($input: SegmentDeleteInput!) {{ segmentDelete(input: $input) {{ deletedId {REFUSED} }} }}
"""


def named(*labels: str) -> Json:
    return {"label": {"anyOf": list(labels)}}


async def test_a_segment_is_tried_and_explained(shop: Shop) -> None:
    anna, bo = await shop.enrol("sv"), await shop.enrol()
    await shop.buy(anna, "42.70", AT)
    staff = shop.staff("MARKETING")
    bought = {"purchases": {"atLeast": 1, "days": 7}}
    label = "mutation ($input: MemberSegmentsSetInput!) { memberSegmentsSet(input: $input) {"
    for member in (anna, bo):
        labelled = {"input": {"memberId": member, "segments": ["tried"]}}
        await shop.staff().ask(f"{label} userErrors {{ code }} }} }}", labelled)
    asked = {"all": [named("tried"), bought]}
    seen = (await staff.ask(PREVIEW, {"definition": asked}))["segmentPreview"]
    assert (seen["count"], seen["isExact"], seen["sample"]) == (1, True, [{"id": anna}])
    swedish = shop.anyone("staff", staff.token, **{"Accept-Language": "sv"})
    misspelt = {"all": [asked, {"not": named("tried", "tired")}]}
    seen = (await swedish.ask(PREVIEW, {"definition": misspelt}))["segmentPreview"]
    said = "Ingen medlem har etiketten ”tired”: är den rättstavad?"
    assert seen["warnings"] == [
        {"path": ["all", "1", "not", "label"], "name": "tired", "message": said}
    ]
    wanted = {"definition": asked, "memberId": bo}
    assert (await swedish.ask(EXPLAIN, wanted))["segmentExplain"] == {
        "isIn": False,
        "status": "ACTIVE",
        "findings": [
            {"path": ["all"], "met": False, "about": "Allt detta", "asked": None, "actual": None},
            {"path": ["all", "0", "label"], "met": True, "about": "Etiketter",
             "asked": "tried", "actual": "tried"},
            {"path": ["all", "1", "purchases"], "met": False,
             "about": "Köp, de senaste 7 dagarna", "asked": "minst 1", "actual": "0"},
        ],
    }  # fmt: skip
    assert (await shop.staff("SUPPORT").ask(EXPLAIN, wanted))["segmentExplain"]["isIn"] is False


async def test_a_segment_is_kept_changed_and_deleted(shop: Shop) -> None:
    staff = shop.staff("MARKETING")
    asked: Json = {"not": {"any": [named("a.b", "$x"), {"spend": {"atLeast": "9.99"}}]}}
    wanted: Json = {"name": "Not these", "definition": asked}
    made = (await staff.ask(CREATE, {"input": wanted}))["segmentCreate"]["segment"]
    assert made["definition"] == asked
    assert made["version"] == 1
    assert [(one["path"], one["name"]) for one in made["warnings"]] == [
        (["not", "any", "0", "label"], name) for name in ("a.b", "$x")
    ]
    again = (await staff.ask(CREATE, {"input": wanted}))["segmentCreate"]
    assert [e["code"] for e in again["userErrors"]] == ["SEGMENT_NAME_TAKEN"]
    change = {"id": made["id"], "version": 1, "name": "All", "definition": {"everyone": True}}
    changed = (await staff.ask(UPDATE, {"input": change}))["segmentUpdate"]["segment"]
    assert (changed["definition"], changed["warnings"]) == ({"everyone": True}, [])
    assert changed["versions"] == [
        {"number": 2, "name": "All"},
        {"number": 1, "name": "Not these"},
    ]
    late = (await staff.ask(UPDATE, {"input": change}))["segmentUpdate"]["userErrors"]
    assert [(e["code"], e["path"], e["version"]) for e in late] == [
        ("SEGMENT_CHANGED", ["input", "version"], 2)
    ]
    listed = "{ segments(first: 100) { edges { node { id } } } }"
    edges = (await shop.staff("SUPPORT").ask(listed))["segments"]["edges"]
    assert {"node": {"id": made["id"]}} in edges
    gone = {"input": {"id": made["id"], "version": 2}}
    assert (await staff.ask(DELETE, gone))["segmentDelete"] == {
        "deletedId": made["id"],
        "userErrors": [],
    }
    find = "query ($id: ID!) { segment(id: $id) { id } }"
    assert await staff.ask(find, {"id": made["id"]}) == {"segment": None}


async def test_what_the_program_does_not_know_is_said_with_its_place(shop: Shop) -> None:
    asked = {"any": [{"tier": {"atLeast": "platinum"}}]}
    wanted = {"input": {"name": "Platinum", "definition": asked}}
    (error,) = (await shop.staff().ask(CREATE, wanted))["segmentCreate"]["userErrors"]
    assert error == {
        "code": "SEGMENT_NAMES_UNKNOWN",
        "message": "The program knows no “platinum” (any.0.tier).",
        "path": ["input", "definition", "any", "0", "tier"],
        "condition": "tier",
        "name": "platinum",
        "place": "any.0.tier",
    }
    (asked_for,) = await shop.staff().errors(PREVIEW, {"definition": asked})
    assert asked_for["extensions"] == {
        "code": "BAD_USER_INPUT",
        "refusal": "SEGMENT_NAMES_UNKNOWN",
        "inputPath": ["definition", "any", 0, "tier"],
    }


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ({"all": []}, ["all"]),
        ({"everyone": False}, ["everyone"]),
        ({"all": [{"everyone": True}, {"lastPurchase": {}}]}, ["all", 1, "lastPurchase"]),
        ({"not": {"lastPurchase": {"withinDays": 0}}}, ["not", "lastPurchase", "withinDays"]),
        ({"purchases": {"days": 3}}, ["purchases"]),
        ({"purchases": {"atLeast": 3, "atMost": 2}}, ["purchases"]),
        ({"tier": {"is": "a.b"}}, ["tier", "is"]),
        ({"balance": {"currency": "$where", "atLeast": 1}}, ["balance", "currency"]),
        ({"spend": {"atLeast": "1e5x"}}, ["spend", "atLeast"]),
        ({"timeZone": {"anyOf": ["Mars/Base"]}}, ["timeZone", "anyOf", 0]),
    ],
)
async def test_the_part_at_fault_is_named(shop: Shop, definition: Any, path: list[Any]) -> None:
    (error,) = await shop.staff().errors(PREVIEW, {"definition": definition})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": ["definition", *path]}


async def test_only_one_thing_is_said_at_a_time(shop: Shop) -> None:
    for two in ({"everyone": True, "label": {"anyOf": ["x"]}}, {}, {"label": None}):
        assert await shop.staff().codes(PREVIEW, {"definition": two}) == ["BAD_USER_INPUT"]
    for written in ("{}", "{everyone: true, not: {everyone: true}}", "{everyone: null}"):
        query = f"{{ segmentPreview(definition: {written}) {{ count }} }}"
        assert await shop.staff().codes(query) == ["GRAPHQL_VALIDATION_FAILED"]
