"""What the command line says of nudges: which there are, and what would be sent."""

from dataclasses import replace

import pytest

from api.cli.nudge_commands import _foreseen, _listed, _print
from loyalty.members import Purpose
from loyalty.program import NudgeTrigger
from loyalty.push import Cap, contract
from loyalty.push.rules import Reason
from loyalty.push.service.nudges import Foreseen, Listed
from tests.nudged import MEMBER, NOW, Case

TOLD = replace(Case("WIN_BACK").delivery(), title="We have missed you", body="See you soon?")
POINTS = contract.Category.POINTS


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_what_would_be_sent_is_shown_with_its_words_or_why_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capped = Foreseen(TOLD, NOW, NOW, Reason.FREQUENCY_CAP)
    _print(_foreseen([Foreseen(TOLD, NOW, NOW), capped]))
    at = f"2026-03-30 09:00  {MEMBER}  WIN_BACK"
    assert lines(capsys)[1:] == [
        f"{at}  We have missed you | See you soon?",
        f"{at}  not sent: FREQUENCY_CAP",
    ]


def test_nudges_are_listed_with_what_became_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    missed = {"NO_DEVICE": 3, "STALE": 1}
    earned = NudgeTrigger.POINTS_EARNED
    _print(_listed([Listed(earned, True, Purpose.SERVICE, POINTS, Cap(1, 7), 2, 5, missed)]))
    assert lines(capsys) == [
        "nudge          switch  purpose  cap       waiting  sent  not sent",
        "POINTS_EARNED  on      service  1 in 7 d        2     5         4",
    ]


def test_where_there_are_none_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    _print(_listed([]))
    assert lines(capsys) == ["there are none"]
