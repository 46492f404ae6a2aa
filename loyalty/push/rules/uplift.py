"""How much more those who were written to bought than those held out, and how sure that is.

Shares are exact decimals. The interval of one share is Wilson's (1927) score interval, that of the
difference of two is method 10 of Newcombe, "Interval estimation for the difference between
independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), 873-890.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

CONFIDENCE_PERCENT = 95
Z = Decimal("1.959963984540054")
"""The 97.5 % quantile of the standard normal distribution."""

LEAST_OF_EACH = 5
"""So many buyers, and so many others, each group has to have for more than a hint."""


class Verdict(StrEnum):
    """Say what a comparison shows."""

    NO_HOLDOUT = "NO_HOLDOUT"
    TOO_FEW = "TOO_FEW"
    UNCLEAR = "UNCLEAR"
    MORE = "MORE"
    LESS = "LESS"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; nothing of nobody is 0."""

    part: int
    whole: int

    @property
    def value(self) -> Decimal:
        """Give it as a number between 0 and 1."""
        return Decimal(self.part) / self.whole if self.whole else Decimal(0)

    @property
    def is_telling(self) -> bool:
        """Tell whether there are enough of those who did and of those who did not."""
        return min(self.part, self.whole - self.part) >= LEAST_OF_EACH


@dataclass(frozen=True, slots=True)
class Uplift:
    """The difference of two shares, with its interval of 95 % confidence; each between -1 and 1."""

    verdict: Verdict
    difference: Decimal
    low: Decimal
    high: Decimal


def wilson(share: Share) -> tuple[Decimal, Decimal]:
    """Give the score interval of a share; of nobody anything may be."""
    if not share.whole:
        return Decimal(0), Decimal(1)
    part, whole, square = Decimal(share.part), Decimal(share.whole), Z * Z
    middle = 2 * part + square
    reach = Z * (square + 4 * part * (1 - share.value)).sqrt()
    width = 2 * (whole + square)
    return max(Decimal(0), (middle - reach) / width), min(Decimal(1), (middle + reach) / width)


def compare(treated: Share, held_out: Share) -> Uplift:
    """Compare who was written to with who was held out."""
    difference = treated.value - held_out.value
    (low, high), (least, most) = wilson(treated), wilson(held_out)
    down = ((treated.value - low) ** 2 + (most - held_out.value) ** 2).sqrt()
    up = ((high - treated.value) ** 2 + (held_out.value - least) ** 2).sqrt()
    bounds = (difference - down, difference + up)
    return Uplift(_verdict(treated, held_out, bounds), difference, *bounds)


def _verdict(treated: Share, held_out: Share, bounds: tuple[Decimal, Decimal]) -> Verdict:
    if not held_out.whole:
        return Verdict.NO_HOLDOUT
    if not (treated.is_telling and held_out.is_telling):
        return Verdict.TOO_FEW
    if bounds[0] > 0:
        return Verdict.MORE
    return Verdict.LESS if bounds[1] < 0 else Verdict.UNCLEAR
