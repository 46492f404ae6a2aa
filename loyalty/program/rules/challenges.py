"""Challenges as data: what is counted, how far, over which time, and what reaching it gives."""

from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.grants import Grant
from loyalty.program.rules.texts import Day, Id, Terms, Text, Truth, Whole


class ChallengeCriterion(StrEnum):
    """Say how what was done becomes one number."""

    COUNT = "COUNT"
    SUM = "SUM"
    DISTINCT = "DISTINCT"
    STREAK = "STREAK"


class ChallengeUnit(StrEnum):
    """Say what a SUM adds up, what a DISTINCT tells apart, and what a STREAK is made of."""

    SPEND = "SPEND"
    QUANTITY = "QUANTITY"
    PRODUCTS = "PRODUCTS"
    CATEGORIES = "CATEGORIES"
    STORES = "STORES"
    DAYS = "DAYS"
    WEEKS = "WEEKS"
    MONTHS = "MONTHS"


class ChallengePeriod(StrEnum):
    """Name a stretch of local days in which a challenge starts anew."""

    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class ChallengeJoining(StrEnum):
    """Say who takes part: everybody, or who joins."""

    AUTOMATIC = "AUTOMATIC"
    OPT_IN = "OPT_IN"


UNITS = {
    criterion: frozenset(map(ChallengeUnit, names.split()))
    for criterion, names in (
        (ChallengeCriterion.COUNT, ""),
        (ChallengeCriterion.SUM, "SPEND QUANTITY"),
        (ChallengeCriterion.DISTINCT, "PRODUCTS CATEGORIES STORES DAYS"),
        (ChallengeCriterion.STREAK, "DAYS WEEKS MONTHS"),
    )
}
"""What each criterion may be `of`; a COUNT is of the activities themselves."""

Target = Annotated[Decimal, Field(gt=0, max_digits=15)]


class Occasion(Terms):
    """Name something that counts, by the words of earning rules."""

    trigger: Literal["PURCHASE", "VISIT", "EVENT"] = "PURCHASE"
    event: str | None = None
    when: Conditions = Conditions()


class Level(Terms):
    """Declare one mark on the way: how far it is, and what reaching it gives."""

    id: Id
    name: Text | None = None
    target: Target
    grants: tuple[Grant, ...] = ()
    badge: Text | None = None


class Submissions(Terms):
    """Let members tell of what they did; staff approve it, and then it counts as the event."""

    per_period: Annotated[Whole, Field(ge=1, le=20)] = 1


class Challenge(Terms):
    """Declare one goal; with several `levels` in place of one `target`.

    The target of a SUM of SPEND is in units of money, every other a whole number. `period` starts
    it anew every calendar week, month or year; `starts_on` and `ends_on` are local days, both in
    it. With `repeats` the target is reached again and again within a period.
    """

    id: Id
    name: Text
    description: Text | None = None
    triggers: Annotated[tuple[Occasion, ...], Field(min_length=1)] = (Occasion(),)
    criterion: ChallengeCriterion = ChallengeCriterion.COUNT
    of: ChallengeUnit | None = None
    target: Target | None = None
    grants: tuple[Grant, ...] = ()
    badge: Text | None = None
    levels: tuple[Level, ...] = ()
    period: ChallengePeriod | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    joining: ChallengeJoining = ChallengeJoining.AUTOMATIC
    repeats: Truth = False
    leaderboard: Truth = False
    submissions: Submissions | None = None

    @property
    def is_money(self) -> bool:
        """Tell whether it adds up money."""
        return self.of is ChallengeUnit.SPEND

    @cached_property
    def steps(self) -> tuple[Level, ...]:
        """Give its levels, lowest first; one target is a single level with the challenge's id."""
        if self.target is None:
            return self.levels
        only = Level(id=self.id, target=self.target, grants=self.grants, badge=self.badge)
        return (only,)

    def marks(self, exponent: int) -> tuple[int, ...]:
        """Give the levels' targets as they are counted: minor units where it adds up money."""
        scale = exponent if self.is_money else 0
        return tuple(int(level.target.scaleb(scale)) for level in self.steps)
