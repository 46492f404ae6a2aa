"""Templates: texts with personal fields in braces; which fields there are, and filling them in."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

from loyalty import messages
from loyalty.errors import Refused
from loyalty.languages import chain
from loyalty.program import terms
from loyalty.push.rules.briefs import Brief
from loyalty.push.rules.refusals import TemplateInvalid

CAMPAIGN_FIELDS = terms.PERSONAL_FIELDS
OFFER_FIELDS = frozenset({"offer.title", "offer.until"})
"""What a text may name beside the personal fields where an offer comes with the message."""

_EMPTY = "\0"
_GAP = re.compile(
    r"\A[\s,]*\0(?:[\s,\0]|[.!?;:–—-]+(?=\s|\Z))*"  # at the beginning, with what parts it
    r"|\s*\(\s*\0[\s\0]*\)"
    r"|,?\s*\0[\s\0]*(?=[,.!?;:]|\Z)"  # at the end, with the comma before a name
    r"|,[^\S\n]*\0[^\S\n]*(?=\n)"
    r"|(?P<before>\s*)\0(?P<after>[\s\0]*)"
)
"""The place of an empty field, and the spaces around it; all others are as they were written."""


def check_templates(brief: Brief) -> None:
    """Refuse texts that cannot be filled in. Raises Refused(TemplateInvalid)."""
    known = CAMPAIGN_FIELDS | OFFER_FIELDS if brief.offer else CAMPAIGN_FIELDS
    allowed = tuple(sorted(known))
    for variant, part, language, text in brief.texts():
        fields = terms.fields_of(text)
        if fields is None:
            raise Refused(TemplateInvalid(variant.id, part, language, None, allowed))
        for field in sorted(fields - known):
            raise Refused(TemplateInvalid(variant.id, part, language, field, allowed))


@lru_cache(maxsize=1_000)
def fields_of(*texts: str) -> frozenset[str]:
    """Name the fields of texts that can be filled in."""
    return frozenset().union(*(terms.fields_of(text) or () for text in texts))


@lru_cache(maxsize=1_000)
def needs_fields(text: str) -> bool:
    """Tell whether a text says nothing without its fields: there is punctuation beside them."""
    parts = _parsed(text)
    has_fields = any(field is not None for _, field in parts)
    return has_fields and not any(_says_something(literal) for literal, _ in parts)


def _says_something(text: str) -> bool:
    """Tell whether there is a letter, a number or a symbol in a text."""
    return any(unicodedata.category(letter)[0] in "LNS" for letter in text)


def fill(text: str, locale: str, facts: Mapping[str, object]) -> str:
    """Put facts in their places, written for the locale; an empty one leaves no gap behind.

    What then begins the text has a capital letter. Give nothing where nothing is said without
    those that are empty. Raises KeyError for a field without a fact.
    """
    filled = "".join(
        literal + ("" if field is None else messages.written(facts[field], locale) or _EMPTY)
        for literal, field in _parsed(text)
    )
    told = _GAP.sub(_closed, filled) if _EMPTY in filled else filled
    if filled.startswith(_EMPTY):
        told = told[:1].upper() + told[1:]
    return "" if needs_fields(text) and not _says_something(told) else told


def cut(text: str, most: int) -> str:
    """Cut a text to so many characters; an ellipsis stands for what is left out."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _closed(gap: re.Match[str]) -> str:
    """Keep the spaces of one side of an empty field, of that which ends more lines."""
    sides = [(side or "").replace(_EMPTY, "") for side in gap.group("before", "after")]
    return max(sides, key=lambda side: (side.count("\n"), len(side)))


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(text))


def chosen(texts: Mapping[str, str], locale: str, default: str) -> str:
    """Name the language in which a text is read by a locale, as `in_language` chooses it."""
    return in_language({language: language for language in texts}, locale, default)


def in_language(texts: Mapping[str, str], locale: str, default: str) -> str:
    """Choose the text for a locale: its own, its language's, the default's, else any."""
    wanted = (*chain(locale), *chain(default), "")
    return next((texts[one] for one in wanted if one in texts), None) or next(iter(texts.values()))
