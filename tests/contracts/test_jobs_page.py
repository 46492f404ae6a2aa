"""The page for operators names every kind of job there is, and when the recurring ones are due."""

import re
from pathlib import Path

from loyalty import chores, push
from loyalty.jobs import Every

PAGE = Path(__file__).parents[2].joinpath("docs/jobs.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))


def test_every_kind_has_its_row() -> None:
    assert sorted(ROWS) == chores.kinds()


def test_the_page_says_how_often_each_comes_back() -> None:
    for kind, (schedule, _) in {**chores.SWEEPS, **push.work.recurring()}.items():
        said = (
            f"each {schedule.seconds} s" if isinstance(schedule, Every) else f"{schedule.at:%H:%M}"
        )
        assert said in ROWS[kind], kind
