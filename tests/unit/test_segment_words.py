"""Every condition in words, in every language: nothing is left unsaid, and no brace is left."""

from datetime import datetime
from typing import Any

import pytest

from loyalty import program, segments
from loyalty.segments.rules import Answer, Frame, leaves
from loyalty.segments.rules.words import Reader, Words, words
from tests.property.crowds import TERMS

FRAME = Frame(program.parse(TERMS), datetime(2026, 3, 29, 12))
NOON = datetime(2026, 3, 1, 12)
SAID: list[tuple[Any, Any, tuple[str, str, str]]] = [
    ({"tier": {"at_least": "silver"}}, ["gold"], ("Tier", "Silver or higher", "Gold")),
    ({"tier": {"any_of": ["gold", "friend"]}}, [], ("Tier", "Gold or Friend", "none")),
    ({"balance": {"currency": "points", "at_least": 5, "at_most": 9}}, 1234,
     ("To spend: points", "5 to 9", "1,234")),
    ({"balance": {"currency": "credit", "at_most": 999}}, 5,
     ("To spend: credit", "at most €9.99", "€0.05")),
    ({"last_purchase": {"never": True}}, NOON, ("Last purchase", "never", "March 1, 2026")),
    ({"last_purchase": {"within_days": 1}}, None, ("Last purchase", "today", "never")),
    ({"last_purchase": {"not_within_days": 9}}, None,
     ("Last purchase", "not in the last 9 days", "never")),
    ({"purchases": {"at_least": 2, "days": 1}}, 0, ("Purchases, today", "at least 2", "0")),
    ({"spend": {"at_least": "10"}}, 999, ("Bought for", "at least €10.00", "€9.99")),
    ({"category": {"category": "{tea}"}}, 2, ("Purchases from “{tea}”", "at least 1", "2")),
    ({"store": {"store": "s-1", "at_most": 3}}, 2, ("Purchases at “s-1”", "at most 3", "2")),
    ({"locale": {"any_of": ["da", "sv-FI"]}}, "fi", ("Language", "da or sv-FI", "fi")),
    ({"time_zone": {"any_of": ["Europe/Helsinki"]}}, "Europe/Oslo",
     ("Time zone", "Europe/Helsinki", "Europe/Oslo")),
    ({"birth_month": {"any_of": [6]}}, 7, ("Month of birth", "Jun", "Jul")),
    ({"birth_month": {"any_of": [6]}}, None, ("Month of birth", "Jun", "not known")),
    ({"age": {"at_least": 18}}, None, ("Age", "at least 18", "not known")),
    ({"enrolled": {"since": "2026-01-01"}}, NOON,
     ("Joined", "since January 1, 2026", "March 1, 2026")),
    ({"enrolled": {"until": "2026-01-01"}}, NOON,
     ("Joined", "until January 1, 2026", "March 1, 2026")),
    ({"enrolled": {"not_within_days": 1}}, NOON, ("Joined", "not today", "March 1, 2026")),
    ({"label": {"any_of": ["vip"]}}, ["a", "b"], ("Labels", "vip", "a or b")),
    ({"consent": {"purpose": "MARKETING", "channel": "PUSH"}}, False,
     ("Agreed to marketing by push", "yes", "no")),
    ({"engagement": {"event": "CLICKED", "within_days": 5}}, NOON,
     ("Message last followed", "in the last 5 days", "March 1, 2026")),
    ({"challenge": {"challenge": "spring", "at_least_percent": 80}}, 50,
     ("Challenge “Spring”", "at least 80%", "50%")),
    ({"challenge": {"challenge": "spring", "joined": True}}, True,
     ("Challenge “Spring”", "takes part", "yes")),
    ({"challenge": {"challenge": "spring", "achieved": True}}, False,
     ("Challenge “Spring”", "reached", "no")),
    ({"challenge": {"challenge": "spring", "achieved": True, "level": "half"}}, True,
     ("Challenge “Spring”", "reached half", "yes")),
    ({"plan": {"any_of": ["vip", "pool"]}}, ["pool"], ("Plans", "VIP or Pool", "Pool")),
]  # fmt: skip


def said(data: Any, have: Any, locale: str) -> Words:
    ((path, leaf),) = leaves(segments.parse(data))
    return words(str(path[-1]), leaf, Answer(True, have), Reader(FRAME, locale))


@pytest.mark.parametrize(("data", "have", "expected"), SAID)
def test_a_condition_says_what_it_asks_and_what_there_is(
    data: Any, have: Any, expected: tuple[str, str, str]
) -> None:
    assert said(data, have, "en") == Words(*expected)


@pytest.mark.parametrize("locale", ["da", "sv", "nb", "fi"])
def test_every_condition_is_said_in_every_language(locale: str) -> None:
    shown = {next(iter(data)) for data, _, _ in SAID}
    joins = {"everyone", "all", "any", "not"}
    fields = segments.Definition.model_fields
    assert shown == {field.alias or name for name, field in fields.items()} - joins
    for data, have, english in SAID:
        written = said(data, have, locale)
        assert written.asked
        assert written.actual
        assert "{" not in f"{written}".replace("{tea}", "")
        assert written.about != english[0]
    for join in joins:
        assert words(join, None, None, Reader(FRAME, locale)).about
