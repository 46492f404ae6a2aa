"""What comes in and goes out of the graph exactly: instants, dates, points, money, cursors."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import BadInput
from schema.pagination import Page, Paged, cursor
from schema.scalars import (
    SCALARS,
    URL,
    CurrencyCode,
    Locale,
    MoneyInput,
    Points,
    instant_text,
    money,
    read_date,
    read_instant,
    read_points,
)
from schema.wallets.explanations import exact_text


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12)),
        ("2026-03-01t12:00:00z", datetime(2026, 3, 1, 12)),
        ("2026-03-01T12:00:00.5+02:00", datetime(2026, 3, 1, 10, 0, 0, 500_000)),
        ("2026-03-01T12:00:00.123999999Z", datetime(2026, 3, 1, 12, 0, 0, 123_000)),
    ],
)
def test_instants_are_read_to_the_millisecond_in_utc(text: str, at: datetime) -> None:
    assert read_instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01", "2026-03-01T12:00:00", "2026-03-01 12:00:00Z", "20260301T120000Z"),
        *("2026-02-30T12:00:00Z", "2026-03-01T25:00:00Z", "0001-01-01T00:00:00+10:00"),
        *("9999-12-31T23:59:59-10:00", "", "now", 1_772_366_400, None, True),
    ],
)
def test_what_is_no_instant_is_refused(text: object) -> None:
    with pytest.raises(GraphQLError):
        read_instant(text)


@given(st.datetimes(min_value=datetime(1900, 1, 1)))
def test_instants_survive_the_way_there_and_back(at: datetime) -> None:
    at = at.replace(microsecond=at.microsecond // 1_000 * 1_000)
    assert read_instant(instant_text(at)) == at
    assert len(instant_text(at)) == 24


def test_dates_exist() -> None:
    assert read_date("2028-02-29") == date(2028, 2, 29)
    for wrong in ("2026-02-29", "2026-2-1", "20260201", "2026-W05-1", 7, None):
        with pytest.raises(GraphQLError):
            read_date(wrong)


def test_points_are_whole_and_bounded() -> None:
    assert read_points(10**15) == 10**15
    for wrong in (10**15 + 1, -(10**15) - 1, 1.0, "1", True, None, 2**70):
        with pytest.raises(GraphQLError):
            read_points(wrong)


@pytest.mark.parametrize(
    ("amount", "code", "minor"),
    [
        ("42.70", "EUR", 4270),
        ("42.7", "EUR", 4270),
        ("42", "EUR", 4200),
        ("-0.01", "EUR", -1),
        ("100", "JPY", 100),
        ("1.234", "KWD", 1234),
        ("1.5", "RSD", 150),
        ("12.345", "IQD", 12345),
    ],
)
def test_money_is_read_by_its_own_decimals(amount: str, code: str, minor: int) -> None:
    given_money = MoneyInput(amount=amount, currency_code=CurrencyCode(code))
    assert given_money.minor_units(code, "total") == minor


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        *(("42.701", "EUR"), ("1.5", "JPY"), ("1,000.00", "EUR"), ("1e3", "EUR"), ("", "EUR")),
        *((" 1", "EUR"), ("+1", "EUR"), (".5", "EUR"), ("NaN", "EUR"), ("٣", "EUR")),
        ("1" * 16, "EUR"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_place(amount: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        MoneyInput(amount=amount, currency_code=CurrencyCode(code)).minor_units(code, "total")
    assert refused.value.path == ("total", "amount")


@given(st.integers(-(10**14), 10**14), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_survives_the_way_there_and_back(minor: int, code: str) -> None:
    shown = money(minor, code)
    back = MoneyInput(amount=shown.amount, currency_code=CurrencyCode(code))
    assert back.minor_units(code, "total") == minor


@pytest.mark.parametrize(
    ("scalar", "good", "bad"),
    [
        (Locale, ["sv", "da-DK", "zh-Hant-TW"], ["", "s", "da_DK", "da DK", "x" * 40]),
        (CurrencyCode, ["DKK"], ["dkk", "DK", "DKKK", "ÆØÅ", "DDK", "XAU"]),
        (URL, ["https://shop.example/a?b", "myapp://x"], ["shop.example", "//x", "a b:c", "é:x"]),
    ],
)
def test_codes_are_held_to_their_form(scalar: Any, good: list[str], bad: list[str]) -> None:
    parse = SCALARS[scalar].parse_value
    assert parse is not None
    assert [parse(text) for text in good] == good
    for text in bad:
        with pytest.raises(GraphQLError):
            parse(text)


def test_points_are_read_in_a_document_as_in_variables() -> None:
    assert SCALARS[Points].parse_literal is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(4270, 100), "42.7"),
        (Fraction(1, 3), "1/3"),
        (Fraction(5), "5"),
        (Fraction(1000), "1000"),
        (Fraction(1, 8), "0.125"),
        (Fraction(49995, 1000), "49.995"),
        (Fraction(0), "0"),
        (Fraction(-1, 2), "-0.5"),
    ],
)
def test_fractions_are_written_exactly(value: Fraction, text: str) -> None:
    assert exact_text(value) == text


class Parts(Page[list[str]]):
    """A page of a list in order of anything."""

    @staticmethod
    def read(parts: Sequence[str]) -> list[str]:
        """Read what there is."""
        return list(parts)


@given(st.lists(st.text("abc019:._-", max_size=20), min_size=1, max_size=3))
def test_a_cursor_leads_back_to_its_place(parts: list[str]) -> None:
    assert Paged("x", Parts).page(1, cursor("x", *parts)).place == parts
    with pytest.raises(BadInput):
        Paged("y", Parts).page(1, cursor("x", *parts))
