"""What the audit finds wrong with challenges, from entries and sections written by hand."""

from typing import Any

from loyalty.audit.challenges import Rewards


def record(*given: tuple[str, str, str, int]) -> dict[str, Any]:
    names = ("challenge", "level", "period", "time")
    return {
        "entries": [
            {"explanation": {"kind": "CHALLENGE", **dict(zip(names, one, strict=True))}}
            for one in given
        ]
    }


def achieved(times: int) -> dict[str, Any]:
    return {"achievements": [{"challenge": "c", "level": "low", "times": times}]}


def test_a_level_is_given_once_in_a_period() -> None:
    rewards = Rewards()
    low = ("c", "low", "2026-03", 1)
    assert list(rewards.read(record(low, low, ("c", "high", "2026-03", 1)))) == []
    assert list(rewards.read(record(("c", "low", "2026-04", 1)))) == []
    assert list(rewards.read({"entries": [{}, {"explanation": {"rule": "base"}}]})) == []
    assert list(rewards.read(record(low))) == [
        ("levels_are_given_once", "c low 2026-03 1 was given before")
    ]


def test_what_was_given_was_achieved() -> None:
    rewards = Rewards({("c", "low", "2026-03", "1"), ("c", "low", "2026-03", "2")})
    assert list(rewards.compare(achieved(2))) == []
    assert list(rewards.compare(achieved(1))) == [
        ("what_is_given_was_achieved", "c low was given 2 times")
    ]
    periods = {"2026-03": {"given": {"low": 3}}}
    section = {**achieved(2), "parts": {"c": {"periods": periods}}}
    assert list(rewards.compare(section)) == [
        ("achievements_are_for_ever", "c 2026-03: low is not there")
    ]
