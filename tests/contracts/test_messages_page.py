"""The page on messages: its reasons are those that there are, in the order of the code."""

import re
from pathlib import Path

from loyalty.push import inbox, rules

PAGE = Path(__file__).parents[2].joinpath("docs/messages.md").read_text(encoding="utf-8")


def test_the_page_says_every_reason_for_not_sending() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert rows == [reason.value for reason in inbox.Reason]


def test_the_page_says_when_phones_are_forgotten() -> None:
    assert f"\n| {rules.FORGOTTEN_AFTER.days} days | forgotten" in PAGE
    assert f"at most {rules.DEVICES_OF_A_MEMBER}; the one" in PAGE
