"""What is read in each language: the same kinds and facts in all, numbers as each writes them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from string import Formatter
from typing import Any

import pytest
from babel import Locale
from babel.dates import format_skeleton
from yaml import safe_load

from loyalty import activities, messages, push
from loyalty.errors import KeyReused, MemberUnknown, Refusal
from loyalty.messages import Count, Money, render
from loyalty.program import Problem, ProgramInvalid
from loyalty.program.rules import CountedName, Text
from loyalty.push.rules.refusals import TemplateInvalid
from loyalty.wallets import InsufficientPoints

HIGHEST = (activities, push)  # with these nouns, every refusal is declared
LANGUAGES = ["da", "en", "fi", "nb", "sv"]
# Spaces of CLDR that do not break, as they would be typed.
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def placeholders(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name}


def refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from refusals(below)


def plain(kind: str, locale: str, **facts: object) -> str:
    return render(kind, locale, **facts).translate(SPACES)


def test_the_catalogue_speaks_five_languages() -> None:
    assert list(messages.catalogue()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_asks_for_the_same_facts_in_every_language(language: str) -> None:
    texts, english = messages.catalogue()[language].texts, messages.catalogue()["en"].texts
    assert list(texts) == list(english)
    assert {kind: placeholders(text) for kind, text in texts.items()} == {
        kind: placeholders(text) for kind, text in english.items()
    }


def test_an_unknown_member_is_one_that_is_not_found_in_finnish() -> None:
    unknown = MemberUnknown(member_id="mbr_0")
    assert messages.describe(unknown, "fi") == "Jäsentä ei löydy."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_the_plural_forms_of_its_language(language: str) -> None:
    units = messages.catalogue()[language].units
    assert list(units) == list(messages.catalogue()["en"].units)
    forms = {"other", *Locale(language).plural_form.rules}
    assert {name: set(unit) for name, unit in units.items()} == dict.fromkeys(units, forms)
    assert all("{n}" in text for unit in units.values() for text in unit.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_spec_is_a_unit_a_way_to_join_or_a_date(language: str) -> None:
    tongue = messages.catalogue()[language]
    specs = {spec for text in tongue.texts.values() for _, spec in placeholders(text) if spec}
    for spec in specs - set(tongue.units) - {"or"}:
        assert format_skeleton(spec, date(2026, 12, 31), locale=language)


def test_every_refusal_can_be_said_from_its_own_facts() -> None:
    declared = set(refusals(Refusal))
    assert len(declared) >= 13
    for refusal in declared:
        assert messages.fields(refusal.__name__) <= set(dir(refusal)) | set(
            getattr(refusal, "__dataclass_fields__", ())
        )


@pytest.mark.parametrize(
    ("refusal", "locale", "said"),
    [
        (InsufficientPoints("points", 100, 99), "en", "You are 1 point short."),
        (InsufficientPoints("points", 100, 88), "en", "You are 12 points short."),
        (InsufficientPoints("points", 100, 88), "fi-FI", "Sinulta puuttuu 12 pistettä."),
        (InsufficientPoints("points", 100, 99), "fi", "Sinulta puuttuu 1 piste."),
        (InsufficientPoints("points", 2000, 88), "sv-SE", "Du saknar 1 912 poäng."),
        (KeyReused("k"), "nb", "Nøkkelen er allerede brukt med et annet innhold."),
        (
            ProgramInvalid((Problem("a", "b"),)),
            "en",
            "The program has mistakes; each is listed with its place.",
        ),
        (
            TemplateInvalid("a", "title", "en", "x", ("balance", "tier")),
            "en",
            (
                "Variant “a”, title, en: there is no field “x”. "
                "Use only the fields balance and tier, in braces."
            ),
        ),
        (
            TemplateInvalid("a", "body", "sv", None, ("balance", "tier")),
            "sv",
            (
                "Variant ”a”, body, sv: klammerparenteserna stämmer inte. "
                "Skriv namnet på ett fält inom klammerparenteser, ett av balance eller tier."
            ),
        ),
    ],
)
def test_a_refusal_is_said(refusal: Refusal, locale: str, said: str) -> None:
    assert messages.describe(refusal, locale).translate(SPACES) == said


FORMS = {
    "en": {"one": "bean", "other": "beans"},
    "fi": {"one": "papu", "other": "papua"},
    "nb": {"one": "bønne", "other": "bønner"},
    "sv": {"one": "böna", "other": "bönor"},
    "da": "bønner",
}
BEANS = Text(by_language={"en": "beans", "fi": "papua", "nb": "bønner", "sv": "poäng"})


@pytest.mark.parametrize(
    ("number", "locale", "said"),
    [
        (12, "en", "You are 12 beans short."),
        (1, "en", "You are 1 beans short."),
        (1200, "fi", "Sinulta puuttuu 1 200 papua."),
        (12, "nn-NO", "Du mangler 12 bønner."),
        (12, "sv", "Du saknar 12 poäng."),
        (12, "da", "Du mangler 12 beans."),
    ],
)
def test_points_are_counted_by_their_one_name(number: int, locale: str, said: str) -> None:
    short = InsufficientPoints("beans", number, 0, name=BEANS)
    assert messages.describe(short, locale).translate(SPACES) == said


@pytest.mark.parametrize(
    ("number", "locale", "said"),
    [
        (1, "en", "You are 1 bean short."),
        (2, "en", "You are 2 beans short."),
        (0, "en-GB", "You are 0 beans short."),
        (1, "fi-FI", "Sinulta puuttuu 1 papu."),
        (1200, "fi", "Sinulta puuttuu 1 200 papua."),
        (1, "nn-NO", "Du mangler 1 bønne."),
        (1, "sv", "Du saknar 1 böna."),
        (3, "sv", "Du saknar 3 bönor."),
        (1, "da", "Du mangler 1 bønner."),
    ],
)
def test_one_is_called_otherwise_than_many_where_the_program_says_so(
    number: int, locale: str, said: str
) -> None:
    declared = CountedName.model_validate(FORMS)
    for name in (declared, CountedName.model_validate(declared.model_dump(mode="json"))):
        short = InsufficientPoints("beans", number, 0, name=name)
        assert messages.describe(short, locale).translate(SPACES) == said


def test_two_names_for_every_language_are_chosen_from_as_well() -> None:
    name = CountedName.model_validate({"one": "bean", "other": "beans"})
    assert plain("ACCRUAL_FIXED", "da", points=Count(1, name)) == "1 bean"
    assert plain("ACCRUAL_FIXED", "da", points=Count(2, name.forms("sv"))) == "2 beans"


def test_a_name_that_a_unit_has_too_is_written_in_the_forms_of_the_unit() -> None:
    assert plain("ACCRUAL_FIXED", "en", points=Count(1, "points")) == "1 point"
    assert plain("ACCRUAL_FIXED", "fi", points=Count(1, "points")) == "1 piste"
    assert plain("ACCRUAL_FLOOR", "en", total=Count(1, "beans")) == ", rounded down to 1"


@pytest.mark.parametrize(
    ("locale", "chosen"),
    [
        ("nn-NO", "nb"),
        ("no", "nb"),
        ("nb-NO", "nb"),
        ("fi-FI", "en"),
        ("sv-FI", "sv-FI"),
        ("sv", "en"),
    ],
)
def test_a_text_of_the_program_is_chosen_by_the_same_chain(locale: str, chosen: str) -> None:
    text = Text(by_language={name: name for name in ("nb", "en", "sv-FI")})
    assert text.in_language(locale) == chosen


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-US", "Spend $12.00 more by December 31 to reach Gold"),
        ("en-GB", "Spend US$12.00 more by 31 December to reach Gold"),
        ("en", "Spend $12.00 more by December 31 to reach Gold"),
        ("da-DK", "Køb for 12,00 US$ mere senest den 31. december for at nå Gold"),
        ("sv", "Handla för ytterligare 12,00 US$ senast den 31 december för att nå Gold"),
        ("nb-NO", "Handle for 12,00 USD til innen 31. desember for å nå Gold"),
        ("fi", "Osta vielä 12,00 $ edestä viimeistään 31. joulukuuta, niin saavutat tason Gold"),
    ],
)
def test_money_and_dates_are_written_as_the_locale_does(locale: str, said: str) -> None:
    ask = render("ASK_SPEND", locale, missing=Money(1200, "USD"))
    told = plain("PROGRESS_UNTIL", locale, asks=[ask], until=date(2026, 12, 31), tier="Gold")
    assert told[0].upper() + told[1:] == said


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-US", "42 points from your purchase"),
        ("da-DK", "42 point for dit køb"),
        ("sv-FI", "42 poäng för ditt köp"),
        ("nb-NO", "42 poeng for kjøpet ditt"),
        ("no", "42 poeng for kjøpet ditt"),
        ("nn-NO", "42 poeng for kjøpet ditt"),
        ("fi-FI", "42 pistettä ostoksestasi"),
        ("de-DE", "42 points from your purchase"),
        ("xx", "42 points from your purchase"),
        ("sv-ZZ", "42 poäng för ditt köp"),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_english(locale: str, said: str) -> None:
    assert render("POINTS_EARNED_PURCHASE_TITLE", locale, points=42) == said


def test_an_accrual_is_explained_piece_by_piece() -> None:
    facts: dict[str, Any] = {"points": 1, "per": Money(100, "USD"), "base": Money(4270, "USD")}
    exact = Fraction(427, 10)
    said = "".join(
        [
            plain("ACCRUAL_RATE", "en-US", **facts),
            plain("ACCRUAL_EXACT", "en-US", exact=exact),
            plain("ACCRUAL_FLOOR", "en-US", total=42),
        ]
    )
    assert said == "1 point per $1.00 on $42.70 = 42.7, rounded down to 42"
    assert plain("ACCRUAL_EXACT", "sv-SE", exact=exact) == " = 42,7"


def test_an_amount_is_not_broken_from_its_currency_at_the_end_of_a_line() -> None:
    assert messages.written(Money(500, "SEK"), "en") == "SEK\u00a05.00"


@pytest.mark.parametrize(
    ("value", "locale", "said"),
    [
        (1234567, "en", "1,234,567"),
        (1234567, "da", "1.234.567"),
        (Decimal("0.50"), "sv", "0,5"),
        (Fraction(1, 3), "en", "0.3333"),
        (Fraction(4199999999, 100000000), "en", "41.9999"),
        (10**15, "en", "1,000,000,000,000,000"),
        (Money(100000, "JPY"), "en", "¥100,000"),
        (Money(123456, "SEK"), "sv-SE", "1 234,56 kr"),
        (Money(123456, "SEK"), "en", "SEK 1,234.56"),
        (Money(-500, "NOK"), "en-GB", "-NOK 5.00"),
        (Money(500, "USD"), "en", "$5.00"),
        (Money(500, "CAD"), "en", "CA$5.00"),
        (Money(500, "EUR"), "da", "5,00 €"),
        (date(2026, 3, 2), "nb", "2. mars 2026"),
        (["tea", "cake", "jam"], "da", "tea, cake og jam"),
        ("as it is", "fi", "as it is"),
    ],
)
def test_a_fact_is_written_by_what_it_is(value: object, locale: str, said: str) -> None:
    assert messages.written(value, locale).translate(SPACES) == said


def test_an_unknown_kind_and_a_missing_fact_are_errors() -> None:
    with pytest.raises(KeyError):
        render("NOT_A_KIND", "en")
    with pytest.raises(KeyError):
        render("InsufficientPoints", "en")


def test_ways_are_joined_by_and_where_all_are_asked_and_by_or_where_any_is() -> None:
    asks = ["spend 1 more", "make 2 more purchases"]
    assert messages.render("ASKS_ALL", "en", asks=asks) == "spend 1 more and make 2 more purchases"
    assert messages.render("ASKS_ANY", "en", asks=asks) == "spend 1 more or make 2 more purchases"
    assert messages.render("ASKS_ANY", "sv", asks=["a", "b"]) == "a eller b"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kind_stands_in_one_file_of_its_language(language: str) -> None:
    files = (messages.CATALOGUE / language).glob("*.yaml")
    texts = [
        kind
        for path in files
        if path.stem != "language"
        for kind in safe_load(path.read_text("utf-8"))
    ]
    assert sorted(texts) == sorted(messages.catalogue()[language].texts)


@pytest.mark.parametrize(
    ("locales", "spoken"),
    [
        ((), "en"),
        (("de", "ja-JP"), "en"),
        (("de-DE", "de", "sv-FI"), "sv-FI"),
        (("no", "sv"), "no"),
        (("nn-NO",), "nn-NO"),
        (("fi", "sv"), "fi"),
    ],
)
def test_the_first_language_that_is_spoken(locales: tuple[str, ...], spoken: str) -> None:
    assert messages.first_spoken(locales) == spoken
