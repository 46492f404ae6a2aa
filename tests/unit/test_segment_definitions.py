"""What a segment's definition may be: one thing at a time, in bounds, never too deep."""

from typing import Any

import pytest

from loyalty import segments
from loyalty.errors import BadInput
from loyalty.segments.rules import leaves
from loyalty.segments.rules.definitions import DEPTH_LIMIT, NODES_LIMIT

EVERYONE = {"everyone": True}


def nested(depth: int) -> Any:
    inside: Any = EVERYONE
    for _ in range(depth - 1):
        inside = {"not": inside}
    return inside


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        ({}, (), "must have exactly one condition; join several with all or any"),
        ({"everyone": True, "all": [EVERYONE]}, (), "must have exactly one condition"),
        ({"everyone": None}, (), "must have exactly one condition"),
        ({"everyone": False}, ("everyone",), "must be true"),
        ({"everyone": 1}, ("everyone",), "must be true"),
        ({"all": []}, ("all",), "must not be empty; everyone is said by everyone: true"),
        ({"any": []}, ("any",), "must not be empty"),
        ({"all": EVERYONE}, ("all",), "must be a list"),
        ({"all": [EVERYONE, {}]}, ("all", 1), "must have exactly one condition"),
        ({"not": []}, ("not",), "must be a mapping"),
        ({"colour": "red"}, ("colour",), "of segments here; there is only `age`, `all`"),
        ({"tiers": {"is": "a"}}, ("tiers",), "here; did you mean `tier`?"),
        ({"all": [{"nott": EVERYONE}]}, ("all", 0, "nott"), "here; did you mean `not`?"),
        ({"not": {"tier": {"atLeast": "a"}}}, ("not", "tier", "atLeast"),
         "here; did you mean `at_least`?"),
        ({"label": {"anyOf": ["a"]}}, ("label", "anyOf"), "here; did you mean `any_of`?"),
        ({"label": {"x": ["a"]}}, ("label", "x"), "here; there is only `any_of`"),
        ({"tier": {}}, ("tier",), "must have exactly one of is, at_least, any_of"),
        ({"tier": {"is": "a", "at_least": "b"}}, ("tier",), "must have exactly one of"),
        ({"tier": {"is": "a.b"}}, ("tier", "is"), "small letters, digits, - and _"),
        ({"tier": {"is": "$a"}}, ("tier", "is"), "small letters, digits, - and _"),
        ({"tier": {"is": "a\n"}}, ("tier", "is"), "small letters, digits, - and _"),
        ({"tier": {"any_of": []}}, ("tier", "any_of"), "must not be empty"),
        ({"balance": {"currency": "points"}}, ("balance",), "must have at_least or at_most"),
        ({"balance": {"at_least": 1}}, ("balance", "currency"), "required, and missing"),
        ({"balance": {"currency": "points", "at_least": -1}}, ("balance", "at_least"), "greater"),
        ({"balance": {"currency": "points", "at_least": 1.5}}, ("balance", "at_least"), "whole"),
        ({"balance": {"currency": "points", "at_least": "5"}}, ("balance", "at_least"), "whole"),
        ({"balance": {"currency": "points", "at_least": True}}, ("balance", "at_least"), "whole"),
        ({"purchases": {"at_least": 2, "at_most": 1}}, ("purchases",), "no more than its at_most"),
        ({"purchases": {"at_least": 2, "days": 0}}, ("purchases", "days"), "greater"),
        ({"purchases": {"at_least": 2, "days": 10**9}}, ("purchases", "days"), "less"),
        ({"spend": {"at_least": "much"}}, ("spend", "at_least"), "must be a number"),
        ({"spend": {"at_least": "NaN"}}, ("spend", "at_least"), "finite"),
        ({"spend": {"at_least": "1E400"}}, ("spend", "at_least"), "digits"),
        ({"spend": {"at_least": "1E-400"}}, ("spend", "at_least"), "digits"),
        ({"spend": {"at_least": "-1"}}, ("spend", "at_least"), "greater"),
        ({"category": {"category": ""}}, ("category", "category"), "must not be empty"),
        ({"category": {"category": {"$gt": ""}}}, ("category", "category"), "must be a text"),
        ({"label": {"any_of": [{"$ne": 1}]}}, ("label", "any_of", 0), "must be a text"),
        ({"locale": {"any_of": [".*"]}}, ("locale", "any_of", 0), "must be a language, such as"),
        ({"time_zone": {"any_of": ["Mars/Base"]}}, ("time_zone", "any_of", 0), "IANA"),
        ({"birth_month": {"any_of": [13]}}, ("birth_month", "any_of", 0), "less"),
        ({"enrolled": {"since": 5}}, ("enrolled", "since"), "must be a day"),
        ({"enrolled": {"since": "0001-01-01"}}, ("enrolled", "since"), "greater"),
        ({"enrolled": {"until": "9999-12-31"}}, ("enrolled", "until"), "less"),
        ({"enrolled": {"since": "2026-02-30"}}, ("enrolled", "since"), "day"),
        ({"consent": {"purpose": "FUN", "channel": "PUSH"}}, ("consent", "purpose"), "MARKETING"),
        ({"engagement": {"event": "SEEN"}}, ("engagement",), "must have exactly one of"),
        ({"challenge": {"challenge": "run", "joined": True, "level": "x"}}, ("challenge",),
         "must have achieved: true beside its level"),
        ("everyone", (), "must be a mapping"),
        (None, (), "must be a mapping"),
        ([EVERYONE], (), "must be a mapping"),
    ],
)  # fmt: skip
def test_the_part_at_fault_is_named(data: Any, path: tuple[str | int, ...], said: str) -> None:
    with pytest.raises(BadInput) as bad:
        segments.parse(data, ("input",))
    assert bad.value.path == ("input", *path)
    assert said in bad.value.message


def test_a_definition_is_not_too_deep_nor_too_large() -> None:
    segments.parse(nested(DEPTH_LIMIT))
    for deep in (DEPTH_LIMIT + 1, 50_000):
        with pytest.raises(BadInput, match="at most 8 deep"):
            segments.parse(nested(deep))
    segments.parse({"all": [EVERYONE] * (NODES_LIMIT - 1)})
    for many in (NODES_LIMIT, 100_000):
        with pytest.raises(BadInput, match="at most 100 parts"):
            segments.parse({"any": [EVERYONE] * many})


def test_a_definition_is_written_as_it_was_read() -> None:
    data = {
        "all": [
            {"tier": {"is": "gold"}},
            {"not": {"spend": {"at_least": "10.50", "days": 3}}},
            {"enrolled": {"since": "2026-01-01"}},
        ]
    }
    definition = segments.parse(data)
    assert segments.dump(definition) == data
    assert [path for path, _ in leaves(definition)] == [
        ("all", 0, "tier"),
        ("all", 1, "not", "spend"),
        ("all", 2, "enrolled"),
    ]
    assert segments.parse(EVERYONE) == segments.EVERYONE
