"""How long tiers last: kept, left for the grace days, lost by a step or whole, to the day."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.program.rules import Ladder
from loyalty.tiers.rules import (
    Course,
    Kept,
    Lost,
    Moment,
    Standing,
    Tally,
    advanced,
    keeping,
    settled,
    undone,
)

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
TIERS = [
    {"id": "basic", "name": "Basic"},
    {"id": "silver", "name": "Silver", "threshold": {"spend": "100"}},
    {"id": "gold", "name": "Gold", "threshold": {"spend": "500"}},
    {"id": "black", "name": "Black", "threshold": {"spend": "900"}},
]
A_YEAR = {"kind": "PERIOD_END"}


def course(window: str, validity: dict[str, Any], downgrade: str = "ONE_STEP") -> Course:
    ladder = Ladder.model_validate(
        {
            "id": "l",
            "name": "l",
            "window": window,
            "validity": validity,
            "downgrade": downgrade,
            "tiers": TIERS,
        }
    )
    return Course(ladder, date(2024, 2, 29), 2, COPENHAGEN)


def bought(way: Course, *steps: tuple[date, int], start: Standing | None = None) -> Standing:
    """Buy at noon of each day, for so many units; what is due is settled before and after."""
    standing = start or Standing()
    for day, units in steps:
        noon = datetime(day.year, day.month, day.day, 12)
        standing, _ = settled(standing, way, day)
        spent = Tally(spend=units * 100, purchases=1)
        standing = advanced(standing, way, spent, Moment(noon, day, day))
        standing, _ = settled(standing, way, day)
    return standing


def tier_on(standing: Standing, way: Course, day: date) -> tuple[str | None, date | None]:
    then, _ = settled(standing, way, day)
    return then.tier, then.valid_until


def test_a_tier_is_valid_to_the_end_of_the_year_it_was_reached_in_and_kept_by_it() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    gold = bought(way, (date(2026, 3, 2), 500))
    assert (gold.tier, gold.valid_until) == ("gold", date(2026, 12, 31))
    assert gold.due_at == datetime(2026, 12, 31, 23)
    assert tier_on(gold, way, date(2026, 12, 31)) == ("gold", date(2026, 12, 31))
    kept, news = settled(gold, way, date(2027, 1, 1))
    assert (kept.tier, kept.valid_until) == ("gold", date(2027, 12, 31))
    assert news == (Kept("gold", date(2027, 12, 31), datetime(2026, 12, 31, 23)),)


def test_what_is_not_earned_again_is_lost_when_the_last_day_is_over() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    gold = bought(way, (date(2026, 3, 2), 500), (date(2027, 5, 1), 499))
    assert tier_on(gold, way, date(2027, 12, 31)) == ("gold", date(2027, 12, 31))
    fallen, news = settled(gold, way, date(2028, 1, 1))
    assert news == (Lost("gold", "silver", datetime(2027, 12, 31, 23)),)
    assert (fallen.tier, fallen.reached_at) == ("silver", datetime(2027, 12, 31, 23))
    assert fallen.valid_until == date(2028, 12, 31)


@pytest.mark.parametrize(
    ("downgrade", "units", "then"),
    [
        ("ONE_STEP", 0, "gold"),
        ("ONE_STEP", 899, "gold"),
        ("FULL", 0, None),
        ("FULL", 100, "silver"),
        ("FULL", 899, "gold"),
        ("FULL", 900, "black"),
    ],
)
def test_one_falls_a_step_or_to_what_was_earned(
    downgrade: str, units: int, then: str | None
) -> None:
    way = course("CALENDAR_YEAR", A_YEAR, downgrade)
    black = bought(way, (date(2026, 3, 2), 900), (date(2027, 3, 2), units))
    assert tier_on(black, way, date(2028, 1, 1))[0] == then


def test_who_stays_away_falls_a_step_each_year_to_the_tier_that_all_have() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    black = bought(way, (date(2026, 3, 2), 900))
    last, told = settled(black, way, date(2032, 1, 1))
    assert [type(one).__name__ for one in told] == ["Kept", "Lost", "Lost", "Lost"]
    assert [one.instead for one in told if isinstance(one, Lost)] == ["gold", "silver", "basic"]
    assert (last.tier, last.reached_at, last.valid_until, last.due_at) == (None,) * 4


@pytest.mark.parametrize("validity", [{}, {"kind": "FOREVER"}])
def test_a_tier_without_an_end_is_never_lost(validity: dict[str, Any]) -> None:
    way = course("CALENDAR_YEAR", validity)
    gold = bought(way, (date(2026, 3, 2), 500))
    assert (gold.valid_until, gold.due_at) == (None, None)
    assert settled(gold, way, date(2060, 1, 1)) == (gold, ())


def test_where_nobody_is_downgraded_a_tier_has_no_end() -> None:
    way = course("CALENDAR_YEAR", A_YEAR, "NEVER")
    gold = bought(way, (date(2026, 3, 2), 500))
    assert settled(gold, way, date(2060, 1, 1)) == (gold, ())
    assert keeping(gold, way, date(2026, 3, 2)) is None


def test_an_own_year_ends_the_day_before_the_anniversary() -> None:
    way = course("ANNIVERSARY", A_YEAR)
    gold = bought(way, (date(2026, 1, 10), 500))
    assert gold.valid_until == date(2026, 2, 27)
    assert tier_on(gold, way, date(2026, 2, 28)) == ("gold", date(2027, 2, 27))
    assert tier_on(gold, way, date(2027, 2, 28)) == ("silver", date(2028, 2, 28))


def test_months_count_from_the_day_it_was_reached() -> None:
    way = course("ROLLING_12M", {"kind": "MONTHS", "months": 12})
    gold = bought(way, (date(2026, 3, 10), 500))
    assert gold.valid_until == date(2027, 3, 10)
    assert tier_on(gold, way, date(2027, 3, 11)) == ("silver", date(2028, 3, 11))
    again = bought(way, (date(2027, 3, 10), 500), start=gold)
    assert tier_on(again, way, date(2027, 3, 11)) == ("gold", date(2028, 3, 10))


def test_months_that_hold_a_whole_year_are_kept_by_it() -> None:
    way = course("CALENDAR_YEAR", {"kind": "MONTHS", "months": 24})
    gold = bought(way, (date(2026, 3, 10), 500))
    kept = bought(way, (date(2027, 6, 1), 500), start=gold)
    assert tier_on(kept, way, date(2028, 3, 11)) == ("gold", date(2030, 3, 10))
    assert tier_on(gold, way, date(2028, 3, 11))[0] == "silver"


class TestGrace:
    """The tier is left for 30 days, and can be earned again in them."""

    way = course("CALENDAR_YEAR", A_YEAR | {"grace_days": 30})
    gold = bought(way, (date(2026, 3, 2), 500), (date(2027, 5, 1), 499))

    def test_the_tier_is_left_until_the_last_grace_day_is_over(self) -> None:
        left, news = settled(self.gold, self.way, date(2028, 1, 30))
        assert (left.tier, left.valid_until, news) == ("gold", date(2027, 12, 31), ())
        assert left.due_at == datetime(2028, 1, 30, 23)
        fallen, (lost,) = settled(left, self.way, date(2028, 1, 31))
        assert lost == Lost("gold", "silver", datetime(2028, 1, 30, 23))
        assert (fallen.tier, fallen.valid_until) == ("silver", date(2028, 12, 31))

    def test_what_was_bought_before_and_reported_now_keeps_it(self) -> None:
        left, _ = settled(self.gold, self.way, date(2028, 1, 10))
        late = Moment(datetime(2027, 12, 30, 12), date(2027, 12, 30), date(2028, 1, 10))
        told = advanced(left, self.way, Tally(spend=100, purchases=1), late)
        kept, (news,) = settled(told, self.way, date(2028, 1, 10))
        assert isinstance(news, Kept)
        assert (kept.tier, kept.valid_until) == ("gold", date(2028, 12, 31))

    def test_the_whole_of_it_bought_in_the_grace_days_keeps_it(self) -> None:
        kept = bought(self.way, (date(2028, 1, 30), 500), start=self.gold)
        assert (kept.tier, kept.valid_until) == ("gold", date(2028, 12, 31))
        too_late = bought(self.way, (date(2028, 1, 31), 499), start=self.gold)
        assert too_late.tier == "silver"

    def test_a_higher_tier_may_be_reached_from_there(self) -> None:
        black = bought(self.way, (date(2028, 1, 30), 900), start=self.gold)
        assert (black.tier, black.valid_until) == ("black", date(2028, 12, 31))


def test_a_rolling_window_is_looked_at_on_its_last_day_also_after_the_grace_days() -> None:
    way = course("ROLLING_12M", {"kind": "MONTHS", "months": 12, "grace_days": 60})
    gold = bought(way, (date(2026, 3, 10), 500), (date(2026, 3, 12), 100))
    in_grace = bought(way, (date(2027, 4, 20), 1), start=gold)
    assert (in_grace.tier, in_grace.valid_until) == ("gold", date(2027, 3, 10))
    late = Moment(datetime(2027, 3, 10), date(2027, 3, 10), date(2027, 4, 21))
    told = advanced(in_grace, way, Tally(spend=40_000, purchases=1), late)
    assert tier_on(told, way, date(2027, 4, 21)) == ("gold", date(2028, 3, 10))


def test_a_refund_counts_when_the_tier_is_looked_at() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    gold = bought(way, (date(2026, 3, 2), 500))
    returned = undone(gold, way, Tally(spend=1), date(2026, 3, 2))
    assert returned.tier == "gold"
    assert tier_on(returned, way, date(2026, 12, 31))[0] == "gold"
    assert tier_on(returned, way, date(2027, 1, 1))[0] == "silver"


def test_a_late_report_promotes_to_what_would_be_left_of_it_today() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    today = date(2029, 5, 1)

    def reported(on: date, start: Standing) -> Standing:
        at = datetime(on.year, on.month, on.day)
        return advanced(start, way, Tally(spend=50_000, purchases=1), Moment(at, on, today))

    assert reported(date(2028, 6, 1), Standing()).tier == "gold"
    assert reported(date(2027, 6, 1), Standing()).tier == "silver"
    assert reported(date(2025, 6, 1), Standing()).tier is None
    silver = bought(way, (date(2028, 6, 1), 100))
    assert reported(date(2027, 6, 1), silver).reached_at == datetime(2028, 6, 1, 12)


def test_a_tier_from_before_its_ladder_had_ends_is_valid_from_the_day_it_is_looked_at() -> None:
    before = bought(course("CALENDAR_YEAR", {}), (date(2021, 3, 2), 500))
    way = course("CALENDAR_YEAR", A_YEAR)
    begun, news = settled(before, way, date(2026, 3, 2))
    assert (begun.tier, begun.valid_until, news) == ("gold", date(2026, 12, 31), ())
    without, news = settled(begun, course("CALENDAR_YEAR", {}), date(2027, 3, 2))
    assert (without, news) == (before, ())


def test_a_tier_that_the_program_has_no_more_falls_due_no_more() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    gone = replace(bought(way, (date(2026, 3, 2), 500)), tier="platinum")
    left, news = settled(gone, way, date(2027, 3, 2))
    assert (left.due_at, left.valid_until, news) == (None, None, ())


def test_a_tier_falls_due_by_the_zone_that_the_program_has_now() -> None:
    way = course("CALENDAR_YEAR", A_YEAR)
    gold = bought(way, (date(2026, 3, 2), 500))
    moved = replace(way, zone=ZoneInfo("America/New_York"))
    waiting, news = settled(gold, moved, date(2026, 12, 31))
    assert (waiting.due_at, waiting.valid_until, news) == (
        datetime(2027, 1, 1, 5),
        date(2026, 12, 31),
        (),
    )


def test_however_often_one_looks_the_end_is_the_same() -> None:
    for way in (
        course("CALENDAR_YEAR", A_YEAR | {"grace_days": 40}),
        course("ROLLING_12M", {"kind": "MONTHS", "months": 3, "grace_days": 10}, "FULL"),
        course("ANNIVERSARY", A_YEAR, "FULL"),
    ):
        start = bought(way, (date(2026, 1, 5), 950), (date(2026, 9, 1), 200))
        told: list[Kept | Lost] = []
        daily = start
        for n in range(1_200):
            daily, news = settled(daily, way, date(2026, 9, 1) + timedelta(days=n))
            told += news
        at_once, news = settled(start, way, date(2026, 9, 1) + timedelta(days=1_199))
        assert (daily, tuple(told)) == (at_once, news)
        assert told


def test_what_keeps_a_tier_is_shown() -> None:
    way = course("CALENDAR_YEAR", A_YEAR | {"grace_days": 30})
    gold = bought(way, (date(2026, 3, 2), 500), (date(2027, 5, 1), 200))
    shown = keeping(gold, way, date(2027, 5, 1))
    assert shown is not None
    assert [(c.metric, c.have, c.missing) for c in shown.criteria] == [("SPEND", 20_000, 30_000)]
    assert (shown.valid_until, shown.grace_until) == (date(2027, 12, 31), date(2028, 1, 30))
    assert (shown.is_kept, shown.next_end) == (False, date(2028, 12, 31))
    assert shown.otherwise is not None
    assert shown.otherwise.id == "silver"
    kept = keeping(bought(way, (date(2027, 6, 1), 300), start=gold), way, date(2027, 6, 1))
    assert kept is not None
    assert kept.is_kept
    left, _ = settled(gold, way, date(2028, 1, 10))
    in_grace = keeping(left, way, date(2028, 1, 10))
    assert in_grace is not None
    assert [c.missing for c in in_grace.criteria] == [50_000]
