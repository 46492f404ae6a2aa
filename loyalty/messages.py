"""What members and staff read, in their language: one catalogue, filled in; no language has code.

A file of the catalogue maps kinds to texts. A field in braces is written by what its fact is: a
whole number or decimal as a number, `Money` as an amount, a date in words, several texts as a list.
`{points:points}` names a unit, with its plural forms, and of a `Count` its own name;
`{until:MMMMd}` the parts of a date (CLDR).
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Protocol, runtime_checkable

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from loyalty.errors import Refusal
from loyalty.languages import chain
from loyalty.money import exponent

CATALOGUE = Path(__file__).parent / "catalogue"
FALLBACK = "en"
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_FOUR_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency (ISO 4217)."""

    amount: int | Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Count:
    """So many of what has a name, such as the points of a currency.

    The name is one for any number, or two: of one, and of any other number.
    """

    number: int | Fraction
    name: "str | tuple[str, str] | Worded | Inflected"


@runtime_checkable
class Worded(Protocol):
    """A fact that is a text in several languages, such as a name in the program."""

    def in_language(self, locale: str) -> str:
        """Give the text in a language."""
        ...


@runtime_checkable
class Inflected(Protocol):
    """A fact that is a name in several languages, of one and of any other number."""

    def forms(self, locale: str) -> tuple[str, str]:
        """Give what one is called in a language, and any other number."""
        ...


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language of the catalogue: `texts` by kind, `units` by name and plural form."""

    language: str
    texts: Mapping[str, str]
    units: Mapping[str, Mapping[str, str]]


@cache
def catalogue() -> Mapping[str, Tongue]:
    """Read the catalogue, by language: a folder each, with one file of texts for each noun."""
    tongues = {}
    for folder in sorted(path for path in CATALOGUE.iterdir() if path.is_dir()):
        files = {path.stem: _read(path) for path in sorted(folder.glob("*.yaml"))}
        language = files.pop("language")
        texts = {kind: text for file in files.values() for kind, text in file.items()}
        tongues[folder.name] = Tongue(folder.name, texts, **language)
    return tongues


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


@cache
def _chosen(locale: str) -> tuple[Tongue, Locale]:
    """Choose the tongue for a BCP 47 locale, and the locale to write numbers and dates by."""
    language = next((one for one in chain(locale) if one in catalogue()), FALLBACK)
    is_own = locale.partition("-")[0] == language
    return catalogue()[language], (is_own and _known(locale)) or Locale(language)


def first_spoken(locales: Iterable[str]) -> str:
    """Give the first of some BCP 47 locales whose language the catalogue has; else English."""
    return next((each for each in locales if catalogue().keys() & set(chain(each))), FALLBACK)


def _known(locale: str) -> Locale | None:
    try:
        return Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def render(kind: str, locale: str, /, **facts: object) -> str:
    """Write a message of a kind for a BCP 47 locale, in English where its language is missing.

    Raises KeyError for an unknown kind or a missing fact.
    """
    tongue, formats = _chosen(locale)
    return _fill(tongue.texts[kind], facts, tongue, formats)


def written(value: object, locale: str) -> str:
    """Write one fact for a BCP 47 locale."""
    return _written(value, "", *_chosen(locale))


def _fill(text: str, facts: Mapping[str, object], tongue: Tongue, formats: Locale) -> str:
    return "".join(
        literal + ("" if name is None else _written(facts[name], spec or "", tongue, formats))
        for literal, name, spec, _ in Formatter().parse(text)
    )


def _written(value: object, spec: str, tongue: Tongue, formats: Locale) -> str:
    match value:
        case str():
            return value
        case int() | Decimal() | Fraction():
            return _number(value, spec, tongue, formats)
        case Money():
            return _money(value, formats)
        case Count():
            return _count(value, spec, tongue, formats)
        case datetime() | date():
            return _date(value, spec, formats)
        case list() | tuple():
            parts = [_written(part, "", tongue, formats) for part in value]
            return format_list(parts, style=_list_style(spec), locale=formats)
        case Worded():
            return value.in_language(tongue.language)
        case _:
            return str(value)


def _number(value: int | Decimal | Fraction, spec: str, tongue: Tongue, formats: Locale) -> str:
    plain = _plain(value, formats)
    if not spec:
        return plain
    forms = tongue.units[spec]
    return forms.get(_form(value, formats), forms["other"]).replace("{n}", plain)


def _form(value: int | Decimal | Fraction, formats: Locale) -> str:
    form: str = formats.plural_form(_decimal(Fraction(value)))
    return form


@lru_cache(maxsize=10_000)
def _plain(value: int | Decimal | Fraction, formats: Locale) -> str:
    exact = _decimal(Fraction(value))
    return format_decimal(exact, locale=formats, decimal_quantization=False)


def _count(value: Count, spec: str, tongue: Tongue, formats: Locale) -> str:
    """Write a number with its name where a unit is asked for; our own words have their forms."""
    name = value.name.forms(tongue.language) if isinstance(value.name, Inflected) else value.name
    if isinstance(name, tuple):
        name = name[0 if _form(value.number, formats) == "one" else 1]
    name = _written(name, "", tongue, formats)
    if not spec or name in _words_for(spec):
        return _number(value.number, spec, tongue, formats)
    return f"{_number(value.number, '', tongue, formats)} {name}"


@cache
def _words_for(unit: str) -> frozenset[str]:
    """Give what a unit is called in any language of the catalogue, in all of its forms."""
    forms = (form for tongue in catalogue().values() for form in tongue.units[unit].values())
    return frozenset(form.replace("{n}", "").strip() for form in forms)


def _money(value: Money, formats: Locale) -> str:
    """Write an amount with the decimals of ISO 4217, where CLDR would leave some out."""
    decimals = exponent(value.currency)
    units = _decimal(Fraction(value.amount)) / 10**decimals
    pattern = copy(formats.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    text: str = pattern.apply(units, formats, value.currency, currency_digits=False)
    return _spaced(text, formats.currency_symbols.get(value.currency, value.currency))


def _spaced(text: str, symbol: str) -> str:
    """Part a currency in letters from the digits beside it, as CLDR asks (currencySpacing)."""
    before, found, after = text.partition(symbol)
    if after[:1].isdigit() and symbol[-1:].isalpha():
        found += _NO_BREAK_SPACE
    if before[-1:].isdigit() and symbol[:1].isalpha():
        found = _NO_BREAK_SPACE + found
    return before + found + after


def _decimal(value: Fraction) -> Decimal:
    """Give a fraction to four places, never rounded up: 41.99999 must not read as 42."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(_FOUR_PLACES, ROUND_DOWN).normalize() + 0


def _date(value: date, spec: str, formats: Locale) -> str:
    if spec:
        return format_skeleton(spec, value, locale=formats)
    return format_date(value, "long", locale=formats)


def _list_style(spec: str) -> Any:
    return spec or "standard"


def is_known(kind: str) -> bool:
    """Tell whether there is a message of a kind."""
    return kind in catalogue()[FALLBACK].texts


def describe(refusal: Refusal, locale: str) -> str:
    """Say a refusal in words, from its own facts."""
    kind = refusal.wording
    return render(kind, locale, **{name: getattr(refusal, name) for name in fields(kind, locale)})


def fields(kind: str, locale: str = FALLBACK) -> set[str]:
    """Name the facts that a message of a kind asks for."""
    text = _chosen(locale)[0].texts[kind]
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
