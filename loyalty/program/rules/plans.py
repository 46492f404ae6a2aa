"""Plans and passes as data: what a member pays for, how long it lasts, the rights it gives."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from loyalty.program.rules.grants import Grant
from loyalty.program.rules.ladders import Benefit
from loyalty.program.rules.texts import Amount, Id, Terms, Text, Whole


class BillingPeriod(StrEnum):
    """Name the unit of a billing period."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class Plan(Terms):
    """Declare a paid membership or subscription: `price` for `every` so many of its `period`.

    A payment lasts to the end of the local day on which the next one is due, and the benefits go
    on for `grace_days` more. `start_grants` are given when it starts, `renewal_grants` when it is
    renewed.
    """

    id: Id
    name: Text
    description: Text | None = None
    price: Amount
    period: BillingPeriod
    every: Annotated[Whole, Field(ge=1, le=60)] = 1
    grace_days: Annotated[Whole, Field(ge=0, le=365)] = 0
    benefits: tuple[Benefit, ...] = ()
    start_grants: tuple[Grant, ...] = ()
    renewal_grants: tuple[Grant, ...] = ()


class Pass(Terms):
    """Declare a right for a time, paid once: `price` for `months`, and `bonus_months` more.

    It lasts to the end of the same local day so many months later; bought again, it gets longer.
    """

    id: Id
    name: Text
    description: Text | None = None
    price: Amount
    months: Annotated[Whole, Field(ge=1, le=120)]
    bonus_months: Annotated[Whole, Field(ge=0, le=120)] = 0
    benefits: tuple[Benefit, ...] = ()
