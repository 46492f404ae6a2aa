"""What is wrong with a program although every part has its shape: references, order and sense.

It reads a definition as plain data and says nothing of a part that has not its shape, so that one
reading tells the mistakes of shape (found by the models) and of sense together.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from itertools import chain
from typing import Any, TypeVar

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from loyalty.money import EXPONENTS, exponent, unknown
from loyalty.program.rules.texts import LANGUAGE, NUDGE_FIELDS, Amount, fields_of, minor_units

T = TypeVar("T")

_AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)
_WHOLE: TypeAdapter[int] = TypeAdapter(int)
_TRUTH: TypeAdapter[bool] = TypeAdapter(bool)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_METRICS = ("spend", "purchases", "points")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition: where it is (`ladders.0.tiers.1.name`), and what to do."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A place in a definition and what is there; asked for another shape it gives nothing."""

    path: str
    value: Any

    def __getitem__(self, name: str) -> "_Part":
        value = self.value.get(name) if isinstance(self.value, Mapping) else None
        return _Part(f"{self.path}.{name}".removeprefix("."), value)

    def items(self) -> Iterator["_Part"]:
        values = self.value if isinstance(self.value, list | tuple) else ()
        return (_Part(f"{self.path}.{index}", value) for index, value in enumerate(values))

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    def read(self, shape: TypeAdapter[T]) -> T | None:
        try:
            return shape.validate_python(self.value)
        except ValidationError:
            return None

    def wrong(self, message: str) -> Problem:
        return Problem(self.path, message)


def problems(program: Mapping[str, Any]) -> list[Problem]:
    """List every mistake that no shape can tell, each at its exact path."""
    whole = _Part("", program)
    return list(
        chain(
            _head(whole),
            _declared_once(whole),
            *(_expiry(currency["expiry"]) for currency in whole["currencies"].items()),
            *(_pending(currency) for currency in whole["currencies"].items()),
            *(_rule(rule, whole) for rule in whole["earning_rules"].items()),
            *(_ladder(ladder, whole) for ladder in whole["ladders"].items()),
            _nudges(whole["nudges"]),
        )
    )


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Name the nearest of what there is, or all of it where nothing is near."""
    names = sorted(known)
    near = get_close_matches(wanted, names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"there is only {', '.join(f'`{name}`' for name in names)}" if names else "there is none"


def _head(whole: _Part) -> Iterator[Problem]:
    language = whole["default_language"]
    if language.text is not None and not LANGUAGE.fullmatch(language.text):
        yield language.wrong(
            f"`{language.text}` is not a language: write its code of BCP 47, such as en or pt-BR"
        )
    money = whole["money"]
    if money.text is not None and money.text not in EXPONENTS:
        yield money.wrong(unknown(money.text))


def _tiers(whole: _Part) -> list[_Part]:
    return [tier for ladder in whole["ladders"].items() for tier in ladder["tiers"].items()]


def _ids(parts: Iterable[_Part]) -> set[str]:
    return {part["id"].text or "" for part in parts} - {""}


def _declared_once(whole: _Part) -> Iterator[Problem]:
    yield from _once("currency", whole["currencies"].items())
    yield from _once("earning rule", whole["earning_rules"].items())
    yield from _once("ladder", whole["ladders"].items())
    yield from _once("tier", _tiers(whole))
    homes: dict[str, _Part] = {}  # the tiers of one ladder may share a benefit
    for ladder in whole["ladders"].items():
        for tier in ladder["tiers"].items():
            for benefit in tier["benefits"].items():
                name = benefit["id"].text
                if name is not None and homes.setdefault(name, ladder) != ladder:
                    yield benefit["id"].wrong(
                        f"the benefit id `{name}` is used twice, also in {homes[name].path}"
                    )


def _once(what: str, parts: Iterable[_Part]) -> Iterator[Problem]:
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


def _known(what: str, wanted: _Part, known: Collection[str]) -> Iterator[Problem]:
    name = wanted.text
    if name is not None and name not in known:
        yield wanted.wrong(
            f"names the {what} `{name}`, which is not declared; {nearest(name, known)}"
        )


def _expiry(expiry: _Part) -> Iterator[Problem]:
    month, day = expiry["month"].read(_WHOLE), expiry["day"].read(_WHOLE)
    if expiry["mode"].text != "FIXED_DATE" or month is None or day is None:
        return
    if 1 <= month <= 12 and monthrange(2001, month)[1] < day <= 31:
        yield expiry["day"].wrong(f"there is no day {day} in month {month} of every year")


def _pending(currency: _Part) -> Iterator[Problem]:
    pending, expiry = currency["pending_days"], currency["expiry"]
    days, months = pending.read(_WHOLE), expiry["months"].read(_WHOLE)
    if expiry["mode"].text != "ROLLING" or days is None or months is None or months < 1:
        return
    kept = _days_at_least(months)
    if days >= kept:
        yield pending.wrong(
            f"points expire after `months: {months}`, which may be only {kept} days, before they"
            f" can be used: wait at most {kept - 1} days, or let them expire later"
        )


def _days_at_least(months: int) -> int:
    """Give the fewest days that so many months in a row may last."""
    years, rest = divmod(months, 12)
    lengths = [monthrange(2001, month)[1] for month in range(1, 13)] * 2
    return 365 * years + min(sum(lengths[first : first + rest]) for first in range(12))


def _rule(rule: _Part, whole: _Part) -> Iterator[Problem]:
    yield from _known("currency", rule["currency"], _ids(whole["currencies"].items()))
    for tier in rule["when"]["tiers"].items():
        yield from _known("tier", tier, _ids(_tiers(whole)))
    yield from _exact(rule["when"]["minimum_amount"], whole)
    starts, ends = rule["starts_at"].read(_INSTANT), rule["ends_at"].read(_INSTANT)
    if starts is not None and ends is not None and ends <= starts:
        yield rule["ends_at"].wrong("must be after `starts_at`, or the rule is never in force")
    yield from _effect(rule["effect"])
    yield from _event(rule)


def _effect(effect: _Part) -> Iterator[Problem]:
    rest_kept = effect["kind"].text == "PER_AMOUNT" and effect["carry"].read(_TRUTH)
    floor = effect["rounding"].text in (None, "FLOOR")
    if rest_kept and not (floor and effect["scope"].text in (None, "ORDER")):
        yield effect["carry"].wrong(
            "carry keeps what FLOOR leaves of a whole order: use rounding FLOOR and scope ORDER"
        )


def _event(rule: _Part) -> Iterator[Problem]:
    is_event = rule["trigger"].text == "EVENT"
    if is_event != (rule["event"].value is not None):
        yield rule["event"].wrong(
            "a rule with trigger EVENT names its `event`, a rule with PURCHASE does not"
        )
    if not is_event:
        return
    if rule["effect"]["kind"].text not in (None, "FIXED"):
        yield rule["effect"]["kind"].wrong("an event has no amount: its effect must be FIXED")
    for name in ("products", "categories", "minimum_amount"):
        if rule["when"][name].value:
            yield rule["when"][name].wrong(
                "an event has no lines and no amount to put conditions on"
            )


def _exact(amount: _Part, whole: _Part) -> Iterator[Problem]:
    value, money = amount.read(_AMOUNT), whole["money"].text
    if value is None or money is None or money not in EXPONENTS:
        return
    try:
        minor_units(value, exponent(money))
    except ValueError as error:
        yield amount.wrong(str(error))


def _ladder(ladder: _Part, whole: _Part) -> Iterator[Problem]:
    counted = ladder["points_currency"]
    yield from _known("currency", counted, _ids(whole["currencies"].items()))
    below: dict[str, tuple[Decimal, str]] = {}
    for index, tier in enumerate(ladder["tiers"].items()):
        threshold = tier["threshold"]
        if threshold.value is None and index > 0:
            yield threshold.wrong("required: only the lowest tier may be without")
        if threshold["points"].value is not None and counted.value is None:
            yield threshold["points"].wrong(
                "a tier that counts points: name the ladder's `points_currency`"
            )
        unnamed = all(threshold[name].value is None for name in _METRICS)
        if isinstance(threshold.value, Mapping) and unnamed:
            yield threshold.wrong("name at least one of spend, purchases, points")
        yield from _exact(threshold["spend"], whole)
        yield from _climbs(threshold, tier["id"].text or "", below)
        for benefit in tier["benefits"].items():
            yield from _factor(benefit)


def _climbs(
    threshold: _Part, tier: str, below: dict[str, tuple[Decimal, str]]
) -> Iterator[Problem]:
    for name in _METRICS:
        mark = threshold[name].read(_AMOUNT)
        if mark is None:
            continue
        if name in below and mark <= below[name][0]:
            than, whose = below[name]
            yield threshold[name].wrong(f"must be higher than the {than} of tier `{whose}` below")
        below[name] = (mark, tier)


def _factor(benefit: _Part) -> Iterator[Problem]:
    kind = benefit["kind"].text
    if kind is not None and (kind == "POINTS_MULTIPLIER") != (benefit["factor"].value is not None):
        yield benefit["factor"].wrong(
            "`factor` belongs to a POINTS_MULTIPLIER, and is required there"
        )


def _nudges(nudges: _Part) -> Iterator[Problem]:
    seen: set[str] = set()
    for nudge in nudges.items():
        on = nudge["on"]
        if on.text is not None and on.text in seen:
            yield on.wrong(f"there is a nudge on {on.text} already: one says it all")
        seen.add(on.text or "")
        for text in (*_languages(nudge["title"]), *_languages(nudge["body"])):
            yield from _template(text, NUDGE_FIELDS.get(on.text or ""))


def _languages(text: _Part) -> Iterator[_Part]:
    """Give a text in each of its languages, or the one text that is for all of them."""
    whole = text["by_language"] if text["by_language"].value is not None else text
    if isinstance(whole.value, Mapping):
        return (whole[language] for language in whole.value if isinstance(language, str))
    return iter([whole])


def _template(text: _Part, allowed: Collection[str] | None) -> Iterator[Problem]:
    if text.text is None:
        return
    fields = fields_of(text.text)
    if fields is None:
        yield text.wrong("its braces make no fields: write {firstName}, and {{ for a brace itself")
    elif allowed is not None:
        for field in sorted(fields.difference(allowed)):
            yield text.wrong(f"there is no field `{field}` here; {nearest(field, allowed)}")
