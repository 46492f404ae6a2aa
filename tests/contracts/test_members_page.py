"""The page on members who take no part: its tables are those that the code decides by."""

import re
from pathlib import Path

from loyalty.members import Doing, MemberStatus, statuses

PAGE = Path(__file__).parents[2].joinpath("docs/members.md").read_text(encoding="utf-8")


def test_the_page_shows_which_status_follows_which() -> None:
    rows = re.findall(r"^\| `([A-Z]+)` \| ([^|]*)\|$", PAGE, re.MULTILINE)
    assert {status: set(re.findall(r"`([A-Z]+)`", nexts)) for status, nexts in rows} == {
        status.value: {wanted.value for wanted in wanted_ones}
        for status, wanted_ones in statuses.LEADS_TO.items()
    }


def test_the_page_shows_what_a_status_lets_happen() -> None:
    (head,) = re.findall(r"^\| doing \| what it is \|(.+)\|$", PAGE, re.MULTILINE)
    columns = re.findall(r"`([A-Z]+)`", head)
    assert columns == [status.value for status in MemberStatus]
    rows = re.findall(r"^\| `([A-Z]+)` \| [^|]+ \|((?: (?:yes|no) \|)+)$", PAGE, re.MULTILINE)
    assert [doing for doing, _ in rows] == [doing.value for doing in Doing]
    for doing, cells in rows:
        said = dict(zip(columns, re.findall(r"yes|no", cells), strict=True))
        lets = {s.value: "yes" if Doing(doing) in statuses.LETS[s] else "no" for s in MemberStatus}
        assert said == lets, doing
