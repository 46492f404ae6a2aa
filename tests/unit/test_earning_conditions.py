"""When earning rules fire, whom they mean, and how much a cap leaves: one rule each."""

from datetime import date, datetime
from typing import Any

import pytest

from loyalty import program
from loyalty.activities import Event, Line, Purchase, Visit
from loyalty.activities.rules import (
    OWN_SOURCE,
    Circumstances,
    days_celebrated,
    earn,
    given_with,
    local_day,
    meant,
    room,
    trigger,
)
from loyalty.errors import Refused
from loyalty.program import Activity, Program, ProgramInvalid, Who, terms
from loyalty.program.rules import line_bases

NOON = datetime(2026, 3, 2, 12, 0)  # a Monday; 13:00 in Copenhagen
TEN = {"kind": "FIXED", "points": 10}


def rules(*declared: dict[str, Any]) -> Program:
    return Program.model_validate(
        {
            "format": 1,
            "id": "p",
            "name": "p",
            "money": "EUR",
            "time_zone": "Europe/Copenhagen",
            "currencies": [{"id": "points", "name": "p"}],
            "earning_rules": [
                {"id": f"r{n}", "name": "r", "currency": "points", "effect": TEN, **rule}
                for n, rule in enumerate(declared)
            ],
        }
    )


def bought(*lines: Line, at: datetime = NOON) -> Purchase:
    chosen = lines or (Line(1_000),)
    total = sum(line.amount for line in chosen)
    return Purchase("till", "1", "mbr_1", at, "EUR", total, chosen)


def points(activity: Activity, declared: Program, who: Who | None = None, **given: Any) -> int:
    found = Circumstances(
        meant(declared, activity, who or Who()), room=room(declared, activity, given)
    )
    bases = line_bases(activity, declared) if isinstance(activity, Purchase) else ()
    return sum(earning.points for earning in earn(activity, declared, found, bases))


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ({"tiers": ["gold"]}, Who(tiers=frozenset({"gold"}))),
        ({"plans": ["club"]}, Who(plans=frozenset({"club"}))),
        ({"segments": ["staff"]}, Who(segments=frozenset({"staff"}))),
        ({"birthday": "DAY"}, Who(born_on=date(1990, 3, 2))),
        ({"birthday": "MONTH"}, Who(born_on=date(1990, 3, 31))),
    ],
)
def test_a_rule_for_some_members_means_only_them(when: dict[str, Any], who: Who) -> None:
    declared = rules({"when": when})
    stranger = Who(frozenset({"basic"}), frozenset({"pass"}), frozenset({"x"}), date(1990, 4, 2), 3)
    assert points(bought(), declared, who) == 10
    assert points(bought(), declared, stranger) == 0


def test_the_first_purchase_is_one_of_who_bought_nothing_yet() -> None:
    declared = rules({"when": {"first_purchase": True}})
    assert [points(bought(), declared, Who(purchases=n)) for n in (0, 1)] == [10, 0]


def test_hours_are_those_of_the_program_s_zone_and_may_pass_midnight() -> None:
    happy = rules({"when": {"hours": {"since": "13:00", "until": "15:00"}}})
    night = rules({"when": {"hours": {"since": "22:00", "until": "06:00"}}})
    day = datetime(2026, 3, 2)
    given = [(points(bought(at=day.replace(hour=h)), happy), h) for h in range(24)]
    assert [hour for found, hour in given if found] == [12, 13]
    given = [(points(bought(at=day.replace(hour=h)), night), h) for h in range(24)]
    assert [hour for found, hour in given if found] == [0, 1, 2, 3, 4, 21, 22, 23]


def test_flags_choose_lines() -> None:
    per_unit = {"kind": "FIXED", "points": 2, "per_unit": True}
    declared = rules({"when": {"flags": ["own-bag", "local"]}, "effect": per_unit})
    lines = (Line(500, 3, flags=("local", "new")), Line(500, 4), Line(0, 1, flags=("own-bag",)))
    assert points(bought(*lines), declared) == 8


@pytest.mark.parametrize(
    ("activity", "name"),
    [
        (bought(), "PURCHASE"),
        (Visit("gate", "1", "mbr_1", NOON), "VISIT"),
        (Event("app", "1", "mbr_1", NOON, "ENROLMENT"), "EVENT"),
        (Event(OWN_SOURCE, "1", "mbr_1", NOON, "ENROLMENT"), "ENROLMENT"),
        (Event(OWN_SOURCE, "1", "mbr_1", NOON, "BIRTHDAY"), "BIRTHDAY"),
    ],
)
def test_each_trigger_looks_at_its_own(activity: Activity, name: str) -> None:
    declared = rules(
        *({"trigger": t} for t in ("PURCHASE", "VISIT", "ENROLMENT", "BIRTHDAY")),
        {"trigger": "EVENT", "event": "ENROLMENT"},
    )
    found = earn(activity, declared, Circumstances(), [1_000])
    assert trigger(activity) is terms.Trigger(name)
    assert [earning.rule.trigger for earning in found] == [name]


def test_an_event_earns_by_its_quantity_and_a_visit_is_one() -> None:
    each = {"kind": "FIXED", "points": 2, "per_unit": True}
    declared = rules(
        {"trigger": "EVENT", "event": "ride", "effect": each}, {"trigger": "VISIT", "effect": each}
    )
    assert points(Event("app", "1", "mbr_1", NOON, "ride", quantity=21), declared) == 42
    assert points(Visit("gate", "1", "mbr_1", NOON), declared) == 2


@pytest.mark.parametrize(
    ("per", "first", "other"),
    [
        ("DAY", "2026-03-02", datetime(2026, 3, 2, 23, 0)),
        ("WEEK", "2026-03-02", datetime(2026, 3, 8, 23, 0)),
        ("MONTH", "2026-03-01", datetime(2026, 3, 31, 22, 0)),
        ("YEAR", "2026-01-01", datetime(2026, 12, 31, 23, 0)),
    ],
)
def test_a_cap_counts_by_local_periods(per: str, first: str, other: datetime) -> None:
    """23:00 in winter and 22:00 in summer are midnight in Copenhagen: the next period."""
    declared = rules({"cap": {"points": 15, "per": per}})
    given: Any = {}
    for expected in (10, 5, 0):
        found = Circumstances(room=room(declared, bought(), given))
        earnings = earn(bought(), declared, found, [1_000])
        assert [earning.points for earning in earnings] == [expected]
        given = given_with(given, earnings, local_day(bought(), declared))
    assert given == {"r0": {first: 15}}
    assert room(declared, bought(at=other), given) == {"r0": 15}
    [bitten] = earn(bought(), declared, Circumstances(room={"r0": 5}), [1_000])
    assert dict(bitten.explanation) == {
        "kind": "FIXED",
        "points": 10,
        "units": 1,
        "cap": 15,
        "cap_per": per,
        "uncapped": 10,
    }


def test_who_was_born_on_a_leap_day_celebrates_every_year() -> None:
    assert days_celebrated(date(2027, 2, 28)) == ["02-28", "02-29"]
    assert days_celebrated(date(2028, 2, 28)) == ["02-28"]
    assert days_celebrated(date(2028, 2, 29)) == ["02-29"]


@pytest.mark.parametrize(
    ("rule", "path", "message"),
    [
        ("trigger: VISIT, when: {flags: [a]}", "when.flags", "only purchases"),
        ("trigger: VISIT, event: e", "event", "names its `event`"),
        ("cap: {points: 0, per: DAY}", "cap.points", "1"),
        ("cap: {points: 5, per: HOUR}", "cap.per", "DAY"),
    ],
)
def test_a_rule_that_means_nothing_is_a_mistake(rule: str, path: str, message: str) -> None:
    text = (
        "{format: 1, id: p, name: p, money: EUR, currencies: [{id: points, name: p}],"
        f" earning_rules: [{{id: r, name: r, currency: points, {rule},"
        " effect: {kind: FIXED, points: 1}}]}"
    )
    with pytest.raises(Refused) as refused:
        program.parse(text)
    refusal = refused.value.refusal
    assert isinstance(refusal, ProgramInvalid)
    [problem] = refusal.problems
    assert problem.path == f"earning_rules.0.{path}"
    assert message in problem.message
