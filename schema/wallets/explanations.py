"""Why an entry is what it is: the facts it was made with, and one sentence that says them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import strawberry

from loyalty import messages
from loyalty.messages import Money
from loyalty.program import Program, Version, terms
from loyalty.wallets import LedgerEntry
from schema.context import Reader
from schema.enums import EntryKind, Rounding
from schema.scalars import exponent_of


@strawberry.type(description="Something that multiplied points.")
class AppliedFactor:
    """A factor that was applied."""

    source: str = strawberry.field(
        description="The earning rule, or `benefit:` and the benefit, that gave the factor."
    )
    name: str = strawberry.field(description="Its name, in the reader's language.")
    factor: str = strawberry.field(description="The factor, a decimal number or a fraction.")


@strawberry.type(description="Why an entry is what it is, by the version it was made by.")
class EntryExplanation:
    """Why an entry is what it is."""

    rule_id: str | None = strawberry.field(description="The earning rule; only on ACCRUAL.")
    rule_name: str | None = strawberry.field(
        description="Its name then, in the reader's language; only on ACCRUAL."
    )
    program_version: int | None = strawberry.field(
        description="The version of the program that was in force; only on ACCRUAL."
    )
    activity_id: str | None = strawberry.field(
        description="What earned it, such as purchase:web:1001; only on ACCRUAL."
    )
    base: str | None = strawberry.field(
        description="The money that earned, in units of the program's money, exact: a decimal "
        "number, or a fraction n/d where it has no end."
    )
    factors: list[AppliedFactor] = strawberry.field(description="What multiplied the points.")
    exact: str | None = strawberry.field(
        description="The points before rounding, carried parts included, exact as `base`."
    )
    rounding: Rounding | None = strawberry.field(
        description="How they became whole; null where nothing was to be rounded."
    )
    reason: str | None = strawberry.field(
        description="What was said when points were spent or corrected."
    )
    text: str = strawberry.field(description="All of it in one sentence, in the reader's language.")


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, the version it was made by (None when it is no longer known), and the language."""

    entry: LedgerEntry
    version: Version | None
    reader: Reader

    @property
    def facts(self) -> Mapping[str, Any]:
        """Give what the entry was made with."""
        return self.entry.explanation

    @property
    def program(self) -> Program | None:
        """Give the terms it was made by."""
        return self.version.program if self.version else None


def explain(told: Told) -> EntryExplanation:
    """Explain an entry."""
    facts = told.facts
    rule = _rule(told)
    return EntryExplanation(
        rule_id=facts.get("rule"),
        rule_name=told.reader.text(rule.name) if rule else facts.get("rule"),
        program_version=facts.get("version"),
        activity_id=facts.get("activity"),
        base=_base(told),
        factors=[_factor(told, source, text) for source, text in _factors(facts).items()],
        exact=exact_text(Fraction(facts["exact"])) if "exact" in facts else None,
        rounding=Rounding(facts["rounding"]) if "rounding" in facts else None,
        reason=facts.get("reason"),
        text=_sentence(told),
    )


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
    return exact_text(Fraction(told.facts["base"]) / 10 ** exponent_of(told.program.money))


def _factor(told: Told, source: str, text: str) -> AppliedFactor:
    named = {rule.id: rule.name for rule in told.program.earning_rules} if told.program else {}
    for ladder in told.program.ladders if told.program else ():
        named |= {f"benefit:{b.id}": b.name for tier in ladder.tiers for b in tier.benefits}
    name = told.reader.text(named[source]) if source in named else source
    return AppliedFactor(source=source, name=name, factor=exact_text(Fraction(text)))


def _sentence(told: Told) -> str:
    """Say it in one sentence; what was noted without facts is said by its kind alone."""
    kind, facts, locale = told.entry.kind, told.facts, told.reader.locale
    if kind is not EntryKind.ACCRUAL:
        return messages.render(kind.value, locale, reason=facts.get("reason", ""))
    if facts.get("kind") == "PER_AMOUNT" and told.program is not None:
        return "".join(_arithmetic(told, told.program))
    if facts.get("units", 1) != 1:
        each = {"points": facts["points"], "units": facts["units"]}
        return messages.render("ACCRUAL_PER_UNIT", locale, total=told.entry.points, **each)
    return messages.render("ACCRUAL_FIXED", locale, points=told.entry.points)


def _arithmetic(told: Told, program: Program) -> Iterator[str]:
    """Say piece by piece how money became points."""
    facts, locale, total = told.facts, told.reader.locale, told.entry.points
    per = Money(Fraction(facts["per"]) * 10**program.exponent, program.money)
    base, exact = Money(Fraction(facts["base"]), program.money), Fraction(facts["exact"])
    carried = Fraction(facts.get("carried_in", 0))
    yield messages.render("ACCRUAL_RATE", locale, points=facts["points"], per=per, base=base)
    yield from _multiplied(told, base, per, exact - carried)
    if carried:
        yield messages.render("ACCRUAL_CARRIED_IN", locale, carried=carried)
    yield messages.render("ACCRUAL_EXACT", locale, exact=exact)
    if exact != total:
        how = "LINES" if facts.get("scope") == "LINE" else facts["rounding"]
        yield messages.render(f"ACCRUAL_{how}", locale, total=total)
    left = Fraction(facts.get("carried_out", 0))
    if left:
        yield messages.render("ACCRUAL_CARRIED_OUT", locale, carried=left)


def _multiplied(told: Told, base: Money, per: Money, exact: Fraction) -> Iterator[str]:
    """Say the factor where it was one for everything, or that part of it earned more."""
    plain = Fraction(base.amount) * told.facts["points"] / Fraction(per.amount)
    if exact == plain:
        return
    product = Fraction(1)
    for text in _factors(told.facts).values():
        product *= Fraction(text)
    if exact == plain * product:
        yield messages.render("ACCRUAL_FACTOR", told.reader.locale, factor=product)
    else:
        yield messages.render("ACCRUAL_FACTORS", told.reader.locale)
