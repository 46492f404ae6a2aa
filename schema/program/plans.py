"""Plans, passes and punch cards as the program declares them; not what one member has of them."""

import strawberry

from loyalty.money import exponent
from loyalty.program import Program as Definition
from loyalty.program import terms
from schema.context import Reader
from schema.enums import BillingPeriod, Trigger
from schema.grants import Grant, show_grant
from schema.program.benefits import Benefit, show_benefit
from schema.scalars import Money, money


@strawberry.type
class Described:
    """What every offering of the program says of itself."""

    id: strawberry.ID = strawberry.field(description="Its id in the program.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    description: str | None = strawberry.field(
        description="More about it, in the reader's language; null where no more is said."
    )


@strawberry.type(description="A membership or subscription that is paid for by the period.")
class Plan(Described):
    """A plan."""

    price: Money = strawberry.field(description="What is paid for each period.")
    period: BillingPeriod = strawberry.field(description="The unit of its period.")
    every: int = strawberry.field(description="How many of the unit a period lasts.")
    grace_days: int = strawberry.field(
        description="How many days its benefits hold when the next payment is late."
    )
    benefits: list[Benefit] = strawberry.field(description="The rights it gives.")
    start_grants: list[Grant] = strawberry.field(description="What is given when it starts.")
    renewal_grants: list[Grant] = strawberry.field(description="What each renewal gives.")


@strawberry.type(description="A right for a time that is paid for once.")
class Pass(Described):
    """A pass."""

    price: Money = strawberry.field(description="What is paid for it.")
    months: int = strawberry.field(description="How many months are paid for.")
    bonus_months: int = strawberry.field(description="How many months more it lasts.")
    benefits: list[Benefit] = strawberry.field(description="The rights it gives.")


@strawberry.type(description="A card that is stamped, and gives something when it is full.")
class PunchCard(Described):
    """A punch card."""

    size: int = strawberry.field(description="How many stamps fill it.")
    trigger: Trigger = strawberry.field(description="What is stamped: purchases or visits.")
    is_per_unit: bool = strawberry.field(
        description="Whether each unit bought is stamped, and not the purchase once."
    )
    valid_months: int | None = strawberry.field(
        description="How many months after its first stamp it must be full; null for any time."
    )
    grants: list[Grant] = strawberry.field(description="What a full one gives.")


def show_plan(plan: terms.Plan, program: Definition, reader: Reader) -> Plan:
    """Show a plan."""
    return Plan(
        id=strawberry.ID(plan.id),
        name=reader.text(plan.name),
        description=_text(plan.description, reader),
        price=show_price(plan, program),
        period=plan.period,
        every=plan.every,
        grace_days=plan.grace_days,
        benefits=[show_benefit(benefit, reader) for benefit in plan.benefits],
        start_grants=[show_grant(grant, program.money) for grant in plan.start_grants],
        renewal_grants=[show_grant(grant, program.money) for grant in plan.renewal_grants],
    )


def show_pass(timed: terms.Pass, program: Definition, reader: Reader) -> Pass:
    """Show a pass."""
    return Pass(
        id=strawberry.ID(timed.id),
        name=reader.text(timed.name),
        description=_text(timed.description, reader),
        price=show_price(timed, program),
        months=timed.months,
        bonus_months=timed.bonus_months,
        benefits=[show_benefit(benefit, reader) for benefit in timed.benefits],
    )


def show_card(card: terms.Card, program: Definition, reader: Reader) -> PunchCard:
    """Show a punch card."""
    return PunchCard(
        id=strawberry.ID(card.id),
        name=reader.text(card.name),
        description=_text(card.description, reader),
        size=card.size,
        trigger=Trigger(card.trigger),
        is_per_unit=card.trigger == "PURCHASE" and card.per == "UNIT",
        valid_months=card.valid_months,
        grants=[show_grant(grant, program.money) for grant in card.grants],
    )


def show_price(right: terms.Plan | terms.Pass, program: Definition) -> Money:
    """Show what a plan or a pass costs."""
    return money(terms.minor_units(right.price, exponent(program.money)), program.money)


def _text(text: terms.Text | None, reader: Reader) -> str | None:
    return None if text is None else reader.text(text)
