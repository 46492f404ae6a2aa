"""What staff do besides wallets: versions of the program, and campaigns from send to delivery."""

from typing import Any
from uuid import uuid4

import pytest

from loyalty import program
from loyalty.errors import Unavailable
from tests.e2e.conftest import AT, PROGRAM, Json, Person, Serve, Shop

CAMPAIGN = """
  campaign {
    id name version status createdBy launchedBy audienceSize
    brief { audience deepLink variants { id weight title { locale text } } }
    history { who act note }
  }
  userErrors {
    code message path ... on SegmentNamesUnknown { name }
    ... on TemplateInvalid { variant part language field allowed }
  }
"""

SWITCHED = "switch { off reason }"


def mutation(name: str, answer: str) -> str:
    kind = name[0].upper() + name[1:]
    return f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ {answer} }} }}"


CREATE = mutation("campaignCreate", f"replayed {CAMPAIGN}")
VERSIONS = """
{ programVersions { edges { node { number status source publishedAt program { name } } } } }
"""


def text(**more: Any) -> Json:
    known = {
        "title": [{"locale": "en", "text": "Spring is here"}],
        "body": [{"locale": "en", "text": "Hello {firstName}"}],
    }
    return {**known, **more}


def campaign(**more: Any) -> Json:
    known = {
        "name": "Spring",
        "variants": [text()],
        "audience": {"everyone": True},
        "deepLink": "cornershop://spring",
    }
    return {"input": {"key": uuid4().hex, "brief": {**known, **more}}}


async def do(client: Person, verb: str, **wanted: Any) -> Json:
    name = f"campaign{verb}"
    payload: Json = (await client.ask(mutation(name, CAMPAIGN), {"input": wanted}))[name]
    return payload


async def test_a_campaign_goes_from_draft_to_launch_and_stop(shop: Shop) -> None:
    marketing, wanted = shop.staff("MARKETING"), campaign()
    first = (await marketing.ask(CREATE, wanted))["campaignCreate"]
    again = (await marketing.ask(CREATE, wanted))["campaignCreate"]
    made = first["campaign"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["campaign"]["id"] == made["id"]
    assert {**made, "id": None} == {
        "id": None,
        "name": "Spring",
        "version": 1,
        "status": "DRAFT",
        "createdBy": "staff:dev-staff",
        "launchedBy": None,
        "audienceSize": None,
        "brief": {
            "audience": {"everyone": True},
            "deepLink": "cornershop://spring",
            "variants": [
                {"id": "a", "weight": 1, "title": [{"locale": "en", "text": "Spring is here"}]}
            ],
        },
        "history": [{"who": "staff:dev-staff", "act": "CREATE", "note": None}],
    }
    newest = await marketing.ask("{ campaigns(first: 1) { edges { node { id } } } }")
    assert newest["campaigns"]["edges"][0]["node"]["id"] == made["id"]
    this = {"id": made["id"]}
    brief = campaign(name="Summer", holdoutPercent=5)["input"]["brief"]
    updated = await do(marketing, "Update", **this, version=1, brief=brief)
    assert (updated["campaign"]["name"], updated["campaign"]["version"]) == ("Summer", 2)
    stale = await do(marketing, "Launch", **this, version=1)
    assert [error["code"] for error in stale["userErrors"]] == ["CAMPAIGN_CHANGED"]
    later = {"kind": "LOCAL", "on": "2030-05-01", "localTime": "18:30"}
    launched = await do(marketing, "Launch", **this, version=2, schedule=later)
    assert launched["campaign"]["status"] == "SCHEDULED"
    assert (await do(marketing, "Pause", **this, note="Wait"))["campaign"]["status"] == "PAUSED"
    assert (await do(marketing, "Resume", **this))["campaign"]["status"] == "SCHEDULED"
    stopped = (await do(marketing, "Stop", **this))["campaign"]
    assert [event["act"] for event in stopped["history"]] == [
        "CREATE", "UPDATE", "LAUNCH", "PAUSE", "RESCHEDULE", "STOP",
    ]  # fmt: skip
    followed = await marketing.ask(
        "query ($id: ID!) { node(id: $id) { ... on Campaign { status } } campaign(id: $id) "
        "{ schedule { kind on localTime } counts { audience sent suppressed { reason count } } "
        "deliveries { edges { node { id memberId status } } pageInfo { hasNextPage } } } }",
        this,
    )
    assert followed["node"] == {"status": "STOPPED"}
    assert followed["campaign"]["schedule"] == later
    assert followed["campaign"]["deliveries"]["edges"] == []
    copy = await do(marketing, "Duplicate", **this, key=uuid4().hex)
    assert (copy["campaign"]["name"], copy["campaign"]["status"]) == ("Summer (2)", "DRAFT")
    unknown = await do(marketing, "Stop", id="cmp_none")
    assert [(e["code"], e["path"]) for e in unknown["userErrors"]] == [
        ("CAMPAIGN_UNKNOWN", ["input", "id"])
    ]


async def test_pushes_are_switched_off_and_on_with_a_reason(shop: Shop) -> None:
    marketing = shop.staff("MARKETING")
    off, on = (mutation(name, SWITCHED) for name in ("pushSwitchOff", "pushSwitchOn"))
    wrong = {"off": "MARKETING", "reason": "Wrong price"}
    stop = {"scope": "MARKETING", "reason": "Wrong price"}
    assert await marketing.ask(off, {"input": stop}) == {"pushSwitchOff": {"switch": wrong}}
    await marketing.ask(on, {"input": {"reason": "Price is right"}})
    turns = await marketing.ask("{ pushSwitch { off reason } }")
    assert turns["pushSwitch"][:2] == [{"off": None, "reason": "Price is right"}, wrong]


IN_TWO = [{"locale": "en", "text": "Hello"}, {"locale": "da", "text": "Hej"}]
SURNAME = {"locale": "da", "text": "Hej {surname}"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"audience": {"all": [{"everyone": True}, {"tier": {"is": "platinum"}}]}},
            {
                "code": "SEGMENT_NAMES_UNKNOWN",
                "message": "The program knows no “platinum” (all.1.tier).",
                "path": ["input", "brief", "audience", "all", "1", "tier"],
                "name": "platinum",
            },
        ),
        (
            {"variants": [text(), text(id="b", title=IN_TWO, body=[*IN_TWO[:1], SURNAME])]},
            {
                "code": "TEMPLATE_INVALID",
                "message": (
                    "Variant “b”, body, da: there is no field “surname”. Use only the fields "
                    "balance, firstName, nextTier, pointsToNextTier, and tier, in braces."
                ),
                "path": ["input", "brief", "variants", "1", "body", "1", "text"],
                "variant": "b",
                "part": "body",
                "language": "da",
                "field": "surname",
                "allowed": ["balance", "firstName", "nextTier", "pointsToNextTier", "tier"],
            },
        ),
        (
            {"offer": "nothing"},
            {
                "code": "OFFER_UNKNOWN",
                "message": "There is no such offer.",
                "path": ["input", "brief", "offer"],
            },
        ),
    ],
)
async def test_a_campaign_that_cannot_be_sent_says_why(
    shop: Shop, change: Json, error: Json
) -> None:
    marketing = shop.staff("MARKETING")
    payload = (await marketing.ask(CREATE, campaign(**change)))["campaignCreate"]
    assert payload == {"replayed": False, "campaign": None, "userErrors": [error]}
    draft = (await marketing.ask(CREATE, campaign()))["campaignCreate"]["campaign"]
    brief = campaign(**change)["input"]["brief"]
    refused = await do(marketing, "Update", id=draft["id"], version=1, brief=brief)
    assert refused == {"campaign": None, "userErrors": [error]}


async def test_a_launch_says_what_the_program_does_not_know_any_more(shop: Shop) -> None:
    marketing = shop.staff("MARKETING")
    made = (await marketing.ask(CREATE, campaign()))["campaignCreate"]["campaign"]
    gone = {"$set": {"brief.audience": {"tier": {"is": "platinum"}}}}
    await shop.house.engine.mongo.update_one("campaigns", {"_id": made["id"]}, gone)
    (error,) = (await do(marketing, "Launch", id=made["id"], version=1))["userErrors"]
    assert (error["code"], error["path"]) == ("SEGMENT_NAMES_UNKNOWN", ["input", "id"])


EMPTY = [{"locale": "en", "text": ""}]
TWICE = [{"locale": "en", "text": "a"}, {"locale": "en", "text": "b"}]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": " "}, ["name"]),
        ({"audience": {"tier": {}}}, ["audience", "tier"]),
        ({"audience": None}, ["audience"]),
        (
            {"variants": [text(title=[{"locale": "en", "text": ""}])]},
            ["variants", 0, "title", 0, "text"],
        ),
        ({"variants": [text(title=TWICE)]}, ["variants", 0, "title", 1, "locale"]),
        ({"holdoutPercent": 91}, ["holdoutPercent"]),
    ],
)
async def test_a_campaign_is_held_to_its_limits(shop: Shop, change: Json, path: list[Any]) -> None:
    (error,) = await shop.staff("MARKETING").errors(CREATE, campaign(**change))
    expected = {"code": "BAD_USER_INPUT", "inputPath": ["input", "brief", *path]}
    assert error["extensions"] == expected


async def test_a_campaign_whose_list_fails_is_still_answered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that fails must not undo the payload of what has happened."""

    async def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("the database did not answer")

    monkeypatch.setattr("loyalty.push.campaigns.deliveries", away)
    query = CREATE.replace("createdBy", "createdBy deliveries { edges { cursor } }")
    answer = (await shop.staff("MARKETING").post(query, campaign())).json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    made = answer["data"]["campaignCreate"]["campaign"]
    assert (made["status"], made["deliveries"]) == ("DRAFT", None)


async def test_a_program_is_drafted_put_in_force_and_archived(serve: Serve) -> None:
    shop = await serve()
    marketing = shop.staff("MARKETING")
    assert await marketing.ask("{ program { id } programVersions { edges { cursor } } }") == {
        "program": None,
        "programVersions": {"edges": []},
    }
    publish = """
      mutation ($input: ProgramPublishInput!) {
        programPublish(input: $input) { version { number status } userErrors { code } }
      }
    """
    done = await marketing.ask(publish, {"input": {"source": PROGRAM}})
    assert done["programPublish"]["version"] == {"number": 1, "status": "ACTIVE"}
    changed = PROGRAM.replace("Corner shop club", "Corner club")
    draft = """
      mutation ($input: ProgramSaveDraftInput!) {
        programSaveDraft(input: $input) { version { number status } userErrors { code } }
      }
    """
    saved = await marketing.ask(draft, {"input": {"source": changed}})
    assert saved["programSaveDraft"]["version"] == {"number": 2, "status": "DRAFT"}
    assert await marketing.ask("{ program { name } }") == {"program": {"name": "Corner shop club"}}
    activate = """
      mutation ($input: ProgramActivateInput!) {
        programActivate(input: $input) {
          version { number } userErrors { code ... on VersionUnknown { number } }
        }
      }
    """
    await marketing.ask(activate, {"input": {"number": 2}})
    edges = (await marketing.ask(VERSIONS))["programVersions"]["edges"]
    versions = [edge["node"] for edge in edges]
    assert [(v["number"], v["status"], v["program"]["name"]) for v in versions] == [
        (2, "ACTIVE", "Corner club"),
        (1, "ARCHIVED", "Corner shop club"),
    ]
    assert versions[1]["source"] == PROGRAM
    unknown = (await marketing.ask(activate, {"input": {"number": 9}}))["programActivate"]
    assert unknown == {"version": None, "userErrors": [{"code": "VERSION_UNKNOWN", "number": 9}]}


async def test_an_entry_is_explained_by_the_version_it_was_made_by(serve: Serve) -> None:
    shop = await serve()
    await program.publish(shop.house.engine, PROGRAM)
    member_id = await shop.enrol()
    await shop.buy(member_id, "3.00", AT)
    renamed = PROGRAM.replace("1 point per euro,", "A point for each euro,")
    await program.publish(shop.house.engine, renamed)
    await shop.buy(member_id, "4.00", AT)
    history = await shop.member(member_id).run("WalletHistory", {"currency": "points"})
    told = [edge["node"]["explanation"] for edge in history["me"]["wallet"]["entries"]["edges"]]
    assert [(e["programVersion"], e["ruleName"]) for e in told] == [
        (2, "A point for each euro"),
        (1, "1 point per euro"),
    ]
