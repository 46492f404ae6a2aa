"""How members climb: windows, thresholds, promotion, progress and benefits."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from loyalty.program.rules import Ladder, add_months
from loyalty.tiers.rules import (
    Course,
    Moment,
    Standing,
    Tally,
    advanced,
    benefits,
    bucket,
    comes_near,
    counted,
    current,
    progress,
    undone,
    window_end,
)

ENROLLED = date(2024, 2, 29)


def ladder(window: str, *thresholds: dict[str, Any] | None) -> Ladder:
    """A ladder of t0, t1, … with these thresholds."""
    tiers = [{"id": f"t{n}", "name": "t", "threshold": t} for n, t in enumerate(thresholds)]
    return Ladder.model_validate(
        {"id": "l", "name": "l", "window": window, "points_currency": "s", "tiers": tiers}
    )


def course(window: str, *thresholds: dict[str, Any] | None) -> Course:
    return Course(ladder(window, *thresholds), ENROLLED, exponent=2)


def climb(way: Course, *steps: tuple[date, Tally], start: Standing | None = None) -> Standing:
    """Count each tally at noon of its day."""
    standing = start or Standing()
    for day, tally in steps:
        standing = advanced(standing, way, tally, Moment(noon(day), day, day))
    return standing


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)


def spent(amount: int) -> Tally:
    return Tally(spend=amount, purchases=1)


def test_crossing_a_threshold_promotes_at_once() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100.00"})
    below = climb(way, (date(2026, 3, 1), spent(9_999)))
    assert (below.tier, below.reached_at) == (None, None)
    reached = climb(way, (date(2026, 3, 2), spent(1)), start=below)
    assert (reached.tier, reached.reached_at) == ("t1", noon(date(2026, 3, 2)))


def test_one_purchase_may_climb_several_tiers() -> None:
    way = course("LIFETIME", None, {"spend": "100"}, {"spend": "200"}, {"spend": "300"})
    assert climb(way, (date(2026, 3, 1), spent(25_000))).tier == "t2"


def test_the_tier_that_everybody_has_is_not_reached() -> None:
    way = course("LIFETIME", None, {"spend": "100"})
    standing = climb(way, (date(2026, 3, 1), spent(1)))
    assert (standing.tier, standing.reached_at) == (None, None)
    entry = current(standing, way.ladder)
    assert entry is not None
    assert entry.id == "t0"


def test_without_an_entry_tier_a_member_has_none() -> None:
    way = course("LIFETIME", {"spend": "100"})
    assert current(Standing(), way.ladder) is None
    assert climb(way, (date(2026, 3, 1), spent(10_000))).tier == "t0"


@pytest.mark.parametrize(
    ("match", "tally", "reached"),
    [
        ("ALL", Tally(10_000, 2), None),
        ("ALL", Tally(10_000, 3), "t1"),
        ("ANY", Tally(10_000, 1), "t1"),
        ("ANY", Tally(0, 3), "t1"),
        ("ANY", Tally(9_999, 2), None),
    ],
)
def test_a_tier_asks_for_all_or_any(match: str, tally: Tally, reached: str | None) -> None:
    way = course("LIFETIME", None, {"spend": "100", "purchases": 3, "match": match})
    assert climb(way, (date(2026, 3, 1), tally)).tier == reached


def test_qualifying_points_reach_a_tier() -> None:
    way = course("LIFETIME", None, {"points": 50})
    assert climb(way, (date(2026, 3, 1), Tally(points=50))).tier == "t1"


def test_visits_reach_a_tier() -> None:
    way = course("LIFETIME", None, {"visits": 2})
    first = climb(way, (date(2026, 3, 1), Tally(visits=1)))
    assert first.tier is None
    assert climb(way, (date(2026, 3, 2), Tally(visits=1)), start=first).tier == "t1"


def test_what_is_taken_back_counts_no_more_on_its_day_and_the_tier_stays() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100"})
    standing = climb(way, (date(2025, 12, 31), spent(6_000)), (date(2026, 1, 1), spent(10_000)))
    left = undone(standing, way, spent(4_000), date(2026, 3, 9))
    assert counted(left, way, date(2026, 3, 9)) == Tally(6_000, 0)
    assert counted(left, way, date(2025, 12, 31)) == Tally(6_000, 1)
    assert (left.tier, left.reached_at) == ("t1", noon(date(2026, 1, 1)))


def test_never_more_is_taken_back_than_counted() -> None:
    way = course("ROLLING_12M", None, {"spend": "100"})
    day = date(2026, 3, 1)
    standing = climb(way, (day, Tally(500, 1, 5, 1)))
    gone = undone(standing, way, Tally(501, 2, 6, 2), day)
    assert gone.tallies == {day: Tally()}
    assert undone(gone, way, spent(1), date(2024, 3, 1)) == gone


def test_what_does_not_count_makes_no_day_forgotten() -> None:
    way = course("ROLLING_12M", None, {"spend": "100"})
    known = climb(way, (date(2025, 3, 1), spent(6_000)), (date(2026, 3, 9), Tally()))
    assert set(known.tallies) == {date(2025, 3, 1)}
    assert climb(way, (date(2025, 9, 1), spent(4_000)), start=known).tier == "t1"


def test_a_calendar_year_counts_by_itself() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100"})
    days = (date(2026, 12, 31), date(2027, 1, 1))
    standing = climb(way, *((day, spent(6_000)) for day in days))
    assert standing.tier is None
    assert [counted(standing, way, day).spend for day in days] == [6_000, 6_000]


def test_a_tier_is_never_lost_by_counting() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100"})
    high = climb(way, (date(2026, 3, 1), spent(10_000)))
    later = climb(way, (date(2029, 3, 1), spent(1)), start=high)
    assert (later.tier, later.reached_at) == ("t1", noon(date(2026, 3, 1)))


def test_a_rolling_window_reaches_back_twelve_months() -> None:
    way = course("ROLLING_12M", None, {"spend": "100"})
    first = (date(2026, 3, 2), spent(6_000))
    assert climb(way, first, (date(2027, 3, 1), spent(4_000))).tier == "t1"
    assert climb(way, first, (date(2027, 3, 2), spent(4_000))).tier is None


def test_a_rolling_window_forgets_what_it_cannot_reach_any_more() -> None:
    way = course("ROLLING_12M", None, {"spend": "10000"})
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(800)]
    standing = climb(way, *((day, spent(1)) for day in days))
    assert len(standing.tallies) == 365
    assert min(standing.tallies) == date(2025, 3, 11)


def test_a_late_report_counts_in_today_s_rolling_window_too() -> None:
    way = course("ROLLING_12M", None, {"spend": "100"})
    today, last_week = date(2026, 3, 9), date(2026, 3, 2)
    standing = climb(way, (today, spent(6_000)), (last_week, spent(5_000)))
    assert standing.tier == "t1"


def test_a_late_report_counts_in_rolling_windows_that_ended_before_the_latest_day() -> None:
    way = course("ROLLING_12M", None, {"spend": "100"})
    later = ((date(2025, 12, 1), spent(7_000)), (date(2026, 7, 1), spent(1)))
    known = climb(way, *later)
    assert climb(way, (date(2025, 6, 1), spent(2_999)), start=known).tier is None
    assert climb(way, (date(2024, 11, 30), spent(9_999)), start=known).tier is None
    reached = climb(way, (date(2025, 6, 1), spent(3_000)), start=known)
    assert reached.tier == "t1"
    assert set(reached.tallies) == {day for day, _ in later}


def test_a_late_report_counts_in_the_window_that_ends_on_its_own_day() -> None:
    way = course("ROLLING_12M", None, {"spend": "100"})
    known = climb(way, (date(2026, 7, 1), spent(1)))
    assert climb(way, (date(2024, 6, 1), spent(10_000)), start=known).tier == "t1"


@pytest.mark.parametrize("late", [0, 1, 100, 364, 365, 500])
def test_the_highest_rolling_window_that_holds_a_day_is_found(late: int) -> None:
    """Compared with adding up the window that ends on each day of the two years after it."""
    way = course("ROLLING_12M", *({"spend": str(spend)} for spend in range(90, 160)))
    first = date(2025, 1, 1)
    known = climb(way, *((first + timedelta(days=n), spent(n % 7 * 10)) for n in range(0, 500, 3)))
    known = replace(known, tier=None)
    on = first + timedelta(days=500 - late)
    whole = replace(known, tallies={**known.tallies, on: spent(9_000)})
    if on in known.tallies:
        whole = replace(whole, tallies={**whole.tallies, on: known.tallies[on].plus(spent(9_000))})
    ends = (on + timedelta(days=n) for n in range(366))
    most = max(counted(whole, way, end).spend for end in ends if add_months(end, -12) < on)
    assert climb(way, (on, spent(9_000)), start=known).tier == f"t{most // 100 - 90}"


def test_a_late_report_counts_in_its_own_year() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100"})
    standing = climb(way, (date(2025, 12, 1), spent(6_000)), (date(2026, 1, 5), spent(5_000)))
    assert standing.tier is None
    assert climb(way, (date(2025, 12, 2), spent(4_000)), start=standing).tier == "t1"


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (date(2024, 2, 29), date(2024, 2, 29)),
        (date(2025, 2, 27), date(2024, 2, 29)),
        (date(2025, 2, 28), date(2025, 2, 28)),
        (date(2028, 2, 28), date(2027, 2, 28)),
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2023, 12, 1), date(2023, 2, 28)),
    ],
)
def test_an_anniversary_year_begins_on_the_day_of_enrolment(day: date, begins: date) -> None:
    assert bucket(course("ANNIVERSARY", None), day) == begins


@pytest.mark.parametrize(
    ("window", "last"),
    [
        ("CALENDAR_YEAR", date(2026, 12, 31)),
        ("ANNIVERSARY", date(2027, 2, 27)),
        ("LIFETIME", None),
        ("ROLLING_12M", None),
    ],
)
def test_a_window_says_its_last_day(window: str, last: date | None) -> None:
    assert window_end(course(window, None), date(2026, 3, 2)) == last


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2024, 2, 29), date(2025, 2, 27)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 28), date(2028, 2, 28)),
        (date(2028, 2, 29), date(2029, 2, 27)),
    ],
)
def test_an_anniversary_year_ends_the_day_before_the_next_begins(day: date, last: date) -> None:
    way = course("ANNIVERSARY", None)
    assert window_end(way, day) == last
    assert bucket(way, last) == bucket(way, day)
    assert bucket(way, last + timedelta(days=1)) == last + timedelta(days=1)


def test_progress_shows_what_is_missing_for_the_next_tier() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100.00", "purchases": 3, "match": "ANY"})
    standing = climb(way, (date(2026, 3, 1), spent(2_500)))
    shown = progress(standing, way, date(2026, 3, 2))
    assert shown is not None
    assert (shown.tier.id, shown.match, shown.counted_until) == ("t1", "ANY", date(2026, 12, 31))
    told = [(c.metric, c.have, c.need, c.missing) for c in shown.criteria]
    assert told == [("SPEND", 2_500, 10_000, 7_500), ("PURCHASES", 1, 3, 2)]


def test_progress_begins_anew_with_the_window() -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100.00"})
    standing = climb(way, (date(2026, 3, 1), spent(2_500)))
    shown = progress(standing, way, date(2027, 1, 1))
    assert shown is not None
    assert [c.have for c in shown.criteria] == [0]


def test_on_the_highest_tier_there_is_no_progress() -> None:
    way = course("LIFETIME", None, {"spend": "100"})
    standing = climb(way, (date(2026, 3, 1), spent(10_000)))
    assert progress(standing, way, date(2026, 3, 2)) is None


def with_benefits(*tiers: list[dict[str, Any]]) -> Ladder:
    declared = [
        {"id": f"t{n}", "name": "t", "benefits": given, "threshold": {"purchases": n + 1}}
        for n, given in enumerate(tiers)
    ]
    return Ladder.model_validate({"id": "l", "name": "l", "tiers": declared})


def multiplier(factor: str, name: str = "m") -> dict[str, Any]:
    return {"id": name, "kind": "POINTS_MULTIPLIER", "name": name, "factor": factor}


def test_higher_tiers_include_the_benefits_of_lower_ones() -> None:
    shipping = {"id": "ship", "kind": "FREE_SHIPPING", "name": "s"}
    early = {"id": "early", "kind": "EARLY_ACCESS", "name": "e"}
    two = with_benefits([shipping], [early])
    assert [b.id for b in benefits(two, two.tiers[0])] == ["ship"]
    assert [b.id for b in benefits(two, two.tiers[1])] == ["ship", "early"]
    assert benefits(two, None) == ()


@pytest.mark.parametrize("factors", [("1.5", "2"), ("2", "2")])
def test_a_higher_tier_s_multiplier_takes_the_place_of_the_lower_one(
    factors: tuple[str, str],
) -> None:
    two = with_benefits(*([multiplier(f)] for f in factors))
    assert [str(b.factor) for b in benefits(two, two.tiers[0])] == [factors[0]]
    assert [str(b.factor) for b in benefits(two, two.tiers[1])] == [factors[1]]


def test_a_tally_adds_up() -> None:
    assert Tally(1, 2, 3).plus(Tally(10, 20, 30)) == Tally(11, 22, 33)


def test_a_ladder_whose_window_changed_counts_on_in_the_new_window() -> None:
    days = [date(2026, 3, day) for day in range(1, 10)]
    rolling = climb(course("ROLLING_12M", {"spend": "100"}), *((day, spent(1_000)) for day in days))
    yearly = course("CALENDAR_YEAR", {"spend": "100"})
    after = climb(
        yearly, (date(2026, 3, 10), spent(500)), (date(2026, 3, 11), spent(700)), start=rolling
    )
    assert counted(after, yearly, date(2026, 3, 11)).spend == 1_200


@pytest.mark.parametrize(
    ("match", "before", "after", "is_told"),
    [
        ("ANY", 7_999, 8_000, True),
        ("ANY", 8_000, 9_999, False),
        ("ANY", 0, 7_999, False),
        ("ALL", 7_999, 8_000, False),  # four more purchases are asked for as well
        ("ANY", 7_999, 10_000, False),  # reached at once; the highest has nothing to come near
    ],
)
def test_a_tier_comes_near_as_the_last_part_of_its_threshold_begins(
    match: str, before: int, after: int, is_told: bool
) -> None:
    way = course("CALENDAR_YEAR", None, {"spend": "100.00", "purchases": 5, "match": match})
    on = date(2026, 3, 1)
    was = climb(way, (on, spent(before)))
    now_is = climb(way, (on, spent(after)))
    assert comes_near(was, now_is, way, on, 20) is is_told
