"""What is given as null is a mistake at its path, to the reading and to editors alike."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import ProgramInvalid, terms
from tests.unit.test_program_mistakes import CURRENCIES, HEAD, told

EDITOR = Draft202012Validator(terms.json_schema())
LEFT_OUT = "is given as null: leave `{}` out, or give it a value"
WHOLE = """
format: 1
id: p
name: p
money: EUR
time_zone: UTC
currencies:
  - id: points
    name: p
    pending_days: 14
    expiry: {mode: ROLLING, months: 12}
    transfers: {minimum: 1, per_transfer: 100, per_month: 100}
earning_rules:
  - id: r
    name: r
    currency: points
    when: {hours: {since: "10:00", until: "12:00"}, minimum_amount: "5.00", birthday: MONTH}
    starts_at: "2026-01-01T00:00:00Z"
    ends_at: "2027-01-01T00:00:00Z"
    cap: {points: 5, per: DAY}
    effect: {kind: PER_AMOUNT, points: 1, per: "1.00", carry: false}
ladders:
  - id: l
    name: l
    window: CALENDAR_YEAR
    validity: {kind: MONTHS, months: 12}
    tiers:
      - {id: a, name: a}
      - id: b
        name: b
        threshold: {spend: "50.00", purchases: 3, visits: 4}
        benefits:
          - {id: less, kind: DISCOUNT, name: o, percent: "5", quota: {count: 1, per: YEAR}}
          - {id: early, kind: EARLY_ACCESS, name: e, hours: 5}
offers:
  - id: o
    kind: PERCENT_OFF
    name: o
    description: o
    percent: "10"
    price: {points: 5, currency: points}
    starts_at: "2026-01-01T00:00:00Z"
    ends_at: "2027-01-01T00:00:00Z"
    valid_days: 5
    active_minutes: 5
    stock: 5
    waiting_list: true
    group: g
    code: {kind: UNIQUE}
"""

Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> list[Place]:
    """List every place of a definition."""
    match value:
        case dict():
            inner = [place for name, part in value.items() for place in places(part, (*at, name))]
        case list():
            inner = [place for n, part in enumerate(value) for place in places(part, (*at, n))]
        case _:
            inner = []
    return [*([at] if at else []), *inner]


def with_null(place: Place) -> Any:
    """Give the definition with null in one place."""
    definition: Any = yaml.safe_load(WHOLE)
    *way, last = place
    part = definition
    for step in way:
        part = part[step]
    part[last] = None
    return definition


def test_the_definition_itself_is_right() -> None:
    program.parse(WHOLE)
    EDITOR.validate(yaml.safe_load(WHOLE))


@pytest.mark.parametrize(
    "place", places(yaml.safe_load(WHOLE)), ids=lambda place: ".".join(map(str, place))
)
def test_null_is_a_mistake_everywhere(place: Place) -> None:
    definition = with_null(place)
    with pytest.raises(Refused) as refused:
        program.parse(json.dumps(definition))
    refusal = refused.value.refusal
    assert isinstance(refusal, ProgramInvalid)
    paths = [problem.path for problem in refusal.problems]
    assert ".".join(map(str, place)) in paths
    assert len(set(paths)) == len(paths)
    assert list(EDITOR.iter_errors(definition))


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("offers: [{id: o, kind: CUSTOM, name: o, stock: null}]", "offers.0.stock"),
        ("offers: [{id: o, kind: CUSTOM, name: o, starts_at: }]", "offers.0.starts_at"),
        ("referral: ~", "referral"),
        ("nudges: [{on: POINTS_EARNED, title: null}]", "nudges.0.title"),
    ],
)
def test_what_need_not_be_said_is_left_out(part: str, path: str) -> None:
    assert told(f"{HEAD}{CURRENCIES}{part}\n") == {path: LEFT_OUT.format(path.rpartition(".")[2])}


def test_null_where_the_kind_needs_a_value_says_what_it_needs() -> None:
    benefit = "{id: b, kind: POINTS_MULTIPLIER, name: b, factor: null}"
    ladder = f"ladders: [{{id: l, name: l, tiers: [{{id: a, name: a, benefits: [{benefit}]}}]}}]"
    [(path, message)] = told(HEAD + CURRENCIES + ladder).items()
    assert path == "ladders.0.tiers.0.benefits.0.factor"
    assert message == "`factor` belongs to a POINTS_MULTIPLIER, and is required there"


@pytest.mark.parametrize("written", ["true", '"1"', "1.0", "2", "null"])
def test_the_format_is_the_number_1(written: str) -> None:
    assert told(HEAD.replace("format: 1", f"format: {written}")) == {"format": "must be 1"}


@pytest.mark.parametrize("written", ["yes", "off", "1", '"true"'])
def test_true_and_false_are_written_as_such(written: str) -> None:
    offer = f"offers: [{{id: o, kind: CUSTOM, name: o, personal: {written}}}]"
    assert told(HEAD + CURRENCIES + offer) == {"offers.0.personal": "must be true or false"}
