"""What GraphQL has no word for: instants, dates, points, money, languages, links.

Parses and prints exactly; a value that cannot be meant is refused, never rounded.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from graphql.language import IntValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from loyalty.errors import BadInput
from loyalty.money import EXPONENTS, exponent, unknown
from loyalty.program import terms

Points = NewType("Points", int)
Locale = NewType("Locale", str)
CurrencyCode = NewType("CurrencyCode", str)
URL = NewType("URL", str)
SegmentDefinition = NewType("SegmentDefinition", object)

POINTS_LIMIT = 10**15
URL_LIMIT = 2_000
TEXT_LIMIT = 200
AMOUNT_CEILING = "at most 10^12 of the smallest unit, such as 10000000000.00"

_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")


def instant_text(at: datetime) -> str:
    """Write a naive UTC instant as RFC 3339 in milliseconds, always the same length."""
    return f"{at.isoformat(timespec='milliseconds')}Z"


def read_instant(value: object) -> datetime:
    """Read RFC 3339 into a naive UTC instant; parts of a millisecond are cut off."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise GraphQLError("An instant is RFC 3339 with its offset, such as 2026-03-01T12:00:00Z.")
    whole, dot, rest = value.upper().partition(".")
    if dot:
        digits = re.match(r"\d+", rest)
        assert digits is not None
        value = f"{whole}.{digits[0][:3]:0<3}{rest[digits.end() :]}"
    try:
        at = datetime.fromisoformat(value.upper())
        return at.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise GraphQLError("There is no such instant.") from None


def read_date(value: object) -> date:
    """Read a calendar date, YYYY-MM-DD."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise GraphQLError("A date is YYYY-MM-DD and exists, such as 2026-02-28.")


def read_points(value: object) -> int:
    """Read a whole number of points; a bool, a part of a point or a text is none."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > POINTS_LIMIT:
        raise GraphQLError("Points are a whole number between -10^15 and 10^15.")
    return value


def _points_literal(node: ValueNode, _variables: Any = None) -> int:
    digits = node.value if isinstance(node, IntValueNode) else ""
    return read_points(int(digits) if 0 < len(digits) <= 17 else None)


def read_currency(value: object) -> str:
    """Read a currency of money by its code of ISO 4217."""
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise GraphQLError("A currency is three capital letters, such as DKK.")
    if value not in EXPONENTS:
        raise GraphQLError(unknown(value))
    return value


def _text_like(pattern: re.Pattern[str], limit: int, refusal: str) -> Any:
    def read(value: object) -> str:
        if isinstance(value, str) and len(value) <= limit and pattern.fullmatch(value):
            return value
        raise GraphQLError(refusal)

    return read


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339. Sent in UTC with milliseconds, such as "
        "2026-03-01T12:00:00.000Z; taken with any offset.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=instant_text,
        parse_value=read_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar date, YYYY-MM-DD.",
        serialize=date.isoformat,
        parse_value=read_date,
    ),
    Points: strawberry.scalar(
        name="Points",
        description="A whole number of points, between -10^15 and 10^15: a JSON number, "
        "wider than the 32 bits of Int.",
        serialize=int,
        parse_value=read_points,
        parse_literal=_points_literal,
    ),
    Locale: strawberry.scalar(
        name="Locale",
        description="A language, perhaps with its region, BCP 47: sv or da-DK.",
        serialize=str,
        parse_value=_text_like(_LOCALE, 35, "A locale is BCP 47, such as sv or da-DK."),
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency of money, ISO 4217: three capital letters such as DKK.",
        serialize=str,
        parse_value=read_currency,
    ),
    URL: strawberry.scalar(
        name="URL",
        description=f"An absolute URL with its scheme, at most {URL_LIMIT:,} characters.",
        serialize=str,
        parse_value=_text_like(_URL, URL_LIMIT, "A URL begins with its scheme, such as https:"),
    ),
    SegmentDefinition: strawberry.scalar(
        name="SegmentDefinition",
        description="A segment's definition as JSON, in the shape of SegmentDefinitionInput: what "
        "is read can be sent again.",
        serialize=lambda definition: definition,
        parse_value=lambda definition: definition,
    ),
}


def short_text(text: str, *path: str | int) -> str:
    """Give a text that is kept with a member's books. Raises BadInput when empty or too long."""
    if not 1 <= len(text.strip()) <= TEXT_LIMIT:
        raise BadInput(f"1 to {TEXT_LIMIT} characters", path)
    return text


@strawberry.type(description="An amount of money, exact.")
class Money:
    """An amount as it leaves the graph."""

    amount: str = strawberry.field(
        description="Decimal number with the currency's own number of decimals, such as 42.70."
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency, ISO 4217.")


@strawberry.input(description="An amount of money, exact.")
class MoneyInput:
    """An amount as it enters the graph."""

    amount: str = strawberry.field(
        description="Decimal number with at most the currency's own number of decimals, "
        f"such as 42.70; no separators of thousands; {AMOUNT_CEILING}."
    )
    currency_code: CurrencyCode = strawberry.field(description="The currency, ISO 4217.")

    def minor_units(self, code: str, *path: str | int) -> int:
        """Give the amount in whole minor units of money `code`. Raises BadInput with `path`."""
        if self.currency_code != code:
            raise BadInput(f"all amounts are in one money, here {code}", (*path, "currencyCode"))
        if not _AMOUNT.fullmatch(self.amount):
            raise BadInput("an amount is a decimal number such as 42.70", (*path, "amount"))
        try:
            return terms.minor_units(Decimal(self.amount), exponent(code))
        except ValueError as error:
            raise BadInput(str(error), (*path, "amount")) from None


def money(minor_units: int, currency_code: str) -> Money:
    """Show an amount of whole minor units."""
    amount = Decimal(minor_units).scaleb(-exponent(currency_code))
    return Money(amount=f"{amount:f}", currency_code=CurrencyCode(currency_code))
