"""Units of value that members hold, when what they hold expires, and what may be done with it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.texts import Amount, CountedName, Id, Terms, Text, Whole

MINIMUM_LIFE_DAYS = 30
Limit = Annotated[Whole, Field(ge=1, le=10**12)]


class CurrencyKind(StrEnum):
    """Say what a unit of value is for."""

    REDEEMABLE = "REDEEMABLE"
    QUALIFYING = "QUALIFYING"
    STORE_CREDIT = "STORE_CREDIT"
    PREPAID = "PREPAID"
    STAMP = "STAMP"


class NegativeBalance(StrEnum):
    """Say what a refund may take back of the points that it unearns."""

    ONLY_PENDING = "ONLY_PENDING"
    WITHIN_BALANCE = "WITHIN_BALANCE"
    ALLOW_NEGATIVE = "ALLOW_NEGATIVE"


class Never(Terms):
    """Lots never expire."""

    mode: Literal["NEVER"] = "NEVER"


class Rolling(Terms):
    """Each lot expires so many months after it was earned, at the end of that local day."""

    mode: Literal["ROLLING"]
    months: Annotated[Whole, Field(ge=1, le=120)]


class FixedDate(Terms):
    """Every lot expires at the end of one day of the year, `keep_months` after earning or later."""

    mode: Literal["FIXED_DATE"]
    month: Annotated[Whole, Field(ge=1, le=12)]
    day: Annotated[Whole, Field(ge=1, le=31)]
    keep_months: Annotated[Whole, Field(ge=0, le=60)] = 0


class Inactivity(Terms):
    """Every lot expires so many months after the last time the member earned or spent."""

    mode: Literal["INACTIVITY"]
    months: Annotated[Whole, Field(ge=1, le=120)]


Expiry = Annotated[Never | Rolling | FixedDate | Inactivity, Field(discriminator="mode")]


class Transfers(Terms):
    """Let members give of a currency to each other, within limits in its smallest unit."""

    minimum: Limit = 1
    per_transfer: Limit | None = None
    per_month: Limit | None = None


class TopUp(Terms):
    """Sell prepaid credit: `pay` so much money, `get` at least as much; the rest is a bonus."""

    id: Id
    name: Text
    pay: Amount
    get: Amount


class PointsCurrency(Terms):
    """Declare a unit of value that members hold.

    One of STORE_CREDIT or PREPAID is counted in the smallest unit of the program's money.
    """

    id: Id
    kind: CurrencyKind = CurrencyKind.REDEEMABLE
    name: CountedName
    expiry: Expiry = Never()
    pending_days: Annotated[Whole, Field(ge=0, le=365)] = 0
    negative_balance: NegativeBalance = NegativeBalance.WITHIN_BALANCE
    minimum_life_days: Annotated[Whole, Field(ge=1, le=365)] = MINIMUM_LIFE_DAYS
    transfers: Transfers | None = None
    top_ups: tuple[TopUp, ...] = ()
    spend_first: Literal["BONUS", "PAID"] = "BONUS"

    @property
    def is_money(self) -> bool:
        """Tell whether it is counted in the program's money, in minor units."""
        return self.kind in (CurrencyKind.STORE_CREDIT, CurrencyKind.PREPAID)

    @property
    def is_spendable(self) -> bool:
        """Tell whether members may spend it as they like."""
        return self.kind not in (CurrencyKind.QUALIFYING, CurrencyKind.STAMP)
