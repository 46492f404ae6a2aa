"""The app's operations screen by screen, verbatim: those that no other story runs."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.stories import Hero, Story, story
from tests.engines import PLAIN

PROGRAM = (
    PLAIN
    + """
offers:
  - {id: mug, kind: CUSTOM, name: A mug, price: {points: 40, currency: points}, active_minutes: 30}
  - {id: seat, kind: EXPERIENCE, name: A seat, stock: 1, waiting_list: true, reserve_minutes: 20}
challenges:
  - {id: run, name: A run, triggers: [{trigger: EVENT, event: run}], criterion: SUM, of: QUANTITY,
     period: MONTH, joining: OPT_IN, leaderboard: true, target: 50, grants: [{offer: mug}]}
  - {id: photo, name: A photo, triggers: [{trigger: EVENT, event: photo}], target: 1,
     submissions: {per_period: 1}, grants: [{points: 15, currency: points}]}
"""
)


@pytest.fixture(scope="module")
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, PROGRAM) as opened:
        yield opened


@pytest.fixture
async def anna(shop: Story) -> Hero:
    """Give a member with 100 points."""
    anna = await shop.enrol(firstName="Anna", email="anna@example.com")
    await anna.buy("100.00")
    return anna


async def done(member: Hero, name: str, **wanted: str) -> Json:
    """Run a mutation that must be done; give its payload."""
    (payload,) = (await member.app.run(name, {"input": wanted})).values()
    assert payload["userErrors"] == [], payload
    found: Json = payload
    return found


def key() -> str:
    return str(uuid4())


async def test_before_anybody_signed_in(shop: Story) -> None:
    anyone = shop.shop.anyone()
    for variables in ({}, {"platform": "IOS"}):
        config = (await anyone.run("AppConfig", variables))["appConfig"]
        assert (config["forceUpgrade"], config["featureFlags"]) == (False, [])
    program = (await anyone.run("ProgramOverview"))["program"]
    assert [offer["name"] for offer in program["offers"]] == ["A mug", "A seat"]
    assert [challenge["id"] for challenge in program["challenges"]] == ["run", "photo"]
    assert [rule["currency"]["id"] for rule in program["earningRules"]] == ["points"]


async def test_the_wallet_and_where_a_push_leads(shop: Story, anna: Hero) -> None:
    wallet = (await anna.app.run("Wallet"))["me"]["wallet"]
    (balance,) = wallet["balances"]
    assert (balance["balance"], balance["available"], balance["holds"]) == (100, 100, [])
    (edge,) = (await anna.app.run("Activities"))["me"]["activities"]["edges"]
    bought = edge["node"]
    assert (bought["kind"], bought["amount"]["amount"]) == ("PURCHASE", "100.00")
    (entry,) = bought["entries"]
    node = (await anna.app.run("WalletEntry", {"id": entry["id"]}))["node"]
    assert (node["kind"], node["points"], node["balanceAfter"]) == ("ACCRUAL", 100, 100)
    other = await shop.enrol()
    assert (await other.app.run("WalletEntry", {"id": entry["id"]}))["node"] is None


async def test_a_reward_is_had_switched_on_and_remembered(shop: Story, anna: Hero) -> None:
    held = (await done(anna, "OfferClaim", offer="mug", key=key()))["held"]
    on = await done(anna, "OfferActivate", held=held["id"], key=key())
    assert (on["held"]["state"], on["replayed"]) == ("ACTIVATED", False)
    node = (await anna.app.run("HeldOffer", {"id": held["id"]}))["node"]
    assert (node["state"], node["paid"]) == ("ACTIVATED", {"points": 40, "currency": "points"})
    assert (await anna.app.run("OfferHistory"))["me"]["offers"]["held"] == []
    again = await anna.app.run("OfferActivate", {"input": {"held": held["id"], "key": key()}})
    (error,) = again["offerActivate"]["userErrors"]
    assert (error["code"], error["state"]) == ("OFFER_NOT_USABLE", "ACTIVATED")
    shop.clock.advance(minutes=31)
    await shop.work()
    (over,) = (await anna.app.run("OfferHistory"))["me"]["offers"]["held"]
    assert (over["id"], over["state"]) == (held["id"], "EXPIRED")


async def test_a_seat_is_set_aside_confirmed_and_given_back(shop: Story, anna: Hero) -> None:
    wanted = {"offer": "seat", "key": key()}
    first = await done(anna, "OfferReserve", **wanted)
    again = await done(anna, "OfferReserve", **wanted)
    assert (first["held"]["state"], again["replayed"]) == ("RESERVED", True)
    held = first["held"]["id"]
    assert again["held"]["id"] == held
    confirmed = await done(anna, "OfferConfirm", held=held, key=key())
    assert confirmed["held"]["state"] == "ISSUED"
    back = await done(anna, "OfferCancel", held=held, key=key())
    assert back["held"]["state"] == "CANCELLED"
    (ended,) = (await anna.app.run("OfferHistory"))["me"]["offers"]["held"]
    assert (ended["state"], ended["endReason"]) == ("CANCELLED", None)


async def test_a_challenge_is_joined_ranked_and_left(shop: Story, anna: Hero) -> None:
    joined = await done(anna, "ChallengeJoin", challenge="run")
    assert standing(joined["member"], "run")["isJoined"]
    named = await done(anna, "LeaderboardJoin", challenge="run", alias="Fox")
    assert standing(named["member"], "run")["alias"] == "Fox"
    await anna.event("run", quantity=30)
    await shop.work()
    shown = standing((await anna.app.run("Leaderboards"))["me"], "run")
    place = {"rank": 1, "alias": "Fox", "score": 30, "isOwn": True}
    assert shown["leaderboard"] == {"top": [place], "own": place}
    hidden = await done(anna, "LeaderboardLeave", challenge="run")
    assert standing(hidden["member"], "run")["alias"] is None
    left = standing((await done(anna, "ChallengeLeave", challenge="run"))["member"], "run")
    assert (left["isJoined"], left["progress"]) == (False, 0)


async def test_a_photo_is_submitted_once(anna: Hero) -> None:
    photo = {"challenge": "photo", "url": "https://pics.example/1", "key": key()}
    sent = await done(anna, "ChallengeSubmit", **photo)
    again = await done(anna, "ChallengeSubmit", **photo)
    assert (again["replayed"], again["submission"]) == (True, sent["submission"])
    (one,) = standing(again["member"], "photo")["submissions"]
    assert (one["status"], one["url"]) == ("WAITING", "https://pics.example/1")
    another = await anna.app.run("ChallengeSubmit", {"input": {**photo, "key": key()}})
    (error,) = another["challengeSubmit"]["userErrors"]
    assert (error["code"], error["limit"]) == ("SUBMISSION_LIMIT", 1)


async def test_what_the_member_told_of_themselves(anna: Hero) -> None:
    device = {"token": uuid4().hex * 2, "platform": "IOS"}
    assert not (await anna.app.run("RegisterDevice", {"input": device}))["deviceRegister"][
        "userErrors"
    ]
    me = (await anna.app.run("Profile"))["me"]
    assert (me["firstName"], me["email"]) == ("Anna", "anna@example.com")
    assert [(each["platform"]) for each in me["devices"]] == ["IOS"]


def standing(member: Json, challenge: str) -> Json:
    found = (one for one in member["challenges"] if one["challenge"]["id"] == challenge)
    one: Json = next(found)
    return one
