"""Mistakes of ladders: validities that no window ends, benefits with what belongs to others."""

import pytest

from loyalty import program
from tests.unit.test_program_mistakes import HEAD, told


def ladder(text: str, benefit: str = "") -> str:
    top = f"{{id: b, name: b, threshold: {{visits: 3}}, benefits: [{benefit}]}}"
    tiers = f"[{{id: a, name: a}}, {top}]"
    return f"{HEAD}ladders: [{{id: l, name: l, tiers: {tiers}, {text}}}]\n"


@pytest.mark.parametrize(
    ("text", "path", "word"),
    [
        ("validity: {kind: MONTHS}", "validity.months", "required"),
        ("validity: {kind: PERIOD_END, months: 3}", "validity.months", "belongs to"),
        ("window: ROLLING_12M, validity: {kind: PERIOD_END}", "validity.kind", "ROLLING_12M"),
        ("window: LIFETIME, validity: {kind: PERIOD_END}", "validity.kind", "MONTHS"),
        ("window: LIFETIME, validity: {kind: MONTHS, months: 6}", "validity.kind", "everything"),
        ("validity: {grace_days: 30}", "validity.grace_days", "for ever"),
    ],
)
def test_a_validity_fits_its_window(text: str, path: str, word: str) -> None:
    [(where, message)] = told(ladder(text)).items()
    assert where == f"ladders.0.{path}"
    assert word in message


@pytest.mark.parametrize(
    ("kind", "more", "wrong"),
    [
        ("SERVICE", 'percent: "10"', "percent"),
        ("DISCOUNT", "hours: 24", "hours"),
        ("FREE_SHIPPING", "days: 2", "days"),
        ("EARLY_ACCESS", "hours: 24, days: 2", "hours"),
    ],
)
def test_a_benefit_says_what_belongs_to_its_kind(kind: str, more: str, wrong: str) -> None:
    given = f"{{id: x, name: x, kind: {kind}, {more}}}"
    assert list(told(ladder("", given))) == [f"ladders.0.tiers.1.benefits.0.{wrong}"]


@pytest.mark.parametrize(
    "text",
    [
        "validity: {kind: PERIOD_END, grace_days: 30}, downgrade: FULL",
        "window: ANNIVERSARY, validity: {kind: PERIOD_END}",
        "window: ROLLING_12M, validity: {kind: MONTHS, months: 12}, downgrade: NEVER",
        "validity: {kind: MONTHS, months: 24}",
    ],
)
def test_validities_that_fit(text: str) -> None:
    quota = "{count: 2, per: QUARTER}"
    given = f"{{id: x, name: x, kind: DISCOUNT, percent: '7.5', quota: {quota}}}"
    assert program.parse(ladder(text, given)).ladders[0].id == "l"
