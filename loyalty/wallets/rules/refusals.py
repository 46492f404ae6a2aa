"""What wallets say no to, as plain facts."""

from dataclasses import dataclass, field

from loyalty.errors import Refusal
from loyalty.messages import Count, Money
from loyalty.program import terms


def _as_read(points: int, money: str | None) -> int | Money:
    """Give how many there are as it is read: points, or an amount where they are money."""
    return points if money is None else Money(points, money)


@dataclass(frozen=True, slots=True)
class InsufficientPoints(Refusal):
    """The account holds fewer available points than are needed.

    `money` is what all numbers are in, minor units; None where they are points. So in the others.
    `name` is what the points are called.
    """

    currency: str
    needed: int
    available: int
    money: str | None = None
    name: terms.Text | None = field(default=None, compare=False)

    @property
    def short(self) -> int:
        """Give how many points are missing."""
        return self.needed - self.available

    @property
    def missing(self) -> int | Money | Count:
        """Give what is missing as it is read."""
        if self.money is None and self.name is not None:
            return Count(self.short, self.name)
        return _as_read(self.short, self.money)


@dataclass(frozen=True, slots=True)
class CurrencyUnknown(Refusal):
    """The active program declares no such currency."""

    currency: str


@dataclass(frozen=True, slots=True)
class CurrencyNotRedeemable(Refusal):
    """The currency cannot be spent: it counts for tiers, or fills a card."""

    currency: str
    name: terms.Text


@dataclass(frozen=True, slots=True)
class HoldUnknown(Refusal):
    """No points are set aside under this id: spent, released, run out, or never there."""

    hold: str


@dataclass(frozen=True, slots=True)
class TooManyHolds(Refusal):
    """The member has as many holds open as there may be."""

    limit: int


@dataclass(frozen=True, slots=True)
class AdjustmentTooLarge(Refusal):
    """A correction by hand is larger than the caller may make."""

    currency: str
    points: int
    limit: int
    money: str | None = None

    @property
    def asked(self) -> int | Money:
        """Give what was asked for as it is read."""
        return _as_read(self.points, self.money)

    @property
    def most(self) -> int | Money:
        """Give the limit as it is read."""
        return _as_read(self.limit, self.money)


@dataclass(frozen=True, slots=True)
class AdjustmentUnknown(Refusal):
    """No correction waits, or ever waited, under this id."""

    adjustment: str


@dataclass(frozen=True, slots=True)
class AdjustmentDecided(Refusal):
    """Somebody decided on the correction already, the other way."""

    adjustment: str
    status: str


@dataclass(frozen=True, slots=True)
class AdjustmentOwn(Refusal):
    """The caller asked for the correction, so somebody else has to decide on it."""

    adjustment: str


@dataclass(frozen=True, slots=True)
class TopUpUnknown(Refusal):
    """The currency sells no such top-up."""

    currency: str
    top_up: str


@dataclass(frozen=True, slots=True)
class NothingToPayBack(Refusal):
    """Nothing that was paid is left of this top-up, or it is none of the member's."""

    top_up: str


@dataclass(frozen=True, slots=True)
class TransferNotOffered(Refusal):
    """Members cannot give of this currency to each other."""

    currency: str
    name: terms.Text


@dataclass(frozen=True, slots=True)
class TransferTooSmall(Refusal):
    """Less than the least that can be given at a time."""

    currency: str
    points: int
    minimum: int
    money: str | None = None

    @property
    def least(self) -> int | Money:
        """Give the least as it is read."""
        return _as_read(self.minimum, self.money)


@dataclass(frozen=True, slots=True)
class TransferTooLarge(Refusal):
    """More than may be given at a time (per TRANSFER), or is left to give this MONTH."""

    currency: str
    points: int
    limit: int
    per: str
    money: str | None = None

    @property
    def most(self) -> int | Money:
        """Give the limit as it is read."""
        return _as_read(self.limit, self.money)


@dataclass(frozen=True, slots=True)
class ReceiverUnknown(Refusal):
    """Nobody who can receive has this id."""

    receiver: str
