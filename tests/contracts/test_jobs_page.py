"""The page for operators names every kind of job there is, and when the recurring ones are due."""

import re
from pathlib import Path

from loyalty import chores, push
from loyalty.jobs import Daily, Every, Schedule

PAGE = Path(__file__).parents[2].joinpath("docs/jobs.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))


def test_every_kind_has_its_row() -> None:
    assert sorted(ROWS) == chores.kinds()


def said(schedule: Schedule) -> str:
    """Say when, as the page does."""
    match schedule:
        case Every(3_600):
            return "each hour"
        case Every(seconds):
            return f"each {seconds} s"
        case Daily(at):
            return f"at {at:%H:%M}"


def test_the_page_says_how_often_each_comes_back() -> None:
    for kind, (schedule, _) in {**chores.SWEEPS, **push.work.recurring()}.items():
        assert said(schedule) in ROWS[kind], kind
