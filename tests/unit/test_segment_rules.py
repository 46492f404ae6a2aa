"""Segments by the rules alone: days at their edges, ages, tiers of several ladders, joins."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from loyalty import program, segments
from loyalty.activities.rules import Bought
from loyalty.members import MemberStatus, Profile
from loyalty.segments.rules import Effort, Frame, Portrait, matches
from loyalty.segments.rules.answers import age
from loyalty.segments.store.stages import latest_birth
from tests.property.crowds import TERMS

PROGRAM = program.parse(TERMS)
NOON = datetime(2026, 3, 29, 12)
MS = timedelta(milliseconds=1)


def profile(**named: Any) -> Profile:
    known = {"enrolled_at": NOON, "locale": "sv-FI", "time_zone": "Europe/Helsinki"}
    return Profile(**{"status": MemberStatus.ACTIVE, **known, **named})


def meets(data: Any, now: datetime = NOON, **named: Any) -> bool:
    member = Portrait(**{"profile": profile(), **named})
    return matches(segments.parse(data), member, Frame(PROGRAM, now))


@pytest.mark.parametrize(
    ("now", "days", "since"),
    [
        (NOON, 1, datetime(2026, 3, 28, 23)),  # a day of 23 hours, from midnight in winter
        (NOON, 2, datetime(2026, 3, 27, 23)),
        (datetime(2026, 3, 30, 12), 1, datetime(2026, 3, 29, 22)),
        (datetime(2026, 3, 28, 23), 1, datetime(2026, 3, 28, 23)),
        (datetime(2026, 3, 28, 23) - MS, 1, datetime(2026, 3, 27, 23)),
        (datetime(2026, 10, 25, 12), 1, datetime(2026, 10, 24, 22)),  # a day of 25 hours
        (datetime(2026, 10, 26, 12), 1, datetime(2026, 10, 25, 23)),
        (datetime(2026, 10, 26, 12), 7, datetime(2026, 10, 19, 22)),
    ],
)
def test_days_are_local_and_today_is_one_of_them(now: datetime, days: int, since: datetime) -> None:
    asked = {"last_purchase": {"within_days": days}}
    assert meets(asked, now, purchases=1, last_purchase_at=since)
    assert not meets(asked, now, purchases=1, last_purchase_at=since - MS)
    late = {"last_purchase": {"not_within_days": days}}
    assert not meets(late, now, purchases=1, last_purchase_at=since)
    assert meets(late, now, purchases=1, last_purchase_at=since - MS)


def test_who_gave_everything_back_never_bought() -> None:
    gone: dict[str, Any] = {"purchases": 0, "last_purchase_at": NOON}
    assert meets({"last_purchase": {"never": True}}, **gone)
    assert not meets({"last_purchase": {"within_days": 1}}, **gone)
    assert not meets({"last_purchase": {"not_within_days": 1}}, **gone)
    assert not meets({"last_purchase": {"never": True}}, purchases=1, last_purchase_at=NOON)


def test_what_never_was_is_not_within_any_days() -> None:
    assert meets({"engagement": {"event": "SEEN", "not_within_days": 30}})
    assert not meets({"engagement": {"event": "SEEN", "within_days": 30}})
    assert meets({"engagement": {"event": "OPENED", "within_days": 1}}, engaged={"OPENED": NOON})


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ({"since": "2026-03-29"}, datetime(2026, 3, 28, 23), datetime(2026, 4, 1)),
        ({"until": "2026-03-29"}, datetime(2026, 3, 1), datetime(2026, 3, 29, 22) - MS),
        ({"within_days": 1}, datetime(2026, 3, 28, 23), NOON),
        ({"not_within_days": 1}, datetime(2020, 1, 1), datetime(2026, 3, 28, 23) - MS),
    ],
)
def test_the_days_of_joining_are_included(asked: Any, first: datetime, last: datetime) -> None:
    for at in (first, last):
        assert meets({"enrolled": asked}, profile=profile(enrolled_at=at))
    beyond = first - MS if asked.keys() & {"since", "within_days"} else last + MS
    assert not meets({"enrolled": asked}, profile=profile(enrolled_at=beyond))


def test_birthdays_of_the_leap_day_are_on_the_28th_where_it_lacks() -> None:
    leap = date(2008, 2, 29)
    assert [age(leap, date(2026, 2, day)) for day in (27, 28)] == [17, 18]
    assert [age(leap, date(2028, 2, day)) for day in (28, 29)] == [19, 20]
    assert age(leap, date(2008, 2, 28)) == -1


def test_the_stages_know_the_last_day_of_birth_of_every_age() -> None:
    """Whoever was born on that day is so old, and whoever was a day later is not yet."""
    for back in range(1500):
        today = date(2028, 3, 2) - timedelta(days=back)
        for years in (0, 1, 4, 18):
            text = latest_birth(today, years)
            there = not text.endswith("02-29") or int(text[:4]) % 4 == 0
            last = date.fromisoformat(text) if there else date(int(text[:4]), 2, 28)
            assert age(last, today) == years
            assert age(last + timedelta(days=1), today) == years - 1


def test_a_tier_is_looked_for_on_its_ladder() -> None:
    tiers = {"main": "silver", "club-2": "friend"}
    for asked, expected in (
        ({"is": "silver"}, True),
        ({"is": "gold"}, False),
        ({"at_least": "basic"}, True),
        ({"at_least": "gold"}, False),
        ({"any_of": ["gold", "friend"]}, True),
        ({"ladder": "club-2", "any_of": ["silver"]}, False),
        ({"ladder": "main", "any_of": ["silver"]}, True),
        ({"is": "platinum"}, False),
    ):
        assert meets({"tier": asked}, tiers=tiers) is expected, asked


def test_bounds_are_included_and_parts_of_a_minor_unit_never_let_in() -> None:
    for asked, spend, expected in (
        ({"at_least": "10.00", "at_most": "10.00"}, 1_000, True),
        ({"at_least": "10.00"}, 999, False),
        ({"at_most": "10.00"}, 1_001, False),
        ({"at_least": "9.991"}, 999, False),
        ({"at_least": "9.991"}, 1_000, True),
        ({"at_most": "9.999"}, 999, True),
        ({"at_most": "9.999"}, 1_000, False),
    ):
        assert meets({"spend": asked}, spend=spend) is expected, (asked, spend)
        windowed = {"spend": {**asked, "days": 7}}
        assert meets(windowed, bought={7: Bought(1, spend)}) is expected


def test_a_language_means_its_regions_and_no_other_that_begins_like_it() -> None:
    for asked, expected in ((["sv"], True), (["sv-FI"], True), (["sv-SE"], False)):
        assert meets({"locale": {"any_of": asked}}) is expected
    assert not meets({"locale": {"any_of": ["fi"]}}, profile=profile(locale="fil"))


def test_a_challenge_is_joined_in_progress_or_achieved() -> None:
    efforts = {"spring": Effort(joined=True, percent=50, levels=frozenset({"half"}))}
    for asked, expected in (
        ({"joined": True}, True),
        ({"at_least_percent": 50}, True),
        ({"at_least_percent": 51}, False),
        ({"achieved": True}, True),
        ({"achieved": True, "level": "half"}, True),
        ({"achieved": True, "level": "whole"}, False),
    ):
        assert meets({"challenge": {"challenge": "spring", **asked}}, efforts=efforts) is expected
    assert not meets({"challenge": {"challenge": "trips", "joined": True}}, efforts=efforts)


def test_joins_are_read_as_they_are_written() -> None:
    yes, no = {"everyone": True}, {"not": {"everyone": True}}
    for data, expected in (
        ({"all": [yes, yes]}, True),
        ({"all": [yes, no]}, False),
        ({"any": [no, yes]}, True),
        ({"any": [no, no]}, False),
        ({"not": {"all": [yes, no]}}, True),
        ({"not": {"any": [no, yes]}}, False),
        (yes, True),
    ):
        assert meets(data) is expected


@pytest.mark.parametrize("status", list(MemberStatus)[1:])
def test_only_who_is_active_is_meant(status: MemberStatus) -> None:
    for data in ({"everyone": True}, {"not": {"label": {"any_of": ["x"]}}}):
        assert not meets(data, profile=profile(status=status))
