"""How challenges count: each test says one rule, with the numbers written out."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from loyalty.challenges.rules import (
    NOTHING,
    Gain,
    Participation,
    Progress,
    Span,
    Way,
    counted,
    due,
    ends_at,
    gain,
    may_see,
    next_span,
    reached,
    shown,
    span_on,
    way,
)
from loyalty.program import Event, Line, Program, Purchase, Visit, Who
from loyalty.program.rules import NOBODY_SPECIAL, Challenge

NOON = datetime(2026, 3, 4, 12, 0)  # a Wednesday


def program(**more: Any) -> Program:
    head: dict[str, Any] = {"format": 1, "id": "p", "name": "P", "money": "EUR"}
    return Program.model_validate({**head, "time_zone": "Europe/Copenhagen", **more})


def challenge(**parts: Any) -> Challenge:
    return Challenge.model_validate({"id": "c", "name": "C", "target": 3, **parts})


def bought(*lines: Line, **more: Any) -> Purchase:
    total = sum(line.amount for line in lines)
    known: dict[str, Any] = {"source": "till", "id": "1", "member_id": "m", "money": "EUR"}
    return Purchase(**{**known, "occurred_at": NOON, "total": total, "lines": lines, **more})


def visit(store: str | None = None, at: datetime = NOON) -> Visit:
    return Visit("door", "1", "m", at, store=store)


def event(kind: str, quantity: int = 1) -> Event:
    return Event("app", "1", "m", NOON, kind, quantity=quantity)


TEA = Line(1_000, 2, product="earl-grey", category="tea")
CUP = Line(500, product="cup", category="cups")


def adds(wanted: Challenge, activity: Any, who: Who = NOBODY_SPECIAL, **more: Any) -> Gain:
    return gain(wanted, activity, program(**more), who)


def test_a_count_is_of_activities_that_a_trigger_means() -> None:
    teas = challenge(triggers=[{"when": {"categories": ["tea"]}}, {"trigger": "VISIT"}])
    assert adds(teas, bought(TEA, CUP)) == Gain(1)
    assert adds(teas, bought(CUP)) == NOTHING
    assert adds(teas, visit()) == Gain(1)
    assert adds(teas, event("run")) == NOTHING


def test_an_event_counts_by_its_name() -> None:
    runs = challenge(triggers=[{"trigger": "EVENT", "event": "run"}])
    assert adds(runs, event("run", 7)) == Gain(1)
    assert adds(runs, event("swim")) == NOTHING


def test_a_sum_of_spend_is_of_the_lines_meant_as_they_earn() -> None:
    spend = challenge(criterion="SUM", of="SPEND", triggers=[{"when": {"categories": ["tea"]}}])
    assert adds(spend, bought(TEA, CUP)) == Gain(1_000)
    paid_with_points = bought(TEA, CUP, points_payment=300)
    assert adds(spend, paid_with_points) == Gain(800)
    taxed = bought(Line(1_000, category="tea", tax=200))
    assert adds(spend, taxed, earn_base={"tax": "EXCLUDED"}) == Gain(800)


def test_a_sum_of_quantity_is_of_lines_or_of_what_was_done() -> None:
    triggers = [{"when": {"categories": ["tea"]}}, {"trigger": "EVENT", "event": "run"}]
    much = challenge(criterion="SUM", of="QUANTITY", triggers=triggers)
    assert adds(much, bought(TEA, CUP)) == Gain(2)
    assert adds(much, event("run", 7)) == Gain(7)


def test_what_is_told_apart() -> None:
    lines = bought(TEA, CUP, Line(100), store="aarhus")
    kinds = {
        "PRODUCTS": {"earl-grey", "cup"},
        "CATEGORIES": {"tea", "cups"},
        "STORES": {"aarhus"},
        "DAYS": {str(NOON.toordinal())},
    }
    for unit, keys in kinds.items():
        assert adds(challenge(criterion="DISTINCT", of=unit), lines).keys == keys, unit
    assert adds(challenge(criterion="DISTINCT", of="STORES"), bought(TEA)) == NOTHING


def test_a_day_is_local() -> None:
    late = visit(at=datetime(2026, 3, 4, 23, 30))  # half past midnight in Copenhagen
    days = challenge(criterion="DISTINCT", of="DAYS", triggers=[{"trigger": "VISIT"}])
    assert adds(days, late).keys == {str(date(2026, 3, 5).toordinal())}


def test_what_is_left_of_a_purchase_counts_on() -> None:
    products = challenge(criterion="DISTINCT", of="PRODUCTS")
    progress = counted(Progress(), adds(products, bought(TEA, CUP)))
    progress = counted(progress, adds(products, bought(CUP)))
    assert reached(products, progress) == 2
    progress = counted(progress, adds(products, bought(TEA)), adds(products, bought(TEA, CUP)))
    assert progress.seen == {"earl-grey": 1, "cup": 1}
    progress = counted(progress, NOTHING, adds(products, bought(CUP)))
    assert progress.seen == {"earl-grey": 1}


def test_what_was_never_counted_is_not_taken_below_nothing() -> None:
    assert counted(Progress(2), NOTHING, Gain(5)).count == 0
    assert counted(Progress(), NOTHING, Gain(keys=frozenset({"a"}))).seen == {}


def days(*ordinals: int) -> Progress:
    return Progress(seen={str(number): 1 for number in ordinals})


def test_a_streak_is_the_longest_run_whatever_came_when() -> None:
    streak = challenge(criterion="STREAK", of="DAYS")
    assert reached(streak, days(5, 1, 2, 3, 6)) == 3
    assert reached(streak, days()) == 0
    assert reached(streak, counted(days(1, 2, 4), Gain(keys=frozenset({"3"})))) == 4


def test_a_streak_is_shown_while_it_can_still_go_on() -> None:
    streak = challenge(criterion="STREAK", of="DAYS")
    today = date(2026, 3, 4)
    now = today.toordinal()
    assert shown(streak, days(now - 2, now - 1, now), today) == 3
    assert shown(streak, days(now - 2, now - 1), today) == 2
    assert shown(streak, days(now - 3, now - 2), today) == 0


@pytest.mark.parametrize(
    ("unit", "dates"),
    [
        ("WEEKS", [(2025, 12, 28), (2025, 12, 29), (2026, 1, 4), (2026, 1, 5)]),
        ("MONTHS", [(2025, 11, 30), (2025, 12, 31), (2026, 1, 1), (2026, 1, 31)]),
    ],
)
def test_weeks_and_months_go_on_over_new_year(unit: str, dates: list[Any]) -> None:
    streak = challenge(criterion="STREAK", of=unit, triggers=[{"trigger": "VISIT"}])
    progress = Progress()
    for day in dates:
        progress = counted(
            progress, adds(streak, visit(at=datetime.combine(date(*day), NOON.time())))
        )
    assert reached(streak, progress) == 3


@pytest.mark.parametrize(
    ("parts", "span"),
    [
        ({}, Span("all")),
        ({"period": "WEEK"}, Span("2026-W10", date(2026, 3, 2), date(2026, 3, 8))),
        ({"period": "MONTH"}, Span("2026-03", date(2026, 3, 1), date(2026, 3, 31))),
        ({"period": "YEAR"}, Span("2026", date(2026, 1, 1), date(2026, 12, 31))),
        (
            {"starts_on": "2026-03-03", "ends_on": "2026-03-05"},
            Span("2026-03-03", date(2026, 3, 3), date(2026, 3, 5)),
        ),
        (
            {"period": "WEEK", "starts_on": "2026-03-03", "ends_on": "2026-03-05"},
            Span("2026-W10", date(2026, 3, 3), date(2026, 3, 5)),
        ),
        ({"starts_on": "2026-03-05"}, None),
        ({"ends_on": "2026-03-03"}, None),
    ],
)
def test_a_period_is_of_local_days(parts: dict[str, Any], span: Span | None) -> None:
    assert span_on(challenge(**parts), NOON.date()) == span


def test_a_period_ends_when_its_last_local_day_does() -> None:
    march = Span("2026-03", date(2026, 3, 1), date(2026, 3, 31))
    assert ends_at(march, program()) == datetime(2026, 3, 31, 22, 0)  # summer time by then
    assert ends_at(Span("all"), program()) is None


def test_a_challenge_to_come_is_shown_by_its_first_period() -> None:
    june = challenge(period="WEEK", starts_on="2026-06-03", ends_on="2026-06-30")
    first = next_span(june, NOON.date())
    assert first == Span("2026-W23", date(2026, 6, 3), date(2026, 6, 7))
    assert next_span(june, date(2026, 7, 1)) is None


def test_a_period_counts_late_reports_for_a_month() -> None:
    week = Span("2026-W10", date(2026, 3, 2), date(2026, 3, 8))
    assert not week.is_forgotten(date(2026, 4, 8))
    assert week.is_forgotten(date(2026, 4, 9))
    assert not Span("all").is_forgotten(date(2036, 1, 1))


LEVELS = [{"id": "one", "target": "10.00"}, {"id": "two", "target": "25.00"}]
SPEND: dict[str, Any] = {"criterion": "SUM", "of": "SPEND", "target": None, "levels": LEVELS}


def test_every_level_passed_at_once_is_due_and_none_twice() -> None:
    ladder = challenge(**SPEND)
    assert [(level.id, times) for level, times in due(ladder, Progress(2_500), 2)] == [
        ("one", 1),
        ("two", 1),
    ]
    assert list(due(ladder, Progress(2_499, given={"one": 1}), 2)) == []
    assert list(due(ladder, Progress(9_999, given={"one": 1, "two": 1}), 2)) == []


def test_a_challenge_that_repeats_is_due_again_and_again() -> None:
    tens = challenge(target=10, repeats=True)
    assert [times for _, times in due(tens, Progress(35), 2)] == [3]
    assert [times for _, times in due(tens, Progress(35, given={"c": 2}), 2)] == [1]
    assert list(due(tens, Progress(25, given={"c": 3}), 2)) == []


def test_the_way_is_measured_in_quarters_to_the_next_level() -> None:
    ladder = challenge(**SPEND)
    ways = [way(ladder, Progress(count), 2) for count in (0, 249, 250, 999, 1_000, 1_874, 1_875)]
    assert [(one.passed, one.percent((25, 50, 75))) for one in ways] == [
        *[(0, 0), (0, 0), (0, 25), (0, 75), (1, 25), (1, 50), (1, 75)]
    ]
    assert way(ladder, Progress(2_500), 2) == Way(2, 2_500, 0)
    assert way(ladder, Progress(2_500), 2).percent((1,)) == 0
    assert way(challenge(target=10, repeats=True), Progress(25), 2) == Way(2, 5, 10)


def test_one_step_before_a_goal_is_known_but_not_where_one_is_all() -> None:
    tens = challenge(target=10, repeats=True)
    steps = [way(tens, Progress(count), 2).is_one_step for count in (8, 9, 10, 19)]
    assert steps == [False, True, False, True]
    assert not way(challenge(target=1), Progress(0), 2).is_one_step


def test_who_joins_is_counted_from_then_on() -> None:
    opt_in = challenge(joining="OPT_IN")
    assert not Participation().takes_part(opt_in, NOON)
    joined = Participation(NOON)
    assert joined.takes_part(opt_in, NOON)
    assert not joined.takes_part(opt_in, NOON - timedelta(seconds=1))
    assert Participation().takes_part(challenge(), NOON)


def test_who_leaves_keeps_only_what_was_given() -> None:
    periods = {"a": Progress(5, given={"c": 1}), "b": Progress(2)}
    assert Participation(NOON, periods, "Anna").left() == Participation(
        None, {"a": Progress(0, given={"c": 1}), "b": Progress()}
    )


def test_a_challenge_is_seen_by_those_it_can_count_for() -> None:
    gold = challenge(triggers=[{"when": {"tiers": ["gold"], "segments": ["runners"]}}])
    assert not may_see(gold, NOBODY_SPECIAL)
    assert not may_see(gold, Who(frozenset({"gold"})))
    assert may_see(gold, Who(frozenset({"gold"}), segments=frozenset({"runners"})))
    assert may_see(challenge(), NOBODY_SPECIAL)
