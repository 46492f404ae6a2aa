"""A segment's definition as it is written in the graph, and as it is shown: the same shape."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from typing import Any

import strawberry

from loyalty import segments
from loyalty.errors import BadInput
from schema.enums import Channel, Engaged, Purpose
from schema.scalars import Locale, Points, SegmentDefinition

DAYS = "In the last 1 to 3,660 local days of the program, today one of them; ever where null."
LEAST, MOST = "At least so many, 0 to 100,000.", "At most so many, 0 to 100,000."
WITHIN = "In the last 1 to 3,660 local days of the program, today one of them."
LEAST_POINTS, MOST_POINTS = "At least so many, 0 to 10^15.", "At most so many, 0 to 10^15."
IN_MONEY = "in units of the program's money, such as 100.00."


@strawberry.input(description="Members of a tier; one of is, atLeast and anyOf.")
class SegmentTierInput:
    """A tier."""

    ladder: strawberry.ID | None = strawberry.field(
        default=None, description="The ladder; the one that has the tier where it is null."
    )
    is_: strawberry.ID | None = strawberry.field(
        name="is", default=None, description="This tier alone."
    )
    at_least: strawberry.ID | None = strawberry.field(
        default=None, description="This tier or one above it."
    )
    any_of: list[strawberry.ID] | None = strawberry.field(
        default=None, description="One of these tiers, at most 50."
    )


@strawberry.input(description="Members by what they can spend now.")
class SegmentBalanceInput:
    """A balance."""

    currency: strawberry.ID = strawberry.field(description="The currency of points.")
    at_least: Points | None = strawberry.field(default=None, description=LEAST_POINTS)
    at_most: Points | None = strawberry.field(default=None, description=MOST_POINTS)


@strawberry.input(description="Members by their last purchase; one of the three.")
class SegmentLastPurchaseInput:
    """A last purchase."""

    within_days: int | None = strawberry.field(default=None, description=WITHIN)
    not_within_days: int | None = strawberry.field(
        default=None, description="Longer ago than 1 to 3,660 days; of those who ever bought."
    )
    never: bool | None = strawberry.field(default=None, description="True: never bought.")


@strawberry.input(description="Members by how often they bought, net of what was given back.")
class SegmentPurchasesInput:
    """A frequency."""

    at_least: int | None = strawberry.field(default=None, description=LEAST)
    at_most: int | None = strawberry.field(default=None, description=MOST)
    days: int | None = strawberry.field(default=None, description=DAYS)


@strawberry.input(description="Members by how much they bought for, net of what was given back.")
class SegmentSpendInput:
    """An amount bought for."""

    at_least: str | None = strawberry.field(
        default=None, description=f"At least so much, {IN_MONEY}"
    )
    at_most: str | None = strawberry.field(default=None, description=f"At most so much, {IN_MONEY}")
    days: int | None = strawberry.field(default=None, description=DAYS)


@strawberry.input(description="Members by how many of their purchases were of a category.")
class SegmentCategoryInput:
    """A category."""

    category: str = strawberry.field(
        description="The product category, as purchases name it, 1 to 200 characters."
    )
    at_least: int | None = strawberry.field(
        default=None, description=f"{LEAST} 1 where neither bound is given."
    )
    at_most: int | None = strawberry.field(default=None, description=MOST)
    days: int | None = strawberry.field(default=None, description=DAYS)


@strawberry.input(description="Members by how many of their purchases were made at a store.")
class SegmentStoreInput:
    """A store."""

    store: str = strawberry.field(
        description="The store, as purchases name it, 1 to 200 characters."
    )
    at_least: int | None = strawberry.field(
        default=None, description=f"{LEAST} 1 where neither bound is given."
    )
    at_most: int | None = strawberry.field(default=None, description=MOST)
    days: int | None = strawberry.field(default=None, description=DAYS)


@strawberry.input(description="Members by the language they chose.")
class SegmentLocaleInput:
    """Languages."""

    any_of: list[Locale] = strawberry.field(
        description="At most 50 languages; sv means sv-FI as well."
    )


@strawberry.input(description="Members by their time zone.")
class SegmentTimeZoneInput:
    """Time zones."""

    any_of: list[str] = strawberry.field(description="IANA names, such as Europe/Copenhagen.")


@strawberry.input(description="Members by the month they were born in.")
class SegmentBirthMonthInput:
    """Months."""

    any_of: list[int] = strawberry.field(description="Months, 1 to 12.")


@strawberry.input(description="Members by their age; who told no birth date is of none.")
class SegmentAgeInput:
    """An age."""

    at_least: int | None = strawberry.field(
        default=None, description="At least so many years, 0 to 150."
    )
    at_most: int | None = strawberry.field(
        default=None, description="At most so many years, 0 to 150."
    )


@strawberry.input(description="Members by when they joined; one of the four.")
class SegmentEnrolledInput:
    """A time of joining."""

    within_days: int | None = strawberry.field(default=None, description=WITHIN)
    not_within_days: int | None = strawberry.field(
        default=None, description="Longer ago than 1 to 3,660 days."
    )
    since: date | None = strawberry.field(
        default=None, description="On this local day or later, from 1970 to 2199."
    )
    until: date | None = strawberry.field(
        default=None, description="On this local day or before, from 1970 to 2199."
    )


@strawberry.input(description="Members by the labels that staff put on them.")
class SegmentLabelInput:
    """Labels."""

    any_of: list[str] = strawberry.field(description="One of these labels, at most 50.")


@strawberry.input(description="Members by what they agreed to.")
class SegmentConsentInput:
    """A consent."""

    purpose: Purpose = strawberry.field(description="What the messages are for.")
    channel: Channel = strawberry.field(description="By which way they go.")


@strawberry.input(description="Members by what they last did in the app; one of the two.")
class SegmentEngagementInput:
    """What they did."""

    event: Engaged = strawberry.field(description="What they did.")
    within_days: int | None = strawberry.field(default=None, description=WITHIN)
    not_within_days: int | None = strawberry.field(
        default=None, description="Longer ago than 1 to 3,660 days, or never."
    )


@strawberry.input(description="Members by a challenge; one of joined, atLeastPercent and achieved.")
class SegmentChallengeInput:
    """A challenge."""

    challenge: strawberry.ID = strawberry.field(description="The challenge.")
    joined: bool | None = strawberry.field(default=None, description="True: takes part.")
    at_least_percent: int | None = strawberry.field(
        default=None,
        description="Has so much of the target, of several levels the highest, in today's period; "
        "1 to 100.",
    )
    achieved: bool | None = strawberry.field(default=None, description="True: ever reached it.")
    level: strawberry.ID | None = strawberry.field(
        default=None, description="The level that was reached; any where it is null."
    )


@strawberry.input(description="Members by the plans and passes they have now.")
class SegmentPlanInput:
    """Plans."""

    any_of: list[strawberry.ID] = strawberry.field(
        description="One of these plans or passes, at most 50."
    )


@strawberry.input(
    one_of=True,
    description="Which members are meant: one condition, or several that are joined; at most 8 "
    "deep and of 100 parts. Only members who are ACTIVE are ever meant.",
)
class SegmentDefinitionInput:
    """A definition."""

    everyone: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="True: everyone; it is said, never meant by leaving out.",
    )
    all: list["SegmentDefinitionInput"] | None = strawberry.field(
        default=strawberry.UNSET, description="Who meets all of these; at least one."
    )
    any: list["SegmentDefinitionInput"] | None = strawberry.field(
        default=strawberry.UNSET, description="Who meets at least one of these."
    )
    not_: "SegmentDefinitionInput | None" = strawberry.field(
        name="not", default=strawberry.UNSET, description="Who does not meet this."
    )
    tier: SegmentTierInput | None = strawberry.field(
        default=strawberry.UNSET, description="By tier."
    )
    balance: SegmentBalanceInput | None = strawberry.field(
        default=strawberry.UNSET, description="By what they can spend."
    )
    last_purchase: SegmentLastPurchaseInput | None = strawberry.field(
        default=strawberry.UNSET, description="By how long ago they bought."
    )
    purchases: SegmentPurchasesInput | None = strawberry.field(
        default=strawberry.UNSET, description="By how often they bought."
    )
    spend: SegmentSpendInput | None = strawberry.field(
        default=strawberry.UNSET, description="By how much they bought for."
    )
    category: SegmentCategoryInput | None = strawberry.field(
        default=strawberry.UNSET, description="By what they bought."
    )
    store: SegmentStoreInput | None = strawberry.field(
        default=strawberry.UNSET, description="By where they bought."
    )
    locale: SegmentLocaleInput | None = strawberry.field(
        default=strawberry.UNSET, description="By language."
    )
    time_zone: SegmentTimeZoneInput | None = strawberry.field(
        default=strawberry.UNSET, description="By time zone."
    )
    birth_month: SegmentBirthMonthInput | None = strawberry.field(
        default=strawberry.UNSET, description="By the month they were born in."
    )
    age: SegmentAgeInput | None = strawberry.field(default=strawberry.UNSET, description="By age.")
    enrolled: SegmentEnrolledInput | None = strawberry.field(
        default=strawberry.UNSET, description="By when they joined."
    )
    label: SegmentLabelInput | None = strawberry.field(
        default=strawberry.UNSET, description="By labels of staff."
    )
    consent: SegmentConsentInput | None = strawberry.field(
        default=strawberry.UNSET, description="By what they agreed to."
    )
    engagement: SegmentEngagementInput | None = strawberry.field(
        default=strawberry.UNSET, description="By what they did in the app."
    )
    challenge: SegmentChallengeInput | None = strawberry.field(
        default=strawberry.UNSET, description="By a challenge."
    )
    plan: SegmentPlanInput | None = strawberry.field(
        default=strawberry.UNSET, description="By plans and passes."
    )


def read_definition(wanted: SegmentDefinitionInput, *path: str | int) -> segments.Definition:
    """Read what was written. Raises BadInput with the path of the part at fault."""
    try:
        return segments.parse(_plain(wanted))
    except BadInput as bad:
        at = (_camel(part) if isinstance(part, str) else part for part in bad.path)
        raise BadInput(bad.message, (*path, *at)) from bad


def _plain(value: Any) -> Any:
    """Give an input as plain data, by the names of the format."""
    match value:
        case list():
            return [_plain(part) for part in value]
        case Enum():
            return value.value
        case date():
            return value.isoformat()
    if not hasattr(value, "__strawberry_definition__"):
        return value
    given = {field.name.rstrip("_"): getattr(value, field.name) for field in fields(value)}
    there = {k: v for k, v in given.items() if v is not None and v is not strawberry.UNSET}
    return {name: _plain(part) for name, part in there.items()}


def show_definition(definition: segments.Definition) -> SegmentDefinition:
    """Show a definition as it could be written."""
    return SegmentDefinition(_shown(segments.dump(definition)))


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(part) for part in value]
    if isinstance(value, Mapping):
        return {_camel(name): _shown(part) for name, part in value.items()}
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
