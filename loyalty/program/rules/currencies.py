"""Units of value that members hold, and when what they hold expires."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.texts import Id, Terms, Text


class CurrencyKind(StrEnum):
    """Say what a unit of value is for."""

    REDEEMABLE = "REDEEMABLE"
    QUALIFYING = "QUALIFYING"


class Never(Terms):
    """Lots never expire."""

    mode: Literal["NEVER"] = "NEVER"


class Rolling(Terms):
    """Each lot expires so many months after it was earned, at the end of that local day."""

    mode: Literal["ROLLING"]
    months: Annotated[int, Field(ge=1, le=120)]


class FixedDate(Terms):
    """Every lot expires at the end of one day of the year, `keep_months` after earning or later."""

    mode: Literal["FIXED_DATE"]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    keep_months: Annotated[int, Field(ge=0, le=60)] = 0


Expiry = Annotated[Never | Rolling | FixedDate, Field(discriminator="mode")]


class PointsCurrency(Terms):
    """Declare a unit of value that members hold."""

    id: Id
    kind: CurrencyKind = CurrencyKind.REDEEMABLE
    name: Text
    expiry: Expiry = Never()
    pending_days: Annotated[int, Field(ge=0, le=365)] = 0
