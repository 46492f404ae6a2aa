"""The program as members see it: currencies, ways to earn, ladders; not its versions."""

import strawberry

from loyalty.money import exponent
from loyalty.program import Program as Definition
from loyalty.program import Version, terms
from schema.challenges.terms import Challenge, show_challenge
from schema.context import Context, Info, Reader
from schema.enums import (
    CurrencyKind,
    Downgrade,
    Match,
    Trigger,
    ValidityKind,
    WindowKind,
)
from schema.program.benefits import Benefit, show_benefit
from schema.program.offers import Offer, show_offer
from schema.program.plans import Pass, Plan, PunchCard, show_card, show_pass, show_plan
from schema.program.referrals import ReferralTerms, show_terms
from schema.scalars import CurrencyCode, Locale, Money, Points, money


@strawberry.type(description="What members may give to each other of a currency.")
class TransferLimits:
    """What may be given."""

    minimum: Points = strawberry.field(description="The least at a time.")
    per_transfer: Points | None = strawberry.field(
        description="The most at a time; null for no limit."
    )
    per_month: Points | None = strawberry.field(
        description="The most in a calendar month; null for no limit."
    )


@strawberry.type(description="Prepaid credit that can be bought.")
class TopUp:
    """A package of prepaid credit."""

    id: strawberry.ID = strawberry.field(description="Its id in its currency.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    currency_id: strawberry.ID = strawberry.field(description="The currency it is of.")
    pay: Money = strawberry.field(description="What is paid for it.")
    get: Money = strawberry.field(description="What it is worth: what is paid, and the bonus.")


@strawberry.type(description="A unit of value that members hold.")
class PointsCurrency:
    """A unit of value."""

    id: strawberry.ID = strawberry.field(description="Its id in the program, such as points.")
    kind: CurrencyKind = strawberry.field(description="What it is for.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    transfers: TransferLimits | None = strawberry.field(
        description="What members may give of it to each other; null when they may not."
    )


@strawberry.type(description="What reaches a tier, within the ladder's window.")
class Threshold:
    """What reaches a tier."""

    match: Match = strawberry.field(description="Whether all that is named must be met, or any.")
    spend: Money | None = strawberry.field(description="Money spent; null when it is not asked.")
    purchases: int | None = strawberry.field(
        description="Number of purchases; null when it is not asked."
    )
    points: Points | None = strawberry.field(
        description="Qualifying points earned; null when they are not asked."
    )
    visits: int | None = strawberry.field(
        description="Number of visits; null when they are not asked."
    )


@strawberry.type(description="A level of a ladder.")
class Tier:
    """A level."""

    id: strawberry.ID = strawberry.field(description="Its id, unique in the program.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    rank: int = strawberry.field(description="Its place in the ladder, 0 for the lowest.")
    threshold: Threshold | None = strawberry.field(
        description="What reaches it; null where everyone has it from the start."
    )
    benefits: list[Benefit] = strawberry.field(
        description="Its own benefits; a member also has those of lower tiers."
    )


@strawberry.type(description="How long a tier lasts once it is reached.")
class TierValidity:
    """How long a tier lasts."""

    kind: ValidityKind = strawberry.field(description="Until when.")
    months: int | None = strawberry.field(description="How many months; only for MONTHS.")
    grace_days: int = strawberry.field(
        description="For how many days it is left afterwards, and can still be kept."
    )


@strawberry.type(description="Tiers from the lowest to the highest.")
class Ladder:
    """Ordered tiers."""

    id: strawberry.ID = strawberry.field(description="Its id in the program.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    window: WindowKind = strawberry.field(description="Over which time it counts.")
    validity: TierValidity = strawberry.field(description="How long a tier lasts.")
    downgrade: Downgrade = strawberry.field(
        description="Where a member falls whose tier ended and was not kept."
    )
    tiers: list[Tier] = strawberry.field(description="Its tiers, lowest first; at least one.")


@strawberry.type(description="A way to earn points.")
class EarningRule:
    """A way to earn."""

    id: strawberry.ID = strawberry.field(description="Its id in the program.")
    name: str = strawberry.field(description="What it says to members, in the reader's language.")
    trigger: Trigger = strawberry.field(description="What makes it look.")
    event: str | None = strawberry.field(description="The event it looks for; null for purchases.")
    currency: PointsCurrency | None = strawberry.field(description="The currency it gives.")


@strawberry.type(description="The loyalty scheme: what can be earned, and what it leads to.")
class Program:
    """The scheme."""

    version: strawberry.Private[Version]
    reader: strawberry.Private[Reader]

    @strawberry.field(description="Its id.")
    def id(self) -> strawberry.ID:
        """Give the id."""
        return strawberry.ID(self.version.program.id)

    @strawberry.field(description="Its name, in the reader's language.")
    def name(self) -> str:
        """Give the name."""
        return self.reader.text(self.version.program.name)

    @strawberry.field(name="version", description="The number of the version in force, from 1.")
    def version_number(self) -> int:
        """Give the version."""
        return self.version.number

    @strawberry.field(description="The money that purchases are counted in.")
    def money(self) -> CurrencyCode:
        """Give the money."""
        return CurrencyCode(self.version.program.money)

    @strawberry.field(description="IANA time zone in which its days begin and end.")
    def time_zone(self) -> str:
        """Give the zone."""
        return self.version.program.time_zone

    @strawberry.field(description="Language of texts that are not there in the reader's.")
    def default_language(self) -> Locale:
        """Give the language."""
        return Locale(self.version.program.default_language)

    @strawberry.field(description="The units of value it has.")
    def currencies(self) -> list[PointsCurrency]:
        """Give the currencies."""
        return [show_currency(c, self.reader) for c in self.version.program.currencies]

    @strawberry.field(description="The prepaid credit that can be bought.")
    def top_ups(self) -> list[TopUp]:
        """Give the top-ups."""
        return show_top_ups(self.version.program, self.reader)

    @strawberry.field(description="Its ladders of tiers; the first is the primary one.")
    def ladders(self) -> list[Ladder]:
        """Give the ladders."""
        definition = self.version.program
        return [show_ladder(ladder, definition.money, self.reader) for ladder in definition.ladders]

    @strawberry.field(description="The ways to earn, in the order they are applied.")
    def earning_rules(self) -> list[EarningRule]:
        """Give the rules."""
        rules = self.version.program.earning_rules
        return [show_rule(rule, self.version.program, self.reader) for rule in rules]

    @strawberry.field(description="What members can have, in the order of the program.")
    def offers(self) -> list[Offer]:
        """Give the offers."""
        definition = self.version.program
        return [show_offer(offer, definition, self.reader) for offer in definition.offers]

    @strawberry.field(description="Its plans, in the order of the program.")
    def plans(self) -> list[Plan]:
        """Give the plans."""
        definition = self.version.program
        return [show_plan(plan, definition, self.reader) for plan in definition.plans]

    @strawberry.field(description="Its passes, in the order of the program.")
    def passes(self) -> list[Pass]:
        """Give the passes."""
        definition = self.version.program
        return [show_pass(timed, definition, self.reader) for timed in definition.passes]

    @strawberry.field(description="Its punch cards, in the order of the program.")
    def cards(self) -> list[PunchCard]:
        """Give the cards."""
        definition = self.version.program
        return [show_card(card, definition, self.reader) for card in definition.cards]

    @strawberry.field(description="Its challenges, in the order of the program.")
    def challenges(self) -> list[Challenge]:
        """Give the challenges."""
        definition = self.version.program
        return [show_challenge(c, definition, self.reader) for c in definition.challenges]

    @strawberry.field(
        description="What bringing friends gives; null where the program has no referral."
    )
    def referral(self) -> ReferralTerms | None:
        """Give the terms of referral."""
        return show_terms(self.version.program, self.reader)


def show_currency(currency: terms.PointsCurrency, reader: Reader) -> PointsCurrency:
    """Show a currency."""
    allowed = currency.transfers
    return PointsCurrency(
        id=strawberry.ID(currency.id),
        kind=currency.kind,
        name=reader.text(currency.name),
        transfers=None
        if allowed is None
        else TransferLimits(
            minimum=Points(allowed.minimum),
            per_transfer=_points(allowed.per_transfer),
            per_month=_points(allowed.per_month),
        ),
    )


def _points(limit: int | None) -> Points | None:
    return None if limit is None else Points(limit)


def show_top_ups(program: Definition, reader: Reader) -> list[TopUp]:
    """Show what prepaid credit can be bought, in the order of the program."""
    return [
        TopUp(
            id=strawberry.ID(sold.id),
            name=reader.text(sold.name),
            currency_id=strawberry.ID(currency.id),
            pay=money(terms.minor_units(sold.pay, program.exponent), program.money),
            get=money(terms.minor_units(sold.get, program.exponent), program.money),
        )
        for currency in program.currencies
        for sold in currency.top_ups
    ]


def show_tier(ladder: terms.Ladder, tier: terms.Tier, money_code: str, reader: Reader) -> Tier:
    """Show a tier with its place in its ladder."""
    return Tier(
        id=strawberry.ID(tier.id),
        name=reader.text(tier.name),
        rank=ladder.tiers.index(tier),
        threshold=_show_threshold(tier.threshold, money_code),
        benefits=[show_benefit(benefit, reader) for benefit in tier.benefits],
    )


def _show_threshold(threshold: terms.Threshold | None, money_code: str) -> Threshold | None:
    if threshold is None:
        return None
    spend = None
    if threshold.spend is not None:
        minor_units = terms.minor_units(threshold.spend, exponent(money_code))
        spend = money(minor_units, money_code)
    return Threshold(
        match=Match(threshold.match),
        spend=spend,
        purchases=threshold.purchases,
        points=None if threshold.points is None else Points(threshold.points),
        visits=threshold.visits,
    )


def show_ladder(ladder: terms.Ladder, money_code: str, reader: Reader) -> Ladder:
    """Show a ladder with its tiers."""
    return Ladder(
        id=strawberry.ID(ladder.id),
        name=reader.text(ladder.name),
        window=ladder.window,
        validity=TierValidity(
            kind=ladder.validity.kind,
            months=ladder.validity.months,
            grace_days=ladder.validity.grace_days,
        ),
        downgrade=ladder.downgrade,
        tiers=[show_tier(ladder, tier, money_code, reader) for tier in ladder.tiers],
    )


def show_rule(rule: terms.EarningRule, whole: Definition, reader: Reader) -> EarningRule:
    """Show an earning rule."""
    currency = whole.currency(rule.currency)
    return EarningRule(
        id=strawberry.ID(rule.id),
        name=reader.text(rule.name),
        trigger=rule.trigger,
        event=rule.event,
        currency=None if currency is None else show_currency(currency, reader),
    )


async def show_program(context: Context, version: Version) -> Program:
    """Show a version in the language of the request, else of the member who asks."""
    return Program(version=version, reader=await context.reader(version))


async def show_active(context: Context) -> Program | None:
    """Show the version in force, if any."""
    version = await context.program()
    return await show_program(context, version) if version else None


@strawberry.type
class ProgramQuery:
    """What the app asks about the program, before anybody has signed in too."""

    @strawberry.field(
        description="The program in force; null when none was published. Needs no token."
    )
    async def program(self, info: Info) -> Program | None:
        """Show the active version."""
        return await show_active(info.context)
