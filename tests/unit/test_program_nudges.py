"""Nudges as terms of the program: which it has, what each may say, and what is wrong with one."""

from datetime import time

import pytest

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import NudgeTrigger, Program, terms

HEAD = "{format: 1, id: a, name: A, money: EUR"


def parsed(*nudges: str) -> Program:
    listed = ", ".join(f"{{{nudge}}}" for nudge in nudges)
    return program.parse(f"{HEAD}, nudges: [{listed}]}}")


def test_a_program_that_lists_none_tells_of_points_and_tiers() -> None:
    told = [one for one in NudgeTrigger if program.parse(HEAD + "}").nudge(one)]
    assert told == ["POINTS_EARNED", "TIER_REACHED", "POINTS_EXPIRING"]


def test_a_program_that_lists_some_has_those_switched_on_or_off() -> None:
    found = parsed("on: WELCOME", "on: BIRTHDAY, enabled: false")
    listed = {one: nudge for one in NudgeTrigger if (nudge := found.nudge(one))}
    assert {one: nudge.enabled for one, nudge in listed.items()} == {
        NudgeTrigger.WELCOME: True,
        NudgeTrigger.BIRTHDAY: False,
    }


def test_what_is_not_said_has_a_sense_of_its_own() -> None:
    names = ("POINTS_EXPIRING", "OFFER_ENDING", "WIN_BACK", "NEAR_REWARD", "CHALLENGE_PROGRESS")
    expiring, ending, back, near, way = parsed(*(f"on: {name}" for name in names)).nudges
    assert isinstance(expiring, terms.ExpiryNudge)
    assert (expiring.days, expiring.minimum, expiring.at) == ((30, 7, 1), 1, time(10))
    assert isinstance(ending, terms.EndingNudge)
    assert ending.hours == 48
    assert isinstance(back, terms.WinBackNudge)
    assert back.after_days == 60
    assert isinstance(near, terms.NearNudge)
    assert near.within_percent == 20
    assert isinstance(way, terms.ProgressNudge)
    assert (way.percents, way.one_step) == ((50, 80), True)


def test_a_cap_of_its_own_takes_the_place_of_ours() -> None:
    ours, own = parsed("on: NEAR_REWARD", "on: WELCOME, cap: {count: 3, days: 2}").nudges
    caps = [terms.cap_of(one) for one in (ours, own)]
    assert [(cap.count, cap.days) for cap in caps if cap] == [(1, 7), (3, 2)]


@pytest.mark.parametrize(
    ("nudge", "path", "said"),
    [
        ("on: POINTS_ERNED", "on", "must be one of POINTS_EARNED, TIER_REACHED"),
        ("title: Hi", "on", "required, and missing"),
        ("on: POINTS_EARNED, percents: [50]", "percents", "is not a name of the format here"),
        ("on: POINTS_EXPIRING, dayz: [1]", "dayz", "did you mean `days`?"),
        ("on: POINTS_EXPIRING, days: []", "days", "must not be empty"),
        ("on: CHALLENGE_PROGRESS, percents: [0]", "percents.0", "greater than or equal to 1"),
        ("on: WIN_BACK, after_days: 3", "after_days", "greater than or equal to 7"),
        ("on: BIRTHDAY, at: 9", "at", "must be a time of day in quotes"),
        ("on: WELCOME, title: {en: '{balanse}'}", "title.en", "did you mean `balance`?"),
        ("on: WELCOME, title: '{points}'", "title", "there is no field `points` here"),
        ("on: WELCOME, cap: {count: 0, days: 1}", "cap.count", "greater than or equal to 1"),
    ],
)
def test_a_mistake_is_told_at_its_place(nudge: str, path: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        parsed(nudge)
    assert isinstance(caught.value.refusal, program.ProgramInvalid)
    [problem] = caught.value.refusal.problems
    assert problem.path == f"nudges.0.{path}"
    assert said in problem.message
