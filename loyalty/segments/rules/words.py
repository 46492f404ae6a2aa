"""Conditions in words: what they are about, what is asked, and what the member has of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from loyalty.messages import Money, render, written
from loyalty.segments.rules import conditions as ask
from loyalty.segments.rules.answers import Answer
from loyalty.segments.rules.conditions import Condition
from loyalty.segments.rules.frames import Frame


@dataclass(frozen=True, slots=True)
class Words:
    """A condition as it is read; what only joins others asks nothing, and nobody has any of it."""

    about: str
    asked: str | None = None
    actual: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: under which program, when, and in which BCP 47 locale."""

    frame: Frame
    locale: str

    def say(self, kind: str, **facts: object) -> str:
        """Write a text of the catalogue."""
        return render(f"SEGMENT_{kind}", self.locale, **facts)

    def day(self, at: datetime | None) -> str:
        """Write the local day of an instant, or that there never was one."""
        return self.say("NEVER") if at is None else written(self._local(at), self.locale)

    def within(self, days: int | None, no: str = "") -> str:
        """Write in how many days, today one of them; after `NOT_` that it was not in them."""
        return self.say(f"{no}TODAY") if days == 1 else self.say(f"{no}WITHIN", days=days)

    def _local(self, at: datetime) -> date:
        return self.frame.program.place.day(at)

    def names(self, found: Iterable[object]) -> str:
        """Write a list, or that there is nothing in it."""
        listed = list(found)
        return self.say("ANY_OF", names=listed) if listed else self.say("NOTHING")


def words(kind: str, leaf: Condition | None, answer: Answer | None, reader: Reader) -> Words:
    """Say a part of a segment; `kind` is how a definition names it."""
    if leaf is None or answer is None:
        return Words(reader.say(kind.upper()))
    return Words(_about(kind, leaf, reader), _asked(leaf, reader), _actual(leaf, answer, reader))


def _about(kind: str, leaf: Condition, reader: Reader) -> str:
    match leaf:
        case ask.Balance():
            currency = reader.frame.program.currency(leaf.currency)
            about = reader.say("BALANCE", name=currency.name if currency else leaf.currency)
        case ask.Category():
            about = reader.say("CATEGORY", name=leaf.category)
        case ask.Store():
            about = reader.say("STORE", name=leaf.store)
        case ask.ConsentGiven():
            about = reader.say(f"CONSENT_{leaf.purpose}_{leaf.channel}")
        case ask.Engagement():
            about = reader.say(leaf.event)
        case ask.Challenge():
            challenge = reader.frame.challenge(leaf.challenge)
            name = challenge.name if challenge else leaf.challenge
            about = reader.say("CHALLENGE", name=name)
        case _:
            about = reader.say(kind.upper())
    days = getattr(leaf, "days", None)
    return about if days is None else reader.say("IN_DAYS", what=about, when=reader.within(days))


def _asked(leaf: Condition, reader: Reader) -> str:
    match leaf:
        case ask.TierHeld():
            names = [_tier(name, reader) for name in leaf.named]
            return reader.say("OR_HIGHER", name=names[0]) if leaf.at_least else reader.names(names)
        case ask.Bounded():
            return _bounds(leaf, reader)
        case ask.LastPurchase() | ask.Engagement():
            return _recent(leaf, reader)
        case ask.Enrolled():
            return _joined(leaf, reader)
        case ask.BirthMonth():
            return reader.names(_month(month, reader) for month in leaf.any_of)
        case ask.ConsentGiven():
            return reader.say("YES")
        case ask.Challenge():
            return _goal(leaf, reader)
        case ask.PlanHeld():
            return reader.names(_plan(name, reader) for name in leaf.any_of)
    return reader.names(getattr(leaf, "any_of", ()))


def _bounds(leaf: ask.Bounded, reader: Reader) -> str:
    bounds: tuple[Any, Any] = getattr(leaf, "at_least", None), getattr(leaf, "at_most", None)
    if isinstance(leaf, ask.Spend):
        bounds = reader.frame.spend(leaf)
    least, most = (None if n is None else _number(leaf, n, reader.frame) for n in bounds)
    if least is None:
        return reader.say("AT_MOST", most=most)
    if most is None:
        return reader.say("AT_LEAST", least=least)
    return reader.say("BETWEEN", least=least, most=most)


def _number(leaf: Condition, number: int, frame: Frame) -> object:
    """Give a number as what it counts: money, points of a name, or plain."""
    if isinstance(leaf, ask.Spend):
        return Money(number, frame.program.money)
    if isinstance(leaf, ask.Balance):
        currency = frame.program.currency(leaf.currency)
        if currency is not None and currency.is_money:
            return Money(number, frame.program.money)
    return number


def _recent(leaf: ask.LastPurchase | ask.Engagement, reader: Reader) -> str:
    if leaf.within_days is not None:
        return reader.within(leaf.within_days)
    if leaf.not_within_days is not None:
        return reader.within(leaf.not_within_days, "NOT_")
    return reader.say("NEVER")


def _joined(leaf: ask.Enrolled, reader: Reader) -> str:
    if leaf.since is not None:
        return reader.say("SINCE", day=leaf.since)
    if leaf.until is not None:
        return reader.say("UNTIL", day=leaf.until)
    if leaf.within_days is not None:
        return reader.within(leaf.within_days)
    return reader.within(leaf.not_within_days, "NOT_")


def _goal(leaf: ask.Challenge, reader: Reader) -> str:
    if leaf.joined:
        return reader.say("JOINED")
    if leaf.at_least_percent is not None:
        return reader.say("AT_LEAST", least=reader.say("PERCENT", n=leaf.at_least_percent))
    challenge = reader.frame.challenge(leaf.challenge)
    steps = challenge.steps if challenge else ()
    level = next((step.name for step in steps if step.id == leaf.level), None)
    named = level or leaf.level
    return reader.say("ACHIEVED_LEVEL", name=named) if named else reader.say("ACHIEVED")


def _tier(name: str, reader: Reader) -> object:
    every = (tier for ladder in reader.frame.program.ladders for tier in ladder.tiers)
    return next((tier.name for tier in every if tier.id == name), name)


def _plan(name: str, reader: Reader) -> object:
    return next((one.name for one in reader.frame.program.rights if one.id == name), name)


def _month(month: int, reader: Reader) -> str:
    return reader.say("MONTH", day=date(2000, month, 1))


def _actual(leaf: Condition, answer: Answer, reader: Reader) -> str:
    have = answer.have
    match leaf:
        case ask.Challenge(at_least_percent=int()):
            return reader.say("PERCENT", n=have)
        case ask.ConsentGiven() | ask.Challenge():
            return reader.say("YES" if have else "NO")
        case ask.LastPurchase() | ask.Engagement() | ask.Enrolled():
            return reader.day(have)
        case ask.TierHeld():
            return reader.names(_tier(name, reader) for name in have)
        case ask.PlanHeld():
            return reader.names(_plan(name, reader) for name in have)
        case ask.Label():
            return reader.names(have)
        case ask.BirthMonth() if have is not None:
            return _month(have, reader)
    if have is None:
        return reader.say("UNKNOWN")
    if isinstance(have, int):
        return written(_number(leaf, have, reader.frame), reader.locale)
    return str(have)
