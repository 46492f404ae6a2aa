"""The sports shop: kilometres and weeks, photos that staff look at, and who is ahead."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.e2e.conftest import Json, Serve
from tests.e2e.operations import operation
from tests.e2e.stories import Hero, Story, example, line, story

ALL = """
challenges { challenge { id } period isJoined progress target text completedAt submissions {
  id status reason } }
"""


@pytest.fixture
async def shop(serve: Serve) -> AsyncIterator[Story]:
    async with story(serve, example("sport"), at="2026-03-02 12:00") as opened:
        yield opened


async def challenge(member: Hero, name: str) -> Json:
    found = (await member.ask(ALL))["challenges"]
    return next(one for one in found if one["challenge"]["id"] == name)


async def join(member: Hero, name: str = "fifty-k") -> None:
    payload = await member.attempt("challengeJoin", {"challenge": name}, "member { id }")
    assert payload["userErrors"] == []


async def test_kilometres_count_from_the_day_one_joins(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    await anna.event("run", quantity=30)
    assert (await challenge(anna, "fifty-k"))["progress"] == 0
    await join(anna)
    await anna.event("run", quantity=30)
    found = await challenge(anna, "fifty-k")
    assert (found["isJoined"], found["progress"]) == (True, 30)
    assert found["text"] == "20 more by March 31 to complete “Fifty kilometres”"
    await anna.event("run", quantity=20)
    got = await anna.ask("offers { held { offerId reason { text } } } achievements { name times }")
    assert got["offers"]["held"] == [
        {"offerId": "socks", "reason": {"text": "You completed “Fifty kilometres”."}}
    ]
    assert got["achievements"] == [{"name": "50 k in a month", "times": 1}]
    shop.at("2026-04-01 12:00")
    await anna.event("run", quantity=50)
    got = await anna.ask("offers { held { offerId } } achievements { times }")
    assert (len(got["offers"]["held"]), got["achievements"]) == (2, [{"times": 2}])


async def test_four_weeks_in_a_row(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    for day in ("2026-03-08 12:00", "2026-03-09 12:00", "2026-03-22 12:00"):  # Sun, Mon, Sun
        shop.at(day)
        await anna.event("run", quantity=1)
    assert (await challenge(anna, "four-weeks"))["text"] == (
        "1 more week in a row to complete “Four weeks in a row”"
    )
    assert await anna.balances() == {"points": 0}
    shop.at("2026-03-29 12:00")
    ran = await anna.event("run", quantity=1)
    assert [(e["points"], e["explanation"]["text"]) for e in ran["entries"]] == [
        (50, "Challenge “Four weeks in a row” completed")
    ]
    shop.at("2026-04-20 12:00")
    assert (await challenge(anna, "four-weeks"))["progress"] == 0
    assert (await challenge(anna, "four-weeks"))["completedAt"] == "2026-03-29T12:00:00.000Z"


async def test_three_sports_in_a_year_and_one_sent_back(shop: Story) -> None:
    anna = await shop.enrol()
    await anna.buy(None, line("100.00", category="running"), line("50.00", category="cycling"))
    await anna.buy(None, line("80.00", category="cycling"), id="o-2")
    await anna.refund("o-2")
    assert (await challenge(anna, "all-round"))["progress"] == 2
    await anna.buy(None, line("60.00", category="skiing"), id="o-3")
    assert await anna.balances() == {"points": 15 + 6 + 100}
    await anna.refund("o-3")
    assert (await challenge(anna, "all-round"))["progress"] == 2
    await anna.buy(None, line("60.00", category="swimming"))
    assert await anna.balances() == {"points": 15 + 6 + 100}


async def submit(member: Hero, url: str, **more: str) -> Json:
    wanted = {"challenge": "trail-photos", "url": url, "key": str(uuid4()), **more}
    return await member.attempt("challengeSubmit", wanted, "submissionId replayed")


async def waiting(shop: Story) -> list[Json]:
    await shop.work()
    query = "{ submissions { edges { node { memberId submission { id url text status } } } } }"
    found = (await shop.shop.staff("MARKETING").ask(query))["submissions"]
    return [edge["node"] for edge in found["edges"]]


async def test_photos_count_when_staff_have_looked_at_them(shop: Story) -> None:
    anna = await shop.enrol(locale="en")
    key = str(uuid4())
    first = await submit(anna, "https://pics.example/1", key=key)
    again = await submit(anna, "https://pics.example/1", key=key)
    assert (again["submissionId"], again["replayed"]) == (first["submissionId"], True)
    second = await submit(anna, "https://pics.example/2")
    third = await submit(anna, "https://pics.example/3")
    assert third["userErrors"] == [
        {
            "__typename": "SubmissionLimit",
            "code": "SUBMISSION_LIMIT",
            "message": "All that can be submitted for now has been: 2.",
            "path": ["input", "challenge"],
        }
    ]
    ids = [first["submissionId"], second["submissionId"]]
    found = await waiting(shop)
    assert [(one["memberId"], one["submission"]["id"]) for one in found] == [
        (anna.id, one) for one in ids
    ]
    assert await anna.balances() == {"points": 0}
    await shop.do("submissionApprove", {"id": ids[0], "key": str(uuid4())})
    no = {"id": ids[1], "reason": "Not on a trail", "key": str(uuid4())}
    await shop.do("submissionReject", no)
    assert await waiting(shop) == []
    assert await anna.balances() == {"points": 15}
    assert (await challenge(anna, "trail-photos"))["submissions"] == [
        {"id": ids[0], "status": "APPROVED", "reason": None},
        {"id": ids[1], "status": "REJECTED", "reason": "Not on a trail"},
    ]
    twice = await shop.attempt("submissionApprove", {"id": ids[1], "key": str(uuid4())})
    assert twice["userErrors"][0]["code"] == "SUBMISSION_DECIDED"
    await submit(anna, "https://pics.example/4")
    assert len(await waiting(shop)) == 1
    assert await anna.balances() == {"points": 15}


async def test_who_likes_is_seen_under_another_name(shop: Story) -> None:
    anna, bo, cy = [await shop.enrol() for _ in range(3)]
    for member, alias, far in ((anna, "Fox", 30), (bo, "Hare", 45), (cy, None, 90)):
        await join(member)
        if alias is not None:
            wanted = {"challenge": "fifty-k", "alias": alias}
            assert not (await member.attempt("leaderboardJoin", wanted))["userErrors"]
        await member.event("run", quantity=far)
    await shop.work()
    found = (await anna.app.ask(operation("Challenges")))["me"]["challenges"][0]["leaderboard"]
    assert found == {
        "top": [
            {"rank": 1, "alias": "Hare", "score": 45, "isOwn": False},
            {"rank": 2, "alias": "Fox", "score": 30, "isOwn": True},
        ],
        "own": {"rank": 2, "alias": "Fox", "score": 30, "isOwn": True},
    }
    wanted = {"challenge": "fifty-k", "alias": "fOX"}
    [taken] = (await cy.attempt("leaderboardJoin", wanted))["userErrors"]
    assert (taken["code"], taken["path"]) == ("ALIAS_TAKEN", ["input", "alias"])
    assert taken["message"] == "”fOX” används av en annan medlem."
    await bo.attempt("leaderboardLeave", {"challenge": "fifty-k"})
    await shop.work()
    found = (await cy.app.ask(operation("Challenges")))["me"]["challenges"][0]["leaderboard"]
    assert [(place["rank"], place["alias"]) for place in found["top"]] == [(1, "Fox")]
    assert found["own"] is None


async def test_champions_see_more_and_are_fitted_four_times_a_year(shop: Story) -> None:
    anna = await shop.enrol()
    ids = [one["challenge"]["id"] for one in (await anna.ask(ALL))["challenges"]]
    assert "champions-mornings" not in ids
    await anna.buy("6000.00")
    ids = [one["challenge"]["id"] for one in (await anna.ask(ALL))["challenges"]]
    assert ids[-1] == "champions-mornings"
    for day in range(3, 7):
        shop.at(f"2026-03-0{day} 06:30")
        await anna.visit()
    assert await anna.balances() == {"points": 600 + 40}
    use = {"memberId": anna.id, "benefit": "shoe-fitting"}
    for _ in range(4):
        await shop.do("benefitUse", {**use, "key": str(uuid4())})
    fifth = await shop.attempt("benefitUse", {**use, "key": str(uuid4())})
    assert len(fifth["userErrors"]) == 1


async def test_an_opt_in_challenge_says_no_in_words(shop: Story) -> None:
    anna = await shop.enrol(locale="sv")
    for mutation, wanted, code in (
        ("challengeLeave", {"challenge": "fifty-k"}, "CHALLENGE_NOT_JOINED"),
        ("challengeJoin", {"challenge": "four-weeks"}, "CHALLENGE_AUTOMATIC"),
        ("challengeJoin", {"challenge": "nothing"}, "CHALLENGE_UNKNOWN"),
        ("leaderboardJoin", {"challenge": "four-weeks", "alias": "Räv"}, "CHALLENGE_NOT_RANKED"),
    ):
        [error] = (await anna.attempt(mutation, wanted))["userErrors"]
        assert error["code"] == code
        assert error["path"] == ["input", "challenge"]
    submitted = await anna.attempt(
        "challengeSubmit", {"challenge": "fifty-k", "text": "x", "key": "k"}
    )
    assert submitted["userErrors"][0]["message"] == (
        "Det går inte att skicka in något till den här utmaningen."
    )
