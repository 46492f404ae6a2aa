"""What a program may say, and how its mistakes are told: with their path, and what to do."""

from pathlib import Path

import pytest

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import Problem, ProgramInvalid
from tests.engines import PLAIN, RICH

EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/programs/*.yaml"))
HEAD = "format: 1\nid: p\nname: p\nmoney: EUR\n"
FEBRUARY_30 = "{mode: FIXED_DATE, month: 2, day: 30}"
POINTS = "currencies: [{id: points, name: p}]\n"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as refused:
        program.parse(text)
    refusal = refused.value.refusal
    assert isinstance(refusal, ProgramInvalid)
    return refusal.problems


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_can_be_published(path: Path) -> None:
    parsed = program.parse(path.read_text("utf-8"))
    assert program.Program.model_validate(parsed.model_dump(mode="json")) == parsed


def test_the_plain_program_says_one_point_per_dollar() -> None:
    plain = program.parse(PLAIN)
    assert (plain.money, plain.exponent, str(plain.zone)) == ("USD", 2, "America/New_York")
    [rule] = plain.earning_rules
    assert rule.effect.kind == "PER_AMOUNT"
    assert (rule.effect.points, str(rule.effect.per)) == (1, "1.00")


def test_a_program_without_earning_is_valid() -> None:
    assert program.parse(HEAD).earning_rules == ()


def test_a_number_with_a_decimal_point_is_exact() -> None:
    rule = "[{id: r, name: r, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: 0.10}}]"
    [parsed] = program.parse(f"{HEAD}{POINTS}earning_rules: {rule}").earning_rules
    assert parsed.effect.kind == "PER_AMOUNT"
    assert str(parsed.effect.per) == "0.10"


def test_no_is_norwegian_and_not_a_boolean() -> None:
    parsed = program.parse(HEAD.replace("name: p", "name: {en: p, no: q}"))
    assert parsed.name.by_language == {"en": "p", "no": "q"}


def test_a_misspelt_name_is_an_error_with_the_nearest_known_one() -> None:
    [problem] = problems(HEAD + "currencis: []\n")
    assert problem.path == "currencis"
    assert "did you mean `currencies`?" in problem.message


def test_every_mistake_is_told_with_its_path() -> None:
    rules = "earning_rules:\n  - {id: R!, name: r, currency: points, effect: {kind: FIXED}}\n"
    told = {problem.path: problem.message for problem in problems(HEAD + POINTS + rules)}
    assert set(told) == {"earning_rules.0.id", "earning_rules.0.effect.points"}
    assert told["earning_rules.0.effect.points"] == "required, and missing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "a program is a mapping that begins with `format: 1`"),
        (HEAD + "currencies: [\n", "not readable as YAML"),
        (HEAD.replace("format: 1", "format: 2"), "1"),
        (HEAD + "time_zone: Mars/Base\n", "is not a time zone"),
        (HEAD + "currencies: [{id: a, name: a}, {id: a, name: b}]\n", "`a` is used twice"),
        (
            f"{HEAD}currencies: [{{id: x, name: x, expiry: {FEBRUARY_30}}}]\n",
            "there is no day 30 in month 2 of every year",
        ),
    ],
)
def test_a_program_that_cannot_be_is_refused(text: str, message: str) -> None:
    assert message in problems(text)[0].message


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{currency: gold, effect: {kind: FIXED, points: 1}}", "`gold`, which is not declared"),
        ("{currency: points, event: e, effect: {kind: FIXED, points: 1}}", "names its `event`"),
        (
            (
                "{currency: points, trigger: EVENT, event: e,"
                " effect: {kind: PER_AMOUNT, points: 1, per: 1}}"
            ),
            "must be FIXED",
        ),
        (
            (
                "{currency: points, trigger: EVENT, event: e, when: {categories: [a]},"
                " effect: {kind: FIXED, points: 1}}"
            ),
            "only purchases have it",
        ),
        (
            "{currency: points, when: {tiers: [gold]}, effect: {kind: FIXED, points: 1}}",
            "the tier `gold`, which is not declared",
        ),
        (
            "{currency: points, when: {minimum_amount: 1.005}, effect: {kind: FIXED, points: 1}}",
            "more decimals than the currency's 2",
        ),
        (
            (
                "{currency: points, effect: {kind: PER_AMOUNT, points: 1, per: 1, carry: true,"
                " rounding: CEIL}}"
            ),
            "use rounding FLOOR and scope ORDER",
        ),
        (
            (
                "{currency: points, effect: {kind: PER_AMOUNT, points: 1, per: 1, carry: true,"
                " scope: LINE}}"
            ),
            "use rounding FLOOR and scope ORDER",
        ),
        ("{currency: points, effect: {kind: PER_AMOUNT, points: 1, per: 0}}", "greater than 0"),
        (
            "{currency: points, starts_at: 2026-01-01T00:00:00, effect: {kind: FIXED, points: 1}}",
            "time zone",
        ),
    ],
)
def test_a_rule_that_could_not_be_kept_is_refused(rule: str, message: str) -> None:
    text = f"{HEAD}{POINTS}earning_rules: [{rule.replace('{', '{id: r, name: r, ', 1)}]"
    assert message in problems(text)[0].message


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ("[{id: a, name: a}, {id: b, name: b}]", "only the lowest tier may be without"),
        ("[{id: a, name: a, threshold: {points: 5}}]", "name the ladder's `points_currency`"),
        ("[{id: a, name: a, threshold: {match: ANY}}]", "at least one of spend"),
        (
            "[{id: a, name: a, threshold: {spend: 5}}, {id: b, name: b, threshold: {spend: 5}}]",
            "must be higher than",
        ),
        (
            (
                "[{id: a, name: a, threshold: {spend: 5}}, {id: b, name: b, threshold:"
                " {purchases: 1}}, {id: c, name: c, threshold: {spend: 4}}]"
            ),
            "must be higher than",
        ),
        ("[{id: a, name: a}, {id: a, name: b, threshold: {spend: 5}}]", "`a` is used twice"),
        ("[{id: a, name: a, benefits: [{id: m, kind: POINTS_MULTIPLIER, name: m}]}]", "`factor`"),
        (
            "[{id: a, name: a, benefits: [{id: m, kind: SERVICE, name: m, factor: 2}]}]",
            "`factor`",
        ),
    ],
)
def test_a_ladder_that_could_not_be_climbed_is_refused(tiers: str, message: str) -> None:
    text = f"{HEAD}ladders: [{{id: l, name: l, tiers: {tiers}}}]"
    assert message in problems(text)[0].message


def test_a_name_that_is_there_twice_is_refused() -> None:
    """YAML would let the second silently take the place of the first."""
    assert "earning_rules" in problems(HEAD + "earning_rules: []\nearning_rules: []\n")[0].message


def test_a_text_has_at_least_one_language() -> None:
    assert problems(HEAD.replace("name: p", "name: {}"))[0].path.startswith("name")


def test_a_text_falls_back_to_its_language_then_the_default_then_any() -> None:
    name = program.parse(HEAD.replace("name: p", "name: {da: D, en: E, sv: S}")).name
    assert [name.in_language(to) for to in ("da-DK", "sv", "fi-FI")] == ["D", "S", "E"]
    assert name.in_language("fi", default="sv") == "S"
    assert program.parse(HEAD.replace("name: p", "name: {da: D}")).name.in_language("fi") == "D"
    assert program.parse(HEAD).name.in_language("fi") == "p"


def test_the_same_program_in_other_words_is_the_same() -> None:
    assert program.parse(RICH) == program.parse(RICH + "\n# nothing\n")


@pytest.mark.parametrize("source", ["[" * 5_000, "1" * 5_000, "a: " + "1" * 5_000, "x" * 200_001])
def test_a_text_made_to_break_the_reader_is_a_mistake_and_not_a_bug(source: str) -> None:
    with pytest.raises(Refused) as refused:
        program.parse(source)
    assert isinstance(refused.value.refusal, program.ProgramInvalid)
