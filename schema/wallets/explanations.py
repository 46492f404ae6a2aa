"""Why an entry is what it is: the facts it was made with, and one sentence that says them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import strawberry

from loyalty import messages
from loyalty.messages import Count, Money
from loyalty.money import exponent
from loyalty.program import Program, Version, terms
from loyalty.wallets import PostedEntry
from schema.context import Reader
from schema.enums import EntryKind, Rounding
from schema.program.names import names_in

SENTENCES_KEPT = 8_192
EARNED = (None, "PER_AMOUNT", "FIXED")


@strawberry.type(description="Something that multiplied points.")
class AppliedFactor:
    """A factor that was applied."""

    source: str = strawberry.field(
        description="The earning rule, or `benefit:` and the benefit, that gave the factor."
    )
    name: str = strawberry.field(description="Its name, in the reader's language.")
    factor: str = strawberry.field(description="The factor, a decimal number or a fraction.")


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, the version it was made by (None when it is no longer known), and the language.

    `money` is what the entry's currency counts in, where that is money; `name` what one and any
    other number of it are called, in that language.
    """

    posted: PostedEntry
    version: Version | None
    reader: Reader
    money: str | None = None
    name: tuple[str, str] | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """Give what the entry was made with."""
        return self.posted.entry.explanation

    @property
    def program(self) -> Program | None:
        """Give the terms it was made by."""
        return self.version.program if self.version else None


@strawberry.type(description="Why an entry is what it is, by the version it was made by.")
class EntryExplanation:
    """Why an entry is what it is; only what is asked is worked out."""

    told: strawberry.Private[Told]

    @strawberry.field(description="The earning rule; only on ACCRUAL.")
    def rule_id(self) -> str | None:
        """Name the rule."""
        return self.told.facts.get("rule")

    @strawberry.field(description="Its name then, in the reader's language; only on ACCRUAL.")
    def rule_name(self) -> str | None:
        """Name the rule in words."""
        rule = _rule(self.told)
        return self.told.reader.text(rule.name) if rule else self.told.facts.get("rule")

    @strawberry.field(description="The version of the program that was in force; only on ACCRUAL.")
    def program_version(self) -> int | None:
        """Give the version."""
        return self.told.facts.get("version")

    @strawberry.field(description="What earned it, such as purchase:web:1001; only on ACCRUAL.")
    def activity_id(self) -> str | None:
        """Name the activity."""
        return self.told.facts.get("activity")

    @strawberry.field(
        description="The money that earned, in units of the program's money, exact: a decimal "
        "number, or a fraction n/d where it has no end."
    )
    def base(self) -> str | None:
        """Give the money."""
        return _base(self.told)

    @strawberry.field(description="What multiplied the points.")
    def factors(self) -> list[AppliedFactor]:
        """Show the factors."""
        return [_factor(self.told, *item) for item in _factors(self.told.facts).items()]

    @strawberry.field(
        description="The points before rounding, carried parts included, exact as `base`."
    )
    def exact(self) -> str | None:
        """Give the points as they were."""
        facts = self.told.facts
        return exact_text(Fraction(facts["exact"])) if "exact" in facts else None

    @strawberry.field(description="How they became whole; null where nothing was to be rounded.")
    def rounding(self) -> Rounding | None:
        """Name the rounding."""
        facts = self.told.facts
        return Rounding(facts["rounding"]) if "rounding" in facts else None

    @strawberry.field(description="What was said when points were spent or corrected.")
    def reason(self) -> str | None:
        """Give the reason."""
        return self.told.facts.get("reason")

    @strawberry.field(description="All of it in one sentence, in the reader's language.")
    def text(self) -> str:
        """Say it."""
        return _sentence(self.told)


def explain(told: Told) -> EntryExplanation:
    """Explain an entry."""
    return EntryExplanation(told=told)


def exact_text(value: Fraction) -> str:
    """Write a fraction exactly: as a decimal number where it ends, else as n/d."""
    rest = value.denominator
    places = 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        places += 1
        rest = rest // 10 if rest % 10 == 0 else rest // 2 if rest % 2 == 0 else rest // 5
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    scaled = value * 10**places
    return f"{Decimal(scaled.numerator).scaleb(-places).normalize():f}"


def _factors(facts: Mapping[str, Any]) -> Mapping[str, str]:
    factors: Mapping[str, str] = facts.get("factors", {})
    return factors


def _rule(told: Told) -> terms.EarningRule | None:
    rules = told.program.earning_rules if told.program else ()
    return next((rule for rule in rules if rule.id == told.facts.get("rule")), None)


def _base(told: Told) -> str | None:
    if "base" not in told.facts or told.program is None:
        return None
    return exact_text(Fraction(told.facts["base"]) / 10 ** exponent(told.program.money))


def _factor(told: Told, source: str, text: str) -> AppliedFactor:
    named = {rule.id: rule.name for rule in told.program.earning_rules} if told.program else {}
    for ladder in told.program.ladders if told.program else ():
        named |= {f"benefit:{b.id}": b.name for tier in ladder.tiers for b in tier.benefits}
    for right in told.program.rights if told.program else ():
        named |= {f"benefit:{benefit.id}": benefit.name for benefit in right.benefits}
    name = told.reader.text(named[source]) if source in named else source
    return AppliedFactor(source=source, name=name, factor=exact_text(Fraction(text)))


def _sentence(told: Told) -> str:
    """Say it in one sentence; what was noted without facts is said by its kind alone."""
    return "".join(_parts(told))


def _parts(told: Told) -> Iterator[str]:
    kind, facts, locale = told.posted.entry.kind, told.facts, told.reader.locale
    if kind is EntryKind.ACCRUAL and facts.get("kind") in EARNED:
        yield _earned(told)
    else:
        yield messages.render(_text_of(told), locale, **_named(told))
    if "before" in facts:
        yield messages.render("REFUND_BEFORE", locale, before=_exact(told, "before"))
    if kind is EntryKind.CLAWBACK and "carried_out" in facts:
        carried = {name: _exact(told, name) for name in ("carried_in", "carried_out")}
        yield messages.render("REFUND_CARRIED", locale, **carried)
    if "cap" in facts:
        limits = {name: _worth(told, facts[name]) for name in ("cap", "uncapped")}
        left = _worth(told, told.posted.entry.points)
        yield messages.render(f"ACCRUAL_CAPPED_{facts['cap_per']}", locale, **limits, left=left)
    for name in ("arrears", "written_off", "recovered"):
        if name in facts:
            text = name.upper() if name == "recovered" else f"CLAWBACK_{name.upper()}"
            yield messages.render(text, locale, **{name: _worth(told, facts[name])})


def _earned(told: Told) -> str:
    """Say what an earning rule gave."""
    facts, locale = told.facts, told.reader.locale
    if facts.get("kind") == "PER_AMOUNT" and told.program is not None:
        return _arithmetic(_sum_of(told, told.program), locale)
    total = _worth(told, facts.get("uncapped", told.posted.entry.points))
    if facts.get("units", 1) != 1:
        each = {"points": _worth(told, facts["points"]), "units": facts["units"]}
        return messages.render("ACCRUAL_PER_UNIT", locale, total=total, **each)
    return messages.render("ACCRUAL_FIXED", locale, points=total)


def _text_of(told: Told) -> str:
    """Choose the text of an entry: of its own kind of reason, else of its kind of movement."""
    kind, facts = told.posted.entry.kind.value, told.facts
    own = "_".join(facts[name] for name in ("kind", "payment") if name in facts)
    if messages.is_known(own):
        return own
    if kind == "REDEMPTION" and "reason" not in facts:
        return "REDEMPTION_BARE"
    if kind == "REINSTATEMENT" and "expired_meanwhile" in facts:
        return "REINSTATEMENT_LATE"
    return "ACCRUAL_FIXED" if kind == "ACCRUAL" else kind


def _named(told: Told) -> dict[str, object]:
    """Give the facts as they are read: what the program declares by its name, points as worth."""
    names = names_in(told.facts, told.program, told.reader)
    said: dict[str, object] = {"reason": "", **told.facts, **names}
    said.pop("kind", None)
    if told.money is not None and "pay" in said:
        said["pay"] = Money(int(told.facts["pay"]), told.money)
    said |= {name: _exact(told, name) for name in ("earned", "left") if name in told.facts}
    days = (name for name in ("since", "until") if name in told.facts)
    said |= {name: date.fromisoformat(told.facts[name]) for name in days}
    return {**said, "points": _worth(told, abs(told.posted.entry.points))}


def _exact(told: Told, name: str) -> Fraction | Money:
    """Give a number that may have parts of a point."""
    exact = Fraction(told.facts[name])
    return exact if told.money is None else Money(exact, told.money)


def _worth(told: Told, points: int) -> int | Money | Count:
    return _valued(points, told.money, told.name)


def _valued(points: int, money: str | None, name: tuple[str, str] | None) -> int | Money | Count:
    """Give points as they are read: as money, or by their name where that is known."""
    if money is not None:
        return Money(points, money)
    return points if name is None else Count(points, name)


@dataclass(frozen=True, slots=True)
class Sum:
    """How money became points; numbers as the ledger has them, so that it is cheap to compare."""

    points: int
    per: str
    base: str
    exact: str
    carried_in: str
    carried_out: str
    factors: tuple[str, ...]
    how: str
    total: int
    money: str
    gives_money: bool
    name: tuple[str, str] | None


def _sum_of(told: Told, program: Program) -> Sum:
    facts = told.facts
    return Sum(
        points=facts["points"],
        per=facts["per"],
        base=facts["base"],
        exact=facts["exact"],
        carried_in=facts.get("carried_in", "0"),
        carried_out=facts.get("carried_out", "0"),
        factors=tuple(_factors(facts).values()),
        how="LINES" if facts.get("scope") == "LINE" else facts["rounding"],
        total=facts.get("uncapped", told.posted.entry.points),
        money=program.money,
        gives_money=told.money is not None,
        name=told.name,
    )


# Writing numbers by their language is most of what a home screen costs, and a sum never changes.
@lru_cache(maxsize=SENTENCES_KEPT)
def _arithmetic(done: Sum, locale: str) -> str:
    return "".join(_pieces(done, locale))


def _pieces(done: Sum, locale: str) -> Iterator[str]:
    """Say piece by piece how money became points, or a part of it credit."""
    per = Money(Fraction(done.per) * 10 ** exponent(done.money), done.money)
    base, exact = Money(Fraction(done.base), done.money), Fraction(done.exact)
    carried, left = Fraction(done.carried_in), Fraction(done.carried_out)
    total: int | Money = done.total
    if done.gives_money:
        share = Fraction(100 * done.points) / Fraction(per.amount)
        yield messages.render("ACCRUAL_SHARE", locale, share=share, base=base)
        total = Money(done.total, done.money)
    else:
        points = _valued(done.points, None, done.name)
        yield messages.render("ACCRUAL_RATE", locale, points=points, per=per, base=base)
    product = math.prod(map(Fraction, done.factors), start=Fraction(1))
    plain = Fraction(base.amount) * done.points / Fraction(per.amount)
    if exact - carried == plain * product != plain:
        yield messages.render("ACCRUAL_FACTOR", locale, factor=product)
    elif exact - carried != plain:  # a part of it earned more
        yield messages.render("ACCRUAL_FACTORS", locale)
    if carried:
        yield messages.render("ACCRUAL_CARRIED_IN", locale, carried=_as(done, carried))
    yield messages.render("ACCRUAL_EXACT", locale, exact=_as(done, exact))
    if exact != done.total:
        yield messages.render(f"ACCRUAL_{done.how}", locale, total=total)
    if left:
        yield messages.render("ACCRUAL_CARRIED_OUT", locale, carried=_as(done, left))


def _as(done: Sum, points: Fraction) -> Fraction | Money:
    return Money(points, done.money) if done.gives_money else points
