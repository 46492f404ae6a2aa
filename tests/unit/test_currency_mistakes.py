"""Every mistake of a currency and of the limits of corrections is told at its exact path."""

import pytest

from loyalty import program
from loyalty.errors import Refused
from loyalty.program import ProgramInvalid
from loyalty.program.rules.texts import FORMS_EXPECTED

TWICE = """kind: PREPAID, top_ups: [
  {id: a, name: a, pay: '1', get: '2'}, {id: a, name: b, pay: '1', get: '2'}
]"""
HEAD = "format: 1\nid: p\nname: p\nmoney: EUR\n"


def told(source: str) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        program.parse(HEAD + source)
    assert isinstance(refused.value.refusal, ProgramInvalid)
    return {problem.path: problem.message for problem in refused.value.refusal.problems}


def currency(terms: str) -> str:
    return f"currencies: [{{id: points, name: p, {terms}}}]\n"


@pytest.mark.parametrize(
    ("terms", "path", "message"),
    [
        (
            "pending_days: 28, expiry: {mode: INACTIVITY, months: 1}",
            "pending_days",
            (
                "points expire after `months: 1`, which may be only 28 days, before they can be"
                " used: wait at most 27 days, or let them expire later"
            ),
        ),
        (
            "kind: QUALIFYING, transfers: {minimum: 5}",
            "transfers",
            "members cannot give QUALIFYING to each other, only REDEEMABLE or STORE_CREDIT",
        ),
        (
            "transfers: {minimum: 50, per_transfer: 49}",
            "transfers.per_transfer",
            "must be at least the `minimum` of 50",
        ),
        (
            "transfers: {minimum: 50, per_month: 10}",
            "transfers.per_month",
            "must be at least the `minimum` of 50",
        ),
        (
            "spend_first: PAID",
            "spend_first",
            "`spend_first` belongs to a currency of kind PREPAID",
        ),
        (
            "top_ups: [{id: a, name: a, pay: '10.00', get: '13.00'}]",
            "top_ups",
            "`top_ups` belongs to a currency of kind PREPAID",
        ),
        (
            "kind: PREPAID, top_ups: [{id: a, name: a, pay: '10.00', get: '9.99'}]",
            "top_ups.0.get",
            "must be at least what is paid, 10.00",
        ),
        (
            "kind: PREPAID, top_ups: [{id: a, name: a, pay: '0', get: '9.99'}]",
            "top_ups.0.pay",
            "a top-up is paid for: write an amount above 0",
        ),
        (
            TWICE,
            "top_ups.1.id",
            "the top-up id `a` is used twice, first at currencies.0.top_ups.0.id",
        ),
    ],
)
def test_a_mistake_of_a_currency_is_told_where_it_is(terms: str, path: str, message: str) -> None:
    assert told(currency(terms)) == {f"currencies.0.{path}": message}


def test_a_top_up_has_no_more_decimals_than_its_money() -> None:
    terms = "kind: PREPAID, top_ups: [{id: a, name: a, pay: '1.005', get: '2'}]"
    assert list(told(currency(terms))) == ["currencies.0.top_ups.0.pay"]


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        ("{limit: '100', four_eyes_above: '100'}", "adjustments.four_eyes_above"),
        (
            "{roles: {SUPPORT: {limit: '10', four_eyes_above: '11'}}}",
            "adjustments.roles.SUPPORT.four_eyes_above",
        ),
    ],
)
def test_four_eyes_begin_below_the_limit(limits: str, path: str) -> None:
    limit = "100" if "roles" not in limits else "10"
    assert told(f"adjustments: {limits}\n") == {
        path: f"must be below the `limit` of {limit}, or nothing ever waits for a second person"
    }


def test_a_role_that_staff_do_not_have_is_refused() -> None:
    assert list(told("adjustments: {roles: {BOSS: {limit: '1'}}}\n")) != []


def test_of_several_roles_the_widest_limit_counts_and_none_is_the_widest() -> None:
    source = f"""{HEAD}
adjustments:
  limit: "10"
  roles: {{SUPPORT: {{limit: "20"}}, ADMIN: {{}}}}
"""
    adjustments = program.parse(source).adjustments
    assert adjustments.limits_of(["MARKETING"]).limit == 10
    assert adjustments.limits_of(["MARKETING", "SUPPORT"]).limit == 20
    assert adjustments.limits_of(["SUPPORT", "ADMIN"]).limit is None
    assert adjustments.limits_of([]).limit == 10


@pytest.mark.parametrize(
    ("name", "at", "message"),
    [
        ("{en: {one: bean, many: beans}}", "", FORMS_EXPECTED),
        ("{one: bean}", "", FORMS_EXPECTED),
        ("{one: bean, other: beans, sv: bönor}", "", FORMS_EXPECTED),
        ("{en: {one: 1, other: beans}}", ".en", "must be a text"),
        ("{sv: {one: böna, other: [bönor]}}", ".sv", "must be a text"),
    ],
)
def test_a_name_with_forms_has_both(name: str, at: str, message: str) -> None:
    mistakes = told(f"currencies: [{{id: points, name: {name}}}]\n")
    assert mistakes == {f"currencies.0.name{at}": message}
