"""When and under which terms a segment is asked: local days, tiers and challenges as of an instant.

What the stages and the rules must not tell apart is worked out here, once for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property

from loyalty.program import Program, terms
from loyalty.segments.rules.conditions import Enrolled, Spend, TierHeld


@dataclass(frozen=True)
class Frame:
    """A program and an instant (naive UTC)."""

    program: Program
    now: datetime

    @cached_property
    def today(self) -> date:
        """Give the local day of now."""
        return self.program.place.day(self.now)

    def since(self, days: int) -> datetime:
        """Give when the last so many local days began (naive UTC), today one of them."""
        return self.program.place.end_of(self.today - timedelta(days=days))

    def wanted_tiers(self, asked: TierHeld) -> Mapping[str, frozenset[str]]:
        """Give the tiers that are asked for, by ladder; ladders without any are left out."""
        found = {
            ladder.id: self._wanted(asked, [tier.id for tier in ladder.tiers])
            for ladder in self.program.ladders
            if asked.ladder in (None, ladder.id)
        }
        return {ladder: wanted for ladder, wanted in found.items() if wanted}

    @staticmethod
    def _wanted(asked: TierHeld, tiers: list[str]) -> frozenset[str]:
        if asked.at_least is None:
            return frozenset(asked.named) & frozenset(tiers)
        if asked.at_least not in tiers:
            return frozenset()
        return frozenset(tiers[tiers.index(asked.at_least) :])

    def enrolled(self, asked: Enrolled) -> tuple[datetime | None, datetime | None]:
        """Give from when (included) and before when a member must have joined; naive UTC."""
        if asked.within_days is not None:
            return self.since(asked.within_days), None
        if asked.not_within_days is not None:
            return None, self.since(asked.not_within_days)
        place = self.program.place
        if asked.since is not None:
            return place.end_of(asked.since - timedelta(days=1)), None
        return None, place.end_of(asked.until or self.today)

    def spend(self, asked: Spend) -> tuple[int | None, int | None]:
        """Give the least and the most in minor units: whole ones that lie within what is asked."""
        return (
            self._minor(asked.at_least, ROUND_CEILING),
            self._minor(asked.at_most, ROUND_FLOOR),
        )

    def _minor(self, amount: Decimal | None, rounding: str) -> int | None:
        if amount is None:
            return None
        return int(amount.scaleb(self.program.exponent).to_integral_value(rounding))

    def challenge(self, challenge_id: str) -> terms.Challenge | None:
        """Find a challenge of the program."""
        found = (one for one in self.program.challenges if one.id == challenge_id)
        return next(found, None)

    def mark(self, challenge: terms.Challenge) -> int:
        """Give the highest target of a challenge, as it is counted."""
        return challenge.marks(self.program.exponent)[-1]
