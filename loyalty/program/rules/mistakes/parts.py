"""A definition as plain data, place by place, and the mistakes that any place may hold."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from loyalty.money import EXPONENTS, exponent
from loyalty.program.rules.texts import Amount, Day, Instant, Truth, Whole, minor_units

T = TypeVar("T")

AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
WHOLE: TypeAdapter[int] = TypeAdapter(Whole)
TRUTH: TypeAdapter[bool] = TypeAdapter(Truth)
DAY: TypeAdapter[date] = TypeAdapter(Day)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition: where it is (`ladders.0.tiers.1.name`), and what to do."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Part:
    """A place in a definition and what is there; asked for another shape it gives nothing."""

    path: str
    value: Any

    def __getitem__(self, name: str) -> "Part":
        value = self.value.get(name) if isinstance(self.value, Mapping) else None
        return Part(f"{self.path}.{name}".removeprefix("."), value)

    def items(self) -> Iterator["Part"]:
        """Give the parts of a list."""
        values = self.value if isinstance(self.value, list | tuple) else ()
        return (Part(f"{self.path}.{index}", value) for index, value in enumerate(values))

    @property
    def text(self) -> str | None:
        """Give a text."""
        return self.value if isinstance(self.value, str) else None

    def read(self, shape: TypeAdapter[T]) -> T | None:
        """Read a value of a shape."""
        try:
            return shape.validate_python(self.value)
        except ValidationError:
            return None

    def wrong(self, message: str) -> Problem:
        """Say what is wrong here."""
        return Problem(self.path, message)


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Name the nearest of what there is, or all of it where nothing is near."""
    names = sorted(known)
    near = get_close_matches(wanted, names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"there is only {', '.join(f'`{name}`' for name in names)}" if names else "there is none"


def ids(parts: Iterable[Part]) -> set[str]:
    """Name what parts declare."""
    return {part["id"].text or "" for part in parts} - {""}


def tiers(whole: Part) -> list[Part]:
    """Give the tiers of every ladder."""
    return [tier for ladder in whole["ladders"].items() for tier in ladder["tiers"].items()]


def rights(whole: Part) -> list[Part]:
    """Give every plan and pass: they share their ids."""
    return [*whole["plans"].items(), *whole["passes"].items()]


def once(what: str, parts: Iterable[Part]) -> Iterator[Problem]:
    """Find ids that are used twice."""
    first: dict[str, str] = {}
    for part in parts:
        name = part["id"]
        if name.text is None:
            continue
        if name.text in first:
            yield name.wrong(
                f"the {what} id `{name.text}` is used twice, first at {first[name.text]}"
            )
        first.setdefault(name.text, name.path)


def known(what: str, wanted: Part, known: Collection[str]) -> Iterator[Problem]:
    """Find a name of something that is not declared."""
    name = wanted.text
    if name is not None and name not in known:
        yield wanted.wrong(
            f"names the {what} `{name}`, which is not declared; {nearest(name, known)}"
        )


def exact(amount: Part, whole: Part) -> Iterator[Problem]:
    """Find an amount with more decimals than the money has."""
    value, money = amount.read(AMOUNT), whole["money"].text
    if value is None or money is None or money not in EXPONENTS:
        return
    try:
        minor_units(value, exponent(money))
    except ValueError as error:
        yield amount.wrong(str(error))


def conditions(when: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with conditions: tiers and plans of nobody, an amount that cannot be."""
    for tier in when["tiers"].items():
        yield from known("tier", tier, ids(tiers(whole)))
    for plan in when["plans"].items():
        yield from known("plan", plan, ids(rights(whole)))
    yield from exact(when["minimum_amount"], whole)


def languages(text: Part) -> Iterator[Part]:
    """Give a text in each of its languages, or the one text that is for all of them."""
    whole = text["by_language"] if text["by_language"].value is not None else text
    if isinstance(whole.value, Mapping):
        return (whole[language] for language in whole.value if isinstance(language, str))
    return iter([whole])
