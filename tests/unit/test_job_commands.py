"""What the command line says of jobs: a table that reads well, and everything of one of them."""

from datetime import datetime, timedelta

import pytest

from api.cli.job_commands import _facts, _print
from loyalty.jobs import Job, Status

NOW = datetime(2026, 3, 2, 12, 0)
AGO = NOW - timedelta(minutes=7)
DEAD = Job(
    "cmp_1:chunk:0:7",
    "campaign.chunk",
    None,
    {"members": ["mbr_1"]},
    status=Status.DEAD,
    attempts=8,
    fence=8,
    error=f"RuntimeError: {'x' * 80}\nand more",
    died_at=NOW - timedelta(days=3),
)
JOBS = [
    DEAD,
    Job(
        "held", "a", NOW + timedelta(seconds=42), status=Status.RUNNING, attempts=1, holder="h:1:x"
    ),
    Job("left", "a", AGO, status=Status.RUNNING, attempts=1),
    Job("late", "a", AGO),
    Job("soon", "a", NOW + timedelta(hours=5, minutes=59)),
]


def test_jobs_are_listed_with_what_one_wants_to_know_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _print(JOBS, NOW)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    cut = f"RuntimeError: {'x' * 46}…"
    assert lines == [
        "job              status   when           attempts  last error",
        f"cmp_1:chunk:0:7  DEAD     3 d ago               8  {cut}",
        "held             RUNNING  held for 42 s         1",
        "left             RUNNING  lease over            1",
        "late             WAITING  due for 7 min         0",
        "soon             WAITING  in 5 h                0",
    ]


def test_an_empty_list_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    _print([], NOW)
    assert capsys.readouterr().out == "there are none\n"


def test_all_that_is_known_of_a_job_is_shown() -> None:
    assert _facts(DEAD, NOW) == {
        "job": "cmp_1:chunk:0:7",
        "kind": "campaign.chunk",
        "status": "DEAD",
        "when": "3 d ago",
        "attempts": "8",
        "taken": "8 times",
        "error": f"RuntimeError: {'x' * 80}\nand more",
        "data": '{"members":["mbr_1"]}',
    }
