"""The currencies of money and their decimals are those of ISO 4217, wherever money is shown."""

import pytest
from graphql import GraphQLError

from loyalty import program
from loyalty.messages import Money, written
from loyalty.money import EXPONENTS, exponent, unknown
from schema.scalars import money, read_currency

HEAD = "format: 1\nid: p\nname: p\n"


def test_the_table_is_list_one_without_what_has_no_minor_unit() -> None:
    assert len(EXPONENTS) == 165
    assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in EXPONENTS)
    without = {"XAG", "XAU", "XBA", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA"}
    withdrawn = {"ANG", "BGN", "CUC", "HRK", "SLL", "ZWL"}
    assert not EXPONENTS.keys() & (without | withdrawn)


@pytest.mark.parametrize(
    ("decimals", "codes"),
    [
        (0, ["JPY", "ISK", "KRW", "CLP", "UGX", "VND", "XOF"]),
        (2, ["EUR", "DKK", "SEK", "NOK", "USD", "XCG"]),
        (2, ["AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"]),
        (3, ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
        (4, ["CLF", "UYW"]),
    ],
)
def test_decimals_are_those_of_the_standard(decimals: int, codes: list[str]) -> None:
    assert {code: exponent(code) for code in codes} == dict.fromkeys(codes, decimals)
    for code in codes:
        assert program.parse(f"{HEAD}money: {code}\n").exponent == decimals


@pytest.mark.parametrize("code", ["EUO", "XAU", "XDR", "XTS", "BGN"])
def test_what_is_no_currency_has_no_decimals(code: str) -> None:
    with pytest.raises(KeyError):
        exponent(code)


@pytest.mark.parametrize(
    ("code", "meant"),
    [("ERU", "EUR"), ("EUO", "EUR"), ("SKE", "SEK"), ("DDK", "DKK"), ("GPB", "GBP")],
)
def test_a_misspelt_code_is_refused_with_the_one_that_was_meant(code: str, meant: str) -> None:
    assert unknown(code) == f"`{code}` is not a currency of ISO 4217; did you mean `{meant}`?"
    with pytest.raises(GraphQLError, match=f"did you mean `{meant}`"):
        read_currency(code)


def test_where_nothing_is_near_an_example_is_given() -> None:
    assert unknown("QQQ") == "`QQQ` is not a currency of ISO 4217; write one such as `EUR`"


@pytest.mark.parametrize(
    ("minor_units", "code", "shown", "said"),
    [
        (1_250, "RSD", "12.50", "12,50 RSD"),
        (1_234_567, "IQD", "1234.567", "1 234,567 IQD"),
        (1_250, "JPY", "1250", "1 250 JPY"),
        (4_270, "EUR", "42.70", "42,70 €"),
    ],
)
def test_money_is_shown_with_all_its_decimals(
    minor_units: int, code: str, shown: str, said: str
) -> None:
    assert money(minor_units, code).amount == shown
    assert written(Money(minor_units, code), "sv").replace("\u00a0", " ") == said
