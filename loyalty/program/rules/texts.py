"""What every part of the terms is made of: strict models, texts by language, ids, exact amounts."""

import re
from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from functools import cache
from string import Formatter
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)

from loyalty.languages import chain

AN_INSTANT = "must be an instant with its time zone, such as 2026-01-01T00:00:00+01:00"
A_DAY = "must be a day, such as 2026-01-31"
A_TIME = 'must be a time of day in quotes, such as "17:30"'


def _written(expected: str) -> BeforeValidator:
    """Refuse numbers, also in quotes, that would be read as seconds since 1970 or midnight."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and re.match(r"\d+[-:]", value):
            return value
        raise ValueError(expected)

    return BeforeValidator(check)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15)]
Factor = Annotated[Decimal, Field(gt=0, le=1000, max_digits=12)]
Whole = Annotated[int, Field(strict=True)]
Truth = Annotated[bool, Field(strict=True)]
Instant = Annotated[AwareDatetime, _written(AN_INSTANT)]
Day = Annotated[date, _written(A_DAY)]
DayTime = Annotated[time, _written(A_TIME)]

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
"""The shape of a BCP 47 language tag, as texts are looked up by it."""

PERSONAL_FIELDS = frozenset({"firstName", "balance", "tier", "nextTier", "pointsToNextTier"})
"""What any text to a member may name in braces."""


FORMS = frozenset({"one", "other"})
"""The plural forms (CLDR) of the languages that the catalogue has."""
FORMS_EXPECTED = "must name both one and other, such as {en: {one: bean, other: beans}}"


class Terms(BaseModel):
    """Refuse unknown names, so that a misspelt rule is an error and not a rule that never fires."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Terms):
    """Hold one text for every language, or one per language."""

    by_language: Annotated[dict[str, str], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _from_plain(cls, value: Any) -> Any:
        return _by_language(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe to editors what a definition may write: a text, or one for each language."""
        return _text_or_one_for_each_language(str(cls.__doc__), {"type": "string"})

    def in_language(self, locale: str, default: str = "en") -> str:
        """Give the text for a BCP 47 locale: by its chain of languages, the default's, or any."""
        return self.by_language[self._language(locale, default)]

    def _language(self, locale: str, default: str) -> str:
        languages = (*chain(locale), *chain(default), "")
        written = (wanted for wanted in languages if wanted in self.by_language)
        return next(written, next(iter(self.by_language)))

    def first_written(self, locales: Iterable[str]) -> str | None:
        """Give the first of some BCP 47 locales in whose language there is a text; else None."""
        written = self.by_language.keys()
        return next((each for each in locales if {"", *chain(each)} & written), None)


class CountedName(Text):
    """Hold what any number of something is called, or `one` and any `other`; or for each language.

    `by_language` has the names for any number, or any other than one.
    """

    ones: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _from_plain(cls, value: Any) -> Any:
        named = _by_language({"": value} if _are_forms(value) else value)
        texts = named["by_language"] if isinstance(named, dict) else None
        if not isinstance(texts, dict):
            return named
        forms = {language: text for language, text in texts.items() if isinstance(text, dict)}
        if not all(map(_are_forms, forms.values())) or not FORMS.isdisjoint(texts):
            raise ValueError(FORMS_EXPECTED)
        if not forms:
            return named
        others = {language: text["other"] for language, text in forms.items()}
        ones = {language: text["one"] for language, text in forms.items()}
        return {"by_language": {**texts, **others}, "ones": ones}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe to editors what a definition may write: a name, or forms of it, likewise."""
        forms = {name: {"type": "string"} for name in sorted(FORMS)}
        both = {"type": "object", "properties": forms, "required": sorted(FORMS)}
        named = {"anyOf": [{"type": "string"}, {**both, "additionalProperties": False}]}
        return _text_or_one_for_each_language(str(cls.__doc__), named)

    def forms(self, locale: str, default: str = "en") -> tuple[str, str]:
        """Give what one is called, and any other number, as `in_language` chooses the language."""
        language = self._language(locale, default)
        other = self.by_language[language]
        return self.ones.get(language, other), other


def _by_language(value: Any) -> Any:
    if isinstance(value, str):
        return {"by_language": {"": value}}
    if isinstance(value, dict) and "by_language" not in value:
        return {"by_language": value}
    return value


def _are_forms(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == FORMS


def _text_or_one_for_each_language(said: str, text: dict[str, Any]) -> dict[str, Any]:
    by_language = {"type": "object", "minProperties": 1}
    texts = {"patternProperties": {f"^{LANGUAGE.pattern}$": text}}
    each = {**by_language, **texts, "additionalProperties": False}
    return {"description": said, "anyOf": [*text.get("anyOf", [text]), each]}


@cache
def time_zones() -> frozenset[str]:
    """Give the names of the IANA time zones that are known here."""
    return frozenset(available_timezones())


def minor_units(amount: Decimal, exponent: int) -> int:
    """Turn units of money into whole minor units. Raises ValueError for parts of one."""
    scaled = amount.scaleb(exponent)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimals than the currency's {exponent}")
    return int(scaled)


def fields_of(text: str) -> frozenset[str] | None:
    """Name the fields in a text; None where its braces do not make plain fields."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    if any(spec or conversion for _, _, spec, conversion in parts):
        return None
    return frozenset(field for _, field, _, _ in parts if field is not None)
