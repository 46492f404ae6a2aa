"""How much capped rules may still give: counted by rule and by the first day of each period."""

from collections.abc import Mapping, Sequence
from datetime import date

from loyalty.activities.rules.earning import Earning, trigger
from loyalty.activities.rules.refunds import Due
from loyalty.program import Activity, Program

PERIODS_KEPT = 8

Given = Mapping[str, Mapping[str, int]]


def local_day(activity: Activity, program: Program) -> date:
    """Give the day in the program's zone on which something was done."""
    return program.place.day(activity.occurred_at)


def room(program: Program, activity: Activity, given: Given) -> dict[str, int]:
    """Give what each capped rule that looks at an activity may still give in its period."""
    capped = [(r, r.cap) for r in program.rules_by_trigger[trigger(activity)] if r.cap is not None]
    if not capped:
        return {}
    on = local_day(activity, program)
    return {
        rule.id: max(0, cap.points - given.get(rule.id, {}).get(str(cap.first_day(on)), 0))
        for rule, cap in capped
    }


def given_with(given: Given, earnings: Sequence[Earning], on: date) -> Given:
    """Count what capped rules gave on a local day.

    The latest periods are kept; a report so late that its period is forgotten counts from nothing.
    """
    for earning in earnings:
        cap = earning.rule.cap
        if cap is None or not earning.points:
            continue
        first = str(cap.first_day(on))
        periods = {**given.get(earning.rule.id, {})}
        periods[first] = periods.get(first, 0) + earning.points
        latest = dict(sorted(periods.items())[-PERIODS_KEPT:])
        given = {**given, earning.rule.id: latest}
    return given


def given_without(given: Given, found: Sequence[Due], program: Program, on: date) -> Given:
    """Take off what refunds take back of what capped rules gave on a local day."""
    caps = {rule.id: rule.cap for rule in program.earning_rules if rule.cap is not None}
    for due in found:
        cap = caps.get(due.rule)
        periods = {**given.get(due.rule, {})}
        first = str(cap.first_day(on)) if cap else ""
        if first in periods:
            periods[first] = max(0, periods[first] - int(due.points))
            given = {**given, due.rule: periods}
    return given
