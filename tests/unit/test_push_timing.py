"""When members may be written to: quiet hours by their own clock, local times, caps, buckets."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import ProgramInvalid, terms
from loyalty.push import rules
from loyalty.push.rules import Cap

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MINUTE = timedelta(minutes=1)


def between(since: time, until: time) -> terms.Hours:
    return terms.Hours.model_validate({"since": str(since), "until": str(until)})


NIGHT = between(time(21), time(8))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-03-10T12:00", None),
        ("2026-03-10T19:59", None),
        ("2026-03-10T20:00", "2026-03-11T07:00"),  # 21:00 in Copenhagen, in winter
        ("2026-03-11T06:59", "2026-03-11T07:00"),
        ("2026-03-11T07:00", None),
        ("2026-03-28T22:00", "2026-03-29T06:00"),  # clocks are put on at night: 08:00 is 06:00 UTC
        ("2026-10-24T22:00", "2026-10-25T07:00"),  # and back: 08:00 is 07:00 UTC
        ("2026-10-25T00:30", "2026-10-25T07:00"),  # the first 02:30 of two
        ("2026-10-25T01:30", "2026-10-25T07:00"),
    ],
)
def test_who_sleeps_is_written_to_when_their_night_is_over(at: str, until: str | None) -> None:
    found = rules.held_until(utc(at), COPENHAGEN, (NIGHT,))
    assert found == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("at", "since", "until", "free"),
    [
        # There is no 02:30: at 03:00 summer time it is past it.
        ("2026-03-29T00:30", time(1), time(2, 30), "2026-03-29T01:00"),
        # 02:30 comes twice; what is quiet until then is quiet again when clocks are put back.
        ("2026-10-24T23:59", time(1), time(2, 30), "2026-10-25T00:30"),
        ("2026-10-25T01:10", time(1), time(2, 30), "2026-10-25T01:30"),
        ("2026-03-10T12:00", time(12), time(12), None),  # no time at all is never quiet
        # The only hour that is free, from 02:00 to 03:00, is skipped: it is that of the next day.
        ("2026-03-28T12:00", time(3), time(2), "2026-03-30T00:00"),
        ("2026-03-29T01:00", time(2, 30), time(2, 15), "2026-03-30T00:15"),
    ],
)
def test_quiet_hours_that_end_as_clocks_change(
    at: str, since: time, until: time, free: str | None
) -> None:
    hours = between(since, until)
    assert rules.held_until(utc(at), COPENHAGEN, (hours,)) == (utc(free) if free else None)


def test_what_two_quiet_hours_cover_together_is_quiet() -> None:
    lunch, nap = between(time(12), time(13)), between(time(13), time(14, 30))
    assert rules.held_until(utc("2026-03-10T11:30"), COPENHAGEN, (nap, lunch)) == utc(
        "2026-03-10T13:30"
    )
    day = between(time(8), time(21))
    held = rules.held_until(utc("2026-03-10T11:30"), COPENHAGEN, (day, NIGHT))
    assert held is not None
    assert held >= utc("2026-03-11T11:30")  # never free: looked at again a day later


@given(
    zone=st.sampled_from(["Europe/Helsinki", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    day=st.sampled_from([date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 28), date(2026, 3, 29),
                         date(2026, 4, 5), date(2026, 10, 25), date(2026, 11, 1),
                         date(2026, 6, 1)]),
    minutes=st.integers(0, 2 * 24 * 60),
    hours=st.tuples(st.integers(0, 95), st.integers(1, 95)),
)  # fmt: skip
def test_the_wait_ends_at_the_first_minute_that_is_not_quiet(
    zone: str, day: date, minutes: int, hours: tuple[int, int]
) -> None:
    """Held to a search minute by minute; a day may leave a quarter of an hour."""
    place = ZoneInfo(zone)
    midnight = datetime(2000, 1, 1)
    since = midnight + hours[0] * timedelta(minutes=15)
    until = since + hours[1] * timedelta(minutes=15)
    quiet = between(since.time(), until.time())
    at = free = datetime(day.year, day.month, day.day) - timedelta(hours=12) + minutes * MINUTE
    while quiet.hold(free.replace(tzinfo=UTC).astimezone(place).time()):
        free += MINUTE
    assert rules.held_until(at, place, (quiet,)) == (free if free > at else None)


@pytest.mark.parametrize(
    ("day", "clock", "at"),
    [
        (date(2026, 3, 10), time(9), "2026-03-10T08:00"),
        (date(2026, 3, 29), time(9), "2026-03-29T07:00"),
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),  # skipped: half an hour after 03:00
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # the first of two
    ],
)
def test_a_local_time_is_an_instant(day: date, clock: time, at: str) -> None:
    assert rules.local_instant(day, clock, COPENHAGEN) == utc(at)


def test_buckets_are_even_stable_and_independent() -> None:
    members = [f"mbr_{n}" for n in range(4_000)]
    holdout = [rules.bucket("cmp_1", member, "holdout") for member in members]
    assert holdout == [rules.bucket("cmp_1", member, "holdout") for member in members]
    assert all(0 <= n < 10_000 for n in holdout)
    tenths = Counter(n // 1_000 for n in holdout)
    assert all(320 < count < 480 for count in tenths.values())
    variant = [rules.bucket("cmp_1", member, "variant") for member in members]
    both = sum(a < 5_000 and b < 5_000 for a, b in zip(holdout, variant, strict=True))
    assert 900 < both < 1_100
    assert rules.bucket("cmp_2", members[0], "holdout") != holdout[0]


@pytest.mark.parametrize(
    ("hours_ago", "capped"),
    [
        ([], False),
        ([23], True),
        ([24], False),  # a day is over
        ([25, 100, 160], True),
        ([25, 100, 168], False),
        ([30, 40, 50], True),
    ],
)
def test_one_more_is_held_to_every_cap(hours_ago: list[int], capped: bool) -> None:
    now = utc("2026-03-10T12:00")
    caps = [Cap(1, 1), Cap(3, 7)]
    sent_at = [now - timedelta(hours=hours) for hours in hours_ago]
    assert rules.is_capped(sent_at, caps, now) is capped


HEAD = "format: 1\nid: shop\nname: Shop\nmoney: DKK\n"


def test_a_program_says_when_and_how_often() -> None:
    read = program.parse(
        HEAD
        + 'messaging:\n  quiet_hours: {since: "21:00", until: "08:00"}\n'
        + "  caps: [{count: 1, days: 1}]\n  four_eyes_above: 500\n"
    )
    assert read.messaging.quiet_hours == NIGHT
    assert [(cap.count, cap.days) for cap in read.messaging.caps] == [(1, 1)]
    assert read.messaging.four_eyes_above == 500
    nothing = program.parse(HEAD).messaging
    assert (nothing.quiet_hours, nothing.caps, nothing.four_eyes_above) == (None, (), None)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("caps: [{count: 0, days: 1}]", "messaging.caps.0.count"),
        ("caps: [{count: 1, days: 91}]", "messaging.caps.0.days"),
        ("quiet_hours: {since: 21, until: 8}", "messaging.quiet_hours.since"),
        ("four_eyes_above: -1", "messaging.four_eyes_above"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_place(said: str, where: str) -> None:
    with pytest.raises(Refused) as caught:
        program.parse(HEAD + f"messaging: {{{said}}}\n")
    assert isinstance(caught.value.refusal, ProgramInvalid)
    assert where in [problem.path for problem in caught.value.refusal.problems]
