"""What staff do besides wallets: versions of the program, and campaigns from send to delivery."""

from typing import Any
from uuid import uuid4

import pytest

from loyalty import program
from loyalty.errors import Unavailable
from tests.e2e.conftest import AT, PROGRAM, Json, Serve, Shop

SEND = """
mutation Send($input: PushCampaignSendInput!) {
  pushCampaignSend(input: $input) {
    replayed
    campaign { id name status audienceKind audienceTier deepLink createdBy title { locale text } }
    userErrors {
      code path ... on TierUnknown { tier } ... on TemplateInvalid { part language field allowed }
    }
  }
}
"""
STOP = """
mutation Stop($input: PushCampaignStopInput!) {
  pushCampaignStop(input: $input) { campaign { id status finishedAt } userErrors { code } }
}
"""
VERSIONS = """
{ programVersions { edges { node { number status source publishedAt program { name } } } } }
"""


def campaign(**more: Any) -> Json:
    known = {
        "key": uuid4().hex,
        "name": "Spring",
        "title": [{"locale": "en", "text": "Spring is here"}],
        "body": [{"locale": "en", "text": "Hello {firstName}"}],
        "audience": {"kind": "EVERYONE"},
        "deepLink": "cornershop://spring",
    }
    return {"input": {**known, **more}}


async def test_a_campaign_is_sent_once_listed_and_stopped(shop: Shop) -> None:
    marketing, wanted = shop.staff("MARKETING"), campaign()
    first = (await marketing.ask(SEND, wanted))["pushCampaignSend"]
    again = (await marketing.ask(SEND, wanted))["pushCampaignSend"]
    sent = first["campaign"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["campaign"]["id"] == sent["id"]
    assert {**sent, "id": None} == {
        "id": None,
        "name": "Spring",
        "status": "SCHEDULED",
        "audienceKind": "EVERYONE",
        "audienceTier": None,
        "deepLink": "cornershop://spring",
        "createdBy": "staff:dev-staff",
        "title": [{"locale": "en", "text": "Spring is here"}],
    }
    newest = await marketing.ask("{ campaigns(first: 1) { edges { node { id } } } }")
    assert newest["campaigns"]["edges"][0]["node"]["id"] == sent["id"]
    stopped = (await marketing.ask(STOP, {"input": {"id": sent["id"]}}))["pushCampaignStop"]
    assert stopped["campaign"]["status"] == "STOPPED"
    followed = await marketing.ask(
        "query ($id: ID!) { node(id: $id) { ... on Campaign { status } } campaign(id: $id) "
        "{ counts { audience sent failed unknown suppressed { reason count } } "
        "deliveries { edges { node { id memberId status } } pageInfo { hasNextPage } } } }",
        {"id": sent["id"]},
    )
    assert followed["node"] == {"status": "STOPPED"}
    assert followed["campaign"]["deliveries"]["edges"] == []
    assert (await marketing.ask(STOP, {"input": {"id": "cmp_none"}}))["pushCampaignStop"] == {
        "campaign": None,
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"audience": {"kind": "TIER", "tier": "platinum"}},
            {"code": "TIER_UNKNOWN", "path": ["input", "audience", "tier"], "tier": "platinum"},
        ),
        (
            {"body": [{"locale": "en", "text": "Hello {surname}"}]},
            {
                "code": "TEMPLATE_INVALID",
                "path": ["input"],
                "part": "body",
                "language": "en",
                "field": "surname",
                "allowed": ["balance", "firstName", "nextTier", "pointsToNextTier", "tier"],
            },
        ),
    ],
)
async def test_a_campaign_that_cannot_be_sent_says_why(
    shop: Shop, change: Json, error: Json
) -> None:
    payload = (await shop.staff("MARKETING").ask(SEND, campaign(**change)))["pushCampaignSend"]
    assert payload == {"replayed": False, "campaign": None, "userErrors": [error]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": " "}, ["input", "name"]),
        ({"audience": {"kind": "TIER"}}, ["input", "audience", "tier"]),
        ({"title": [{"locale": "en", "text": ""}]}, ["input", "title", "en"]),
        ({"key": ""}, ["input", "key"]),
        (
            {"title": [{"locale": "en", "text": "a"}, {"locale": "en", "text": "b"}]},
            ["input", "title", 1, "locale"],
        ),
    ],
)
async def test_a_campaign_is_held_to_its_limits(shop: Shop, change: Json, path: list[Any]) -> None:
    (error,) = await shop.staff("MARKETING").errors(SEND, campaign(**change))
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}


async def test_a_campaign_whose_list_fails_is_still_answered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that fails must not undo the payload of what has happened."""

    async def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("the database did not answer")

    monkeypatch.setattr("loyalty.push.campaigns.deliveries", away)
    query = SEND.replace("audienceKind", "audienceKind deliveries { edges { cursor } }")
    answer = (await shop.staff("MARKETING").post(query, campaign())).json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    sent = answer["data"]["pushCampaignSend"]["campaign"]
    assert (sent["status"], sent["deliveries"]) == ("SCHEDULED", None)


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
