"""Every mistake of a challenge is told at its path."""

import pytest

from loyalty import program
from tests.unit.test_program_mistakes import CURRENCIES, HEAD, told

LADDER = "ladders: [{id: l, name: l, tiers: [{id: gold, name: Gold}]}]\n"


def challenge(text: str) -> str:
    return f"{HEAD}{CURRENCIES}{LADDER}challenges: [{{id: c, name: c, {text}}}]\n"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("criterion: COUNT", "target", "give one `target`, or `levels` with a target each"),
        (
            "target: 1, levels: [{id: a, target: 2}]",
            "target",
            "give one `target`, or `levels` with a target each",
        ),
        ("target: 2.5", "target", "must be a whole number; only a SUM of SPEND is in money"),
        (
            "target: '5.001', criterion: SUM, of: SPEND",
            "target",
            "5.001 has more decimals than the currency's 2",
        ),
        ("target: 367, criterion: STREAK, of: DAYS", "target", "at most 366"),
        (
            "levels: [{id: a, target: 2}, {id: b, target: 2}]",
            "levels.1.target",
            "must be higher than the 2 of the level below",
        ),
        (
            "levels: [{id: a, target: 2}, {id: a, target: 3}]",
            "levels.1.id",
            "the level id `a` is used twice, first at challenges.0.levels.0.id",
        ),
        ("levels: [{id: a, target: 2}], badge: B", "badge", "each level has its own `badge`"),
        (
            "levels: [{id: a, target: 2}], repeats: true",
            "repeats",
            "levels are reached once in a period: give one `target`",
        ),
        (
            "target: 2, repeats: true, criterion: DISTINCT, of: DAYS",
            "repeats",
            "only a COUNT or a SUM is reached again and again",
        ),
        ("target: 2, criterion: SUM", "of", "required: a SUM is `of` QUANTITY or SPEND"),
        ("target: 2, of: DAYS", "of", "a COUNT counts what was done: no `of`"),
        (
            "target: 2, criterion: STREAK, of: STORES",
            "of",
            "a STREAK is `of` DAYS or MONTHS or WEEKS",
        ),
        (
            "target: 2, triggers: [{trigger: EVENT}]",
            "triggers.0.event",
            "a trigger on EVENT names its `event`, others do not",
        ),
        (
            "target: 2, criterion: SUM, of: SPEND, triggers: [{trigger: VISIT}]",
            "triggers.0.trigger",
            "only a PURCHASE has SPEND",
        ),
        (
            "target: 2, triggers: [{when: {tiers: [golf]}}]",
            "triggers.0.when.tiers.0",
            "names the tier `golf`, which is not declared; did you mean `gold`?",
        ),
        (
            "target: 2, grants: [{points: 5, currency: pionts}]",
            "grants.0.currency",
            "names the currency `pionts`, which is not declared; did you mean `points`?",
        ),
        (
            "target: 2, starts_on: '2026-02-01', ends_on: '2026-01-31'",
            "ends_on",
            "must not be before `starts_on`",
        ),
        (
            "target: 2, criterion: STREAK, of: WEEKS, period: WEEK",
            "period",
            "a streak of weeks takes a MONTH, a YEAR, or no period",
        ),
        (
            "target: 2, submissions: {per_period: 3}",
            "submissions",
            "what is approved counts as one event: give it one trigger, an EVENT",
        ),
        ("target: 2, triggers: []", "triggers", "must not be empty"),
    ],
)
def test_a_mistake_is_told(text: str, path: str, message: str) -> None:
    assert told(challenge(text)) == {f"challenges.0.{path}": message}


def test_two_challenges_of_one_id() -> None:
    two = f"{HEAD}challenges: [{{id: c, name: c, target: 1}}, {{id: c, name: d, target: 1}}]\n"
    assert told(two) == {
        "challenges.1.id": "the challenge id `c` is used twice, first at challenges.0.id"
    }


def test_what_is_right_is_read() -> None:
    text = (
        "criterion: SUM, of: SPEND, period: YEAR, joining: OPT_IN, leaderboard: true, "
        "levels: [{id: a, name: A, target: '10.50', grants: [{points: 5, currency: points}]}]"
    )
    [read] = program.parse(challenge(text)).challenges
    assert [(level.id, level.target) for level in read.steps] == [("a", read.levels[0].target)]
    assert read.marks(2) == (1_050,)
