"""Every mistake of a program is told in one go, at its exact path and in the format's words."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import ProgramInvalid, terms
from loyalty.program.rules import json_schema, spelling
from loyalty.wallets.rules import available_at, expires_at

HEAD = "format: 1\nid: p\nname: p\nmoney: EUR\n"
CURRENCIES = "currencies: [{id: points, name: p}, {id: status, name: s}]\n"
SIX_MISTAKES = """
format: 1
id: p
name: {en: P}
money: EUR
default_language: English
curencies: []
currencies:
  - {id: points, name: points}
  - {id: points, name: again}
earning_rules:
  - {id: base, name: b, currency: pionts, effect: {kind: FIXED, points: many}}
ladders:
  - id: l
    name: l
    tiers:
      - {id: a, name: a}
      - {id: b, name: b, threshold: {spend: 50}}
      - {id: c, name: c, threshold: {spend: "50.00"}}
"""


def told(text: str) -> dict[str, str]:
    """Read a definition that cannot be, and give each message by its path."""
    with pytest.raises(Refused) as refused:
        program.parse(text)
    refusal = refused.value.refusal
    assert isinstance(refusal, ProgramInvalid)
    problems = {problem.path: problem.message for problem in refusal.problems}
    assert len(problems) == len(refusal.problems)
    return problems


def rule(text: str) -> str:
    return f"{HEAD}{CURRENCIES}earning_rules: [{{id: r, name: r, {text}}}]\n"


def nudges(*texts: str) -> str:
    return HEAD + "nudges:\n" + "".join(f"  - {text}\n" for text in texts)


def test_mistakes_of_shape_and_of_sense_are_told_together() -> None:
    assert told(SIX_MISTAKES) == {
        "curencies": "`curencies` is not a name of the format here; did you mean `currencies`?",
        "earning_rules.0.effect.points": "must be a whole number",
        "default_language": (
            "`English` is not a language: write its code of BCP 47, such as en or pt-BR"
        ),
        "currencies.1.id": "the currency id `points` is used twice, first at currencies.0.id",
        "earning_rules.0.currency": (
            "names the currency `pionts`, which is not declared; did you mean `points`?"
        ),
        "ladders.0.tiers.2.threshold.spend": "must be higher than the 50 of tier `b` below",
    }


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (rule("currency: x, effect: {kind: FIXED, points: 1}"), "currency"),
        (
            rule("currency: points, when: {tiers: [x]}, effect: {kind: FIXED, points: 1}"),
            "when.tiers.0",
        ),
        (
            rule(
                "currency: points, when: {minimum_amount: 1.001}, effect: {kind: FIXED, points: 1}"
            ),
            "when.minimum_amount",
        ),
        (rule("currency: points, trigger: EVENT, effect: {kind: FIXED, points: 1}"), "event"),
        (
            rule(
                "currency: points, trigger: EVENT, event: e, effect: {kind: MULTIPLIER, factor: 2}"
            ),
            "effect.kind",
        ),
        (
            rule(
                "currency: points, starts_at: 2026-02-01T00:00:00Z,"
                " ends_at: 2026-02-01T00:00:00Z, effect: {kind: FIXED, points: 1}"
            ),
            "ends_at",
        ),
        (
            rule("currency: points, effect: {kind: PER_AMOUNT, points: 1, per: 1, roundin: CEIL}"),
            "effect.roundin",
        ),
        (
            rule("currency: points, effect: {kind: PER_AMUONT, points: 1, per: 1}"),
            "effect.kind",
        ),
        (rule("currency: points, effect: {points: 1}"), "effect.kind"),
    ],
)
def test_a_mistake_of_a_rule_has_its_exact_path(text: str, path: str) -> None:
    assert list(told(text)) == [f"earning_rules.0.{path}"]


@pytest.mark.parametrize(
    ("tiers", "path"),
    [
        ("{id: a, name: a}, {id: b, name: b}", "tiers.1.threshold"),
        ("{id: a, name: a, threshold: {points: 5}}", "tiers.0.threshold.points"),
        ("{id: a, name: a, threshold: {match: ANY}}", "tiers.0.threshold"),
        ("{id: a, name: a, threshold: {spend: 0.001}}", "tiers.0.threshold.spend"),
        ("{id: a, name: a}, {id: b, name: b, treshold: {spend: 1}}", "tiers.1.treshold"),
        (
            "{id: a, name: a, benefits: [{id: m, kind: POINTS_MULTIPLIER, name: m}]}",
            "tiers.0.benefits.0.factor",
        ),
    ],
)
def test_a_mistake_of_a_ladder_has_its_exact_path(tiers: str, path: str) -> None:
    assert list(told(f"{HEAD}ladders: [{{id: l, name: l, tiers: [{tiers}]}}]")) == [
        f"ladders.0.{path}"
    ]


def test_a_benefit_belongs_to_one_ladder_and_may_return_in_it() -> None:
    free = "{id: free, kind: SERVICE, name: f}"
    tiers = f"[{{id: %s, name: t, benefits: [{free}, {free}]}}]"
    ladders = [f"{{id: {name}, name: l, tiers: {tiers % name}}}" for name in ("x", "y")]
    program.parse(f"{HEAD}ladders: [{ladders[0]}]")
    assert set(told(f"{HEAD}ladders: [{', '.join(ladders)}]")) == {
        "ladders.1.tiers.0.benefits.0.id",
        "ladders.1.tiers.0.benefits.1.id",
    }


def test_a_nudge_is_there_once() -> None:
    assert list(told(nudges("{on: TIER_REACHED}", "{on: TIER_REACHED}"))) == ["nudges.1.on"]


@pytest.mark.parametrize(
    ("nudge", "path", "message"),
    [
        ('title: "{oops} x"', "title", "there is no field `oops` here; there is only `balance`"),
        ('body: {en: "{firstname}"}', "body.en", "did you mean `firstName`?"),
        ('body: {en: ok, da: "{points"}', "body.da", "its braces make no fields"),
        ('body: "{points!r}"', "body", "its braces make no fields"),
    ],
)
def test_a_text_of_a_nudge_names_fields_that_there_are(nudge: str, path: str, message: str) -> None:
    [(where, why)] = told(nudges(f"{{on: POINTS_EARNED, {nudge}}}")).items()
    assert where == f"nudges.0.{path}"
    assert message in why


@pytest.mark.parametrize("on", sorted(terms.NUDGE_FIELDS))
def test_a_text_of_a_nudge_may_name_every_field_and_a_brace_itself(on: str) -> None:
    fields = "".join(f"{{{field}}}" for field in terms.NUDGE_FIELDS[on])
    program.parse(nudges(f'{{on: {on}, title: "{{{{x}}}} {fields}"}}'))


def waiting(days: int, expiry: str) -> str:
    return f"{HEAD}currencies: [{{id: x, name: x, pending_days: {days}, expiry: {{{expiry}}}}}]\n"


@pytest.mark.parametrize(
    ("months", "fewest"), [(1, 28), (2, 59), (3, 89), (6, 181), (11, 334), (12, 365)]
)
def test_points_can_be_used_before_they_expire(months: int, fewest: int) -> None:
    rolling = f"mode: ROLLING, months: {months}"
    assert told(waiting(fewest, rolling)) == {
        "currencies.0.pending_days": (
            f"points expire after `months: {months}`, which may be only {fewest} days, before they"
            f" can be used: wait at most {fewest - 1} days, or let them expire later"
        )
    }
    [usable] = program.parse(waiting(fewest - 1, rolling)).currencies
    days = (datetime(2023, 1, 1, 12) + timedelta(days=n) for n in range(4 * 365 + 1))
    for at in days:
        begins = available_at(usable, at, ZoneInfo("UTC"))
        ends = expires_at(usable.expiry, at, ZoneInfo("UTC"))
        assert begins is not None
        assert ends is not None
        assert begins < ends


@pytest.mark.parametrize("expiry", ["mode: NEVER", "mode: ROLLING, months: 13"])
def test_points_may_wait_long_where_they_last_longer(expiry: str) -> None:
    assert program.parse(waiting(365, expiry)).currencies[0].pending_days == 365


@pytest.mark.parametrize("language", ["en", "da-DK", "pt-BR", "zh-Hant-TW", "fil"])
def test_a_language_is_a_code(language: str) -> None:
    parsed = program.parse(f"{HEAD}default_language: {language}\n")
    assert parsed.default_language == language


@pytest.mark.parametrize("language", ["''", "EN", "en_GB", "danish", "en-"])
def test_what_is_no_code_is_no_language(language: str) -> None:
    assert list(told(f"{HEAD}default_language: {language}\n")) == ["default_language"]


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (HEAD.replace("name: p", "name: 5"), "name", "must be a text, or a text for each language"),
        (HEAD.replace("name: p", "name: {en: 5}"), "name.en", "must be a text"),
        (HEAD.replace("EUR", "euro"), "money", "must be a code of ISO 4217, such as EUR"),
        (
            HEAD.replace("EUR", "ERU") + "currencies: [{id: x, name: x}]\n",
            "money",
            "`ERU` is not a currency of ISO 4217; did you mean `EUR`?",
        ),
        (HEAD.replace("id: p", "id: P!"), "id", "must be small letters, digits"),
        (HEAD + "currencies: 5\n", "currencies", "must be a list"),
        (HEAD + "currencies: [5]\n", "currencies.0", "must be a mapping of names to values"),
        (HEAD + "multipliers: MOST\n", "multipliers", "must be BEST or PRODUCT"),
        (
            HEAD + "earn_base: {id: x}\n",
            "earn_base.id",
            "`id` is not a name of the format here; there is only `tax`",
        ),
        (HEAD + "ladders: [{id: l, name: l, tiers: []}]\n", "ladders.0.tiers", "must not be empty"),
        (
            HEAD + "currencies: [{id: x, name: x, expiry: {mode: ROLLING, months: 200}}]\n",
            "currencies.0.expiry.months",
            "must be less than or equal to 120",
        ),
    ],
)
def test_a_mistake_of_shape_is_told_in_the_words_of_the_format(
    text: str, path: str, message: str
) -> None:
    [(where, why)] = told(text).items()
    assert where == path
    assert message in why


@pytest.mark.parametrize(
    "part",
    [
        "nudges: [{on: POINTS_EARNED, title: &a {en: *a}}]",
        "ladders: &a [*a]",
        "currencies: [{id: x, name: x, expiry: {mode: FIXED_DATE, month: 1, day: 9999999999999}}]",
        "ladders: [{id: l, name: l, tiers: [{id: a, name: a, threshold: {spend: 1e999999}}]}]",
        "? [a]\n: b",
    ],
)
def test_data_made_to_break_the_reading_is_a_mistake_and_not_a_bug(part: str) -> None:
    assert told(f"{HEAD}{part}\n")


def test_a_version_stored_before_a_check_was_made_is_still_read() -> None:
    stored = {
        **program.parse(HEAD).model_dump(mode="json", exclude_none=True),
        "default_language": "English",
        "nudges": [{"on": "TIER_REACHED", "body": {"by_language": {"": "{oops}"}}}] * 2,
    }
    assert program.Program.model_validate(stored).default_language == "English"
    assert len(terms.problems(stored)) == 4


def test_what_was_written_out_again_has_no_mistakes() -> None:
    for path in Path(__file__).parents[2].glob("examples/programs/*.yaml"):
        parsed = program.parse(path.read_text("utf-8"))
        assert terms.problems(parsed.model_dump(mode="json", exclude_none=True)) == []


def test_the_page_about_programs_shows_what_can_be_published() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs/programs.md").read_text("utf-8")
    first, *others = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert first == (root / "examples/programs/points.yaml").read_text("utf-8")
    for block in others:  # a whole program, or a part of one
        program.parse(block if "format:" in block else HEAD + block)


@pytest.mark.parametrize(
    ("part", "wrong", "meant"),
    [
        ("currencies: [{id: c, name: c, expiry: {moed: NEVER}}]", "moed", "mode"),
        (
            "earning_rules: [{id: r, name: r, currency: points, effect: {kidn: FIXED, points: 1}}]",
            "kidn",
            "kind",
        ),
    ],
)
def test_the_misspelt_name_that_tells_which_is_told_with_what_was_meant(
    part: str, wrong: str, meant: str
) -> None:
    [(path, message)] = told(HEAD + ("" if "currencies" in part else CURRENCIES) + part).items()
    assert path in (f"currencies.0.expiry.{wrong}", f"earning_rules.0.effect.{wrong}")
    assert message == f"`{wrong}` is not a name of the format here; did you mean `{meant}`?"


def test_beside_a_name_that_is_far_from_any_the_one_missing_is_told() -> None:
    assert set(told(f"{HEAD}currencies: [{{id: c, name: c, expiry: {{zzz: NEVER}}}}]")) == {
        "currencies.0.expiry.zzz",
        "currencies.0.expiry.mode",
    }


@pytest.mark.parametrize("value", ["true", "yes", "1.0", '"1"'])
def test_a_whole_number_is_written_as_one(value: str) -> None:
    text = rule(f"currency: points, effect: {{kind: FIXED, points: {value}}}")
    assert told(text) == {"earning_rules.0.effect.points": "must be a whole number"}


@pytest.mark.parametrize("value", ["12345678901234", '"12345678901234"', "true"])
def test_an_instant_is_written_as_one(value: str) -> None:
    offer = f"offers: [{{id: o, kind: CUSTOM, name: o, ends_at: {value}}}]"
    assert told(HEAD + CURRENCIES + offer) == {
        "offers.0.ends_at": "must be an instant with its time zone, "
        "such as 2026-01-01T00:00:00+01:00"
    }


def test_a_time_without_its_quotes_is_no_number_of_seconds() -> None:
    hours = "when: {hours: {since: 10:30, until: 630}}"
    wrong = told(rule(f"currency: points, effect: {{kind: FIXED, points: 1}}, {hours}"))
    said = 'must be a time of day in quotes, such as "17:30"'
    assert wrong == {f"earning_rules.0.when.hours.{name}": said for name in ("since", "until")}


def test_every_pattern_of_the_format_has_words() -> None:
    patterns = set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(json_schema())))
    assert {json.loads(pattern) for pattern in patterns} <= set(spelling.OF_PATTERN)
