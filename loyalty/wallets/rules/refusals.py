"""What wallets say no to, as plain facts."""

from dataclasses import dataclass

from loyalty.errors import Refusal
from loyalty.messages import Money


@dataclass(frozen=True, slots=True)
class InsufficientPoints(Refusal):
    """The account holds fewer available points than are needed."""

    currency: str
    needed: int
    available: int
    money: str | None = None

    @property
    def short(self) -> int:
        """Give how many points are missing."""
        return self.needed - self.available

    @property
    def missing(self) -> int | Money:
        """Give what is missing as it is read: points, or an amount where it is money."""
        return self.short if self.money is None else Money(self.short, self.money)


@dataclass(frozen=True, slots=True)
class CurrencyUnknown(Refusal):
    """The active program declares no such currency."""

    currency: str


@dataclass(frozen=True, slots=True)
class CurrencyNotRedeemable(Refusal):
    """The currency cannot be spent: it counts for tiers, or fills a card."""

    currency: str
