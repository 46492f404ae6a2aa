"""What a member has of plans and passes, and the punch cards they fill."""

from datetime import datetime, timedelta

import strawberry

from loyalty import messages, plans, tiers
from loyalty.plans import Card, Membership
from loyalty.program import Version, terms
from schema.context import View
from schema.enums import CardState, PlanStatus
from schema.nodes import Node, part_id
from schema.program import (
    Benefit,
    Pass,
    Plan,
    PunchCard,
    show_benefit,
    show_card,
    show_pass,
    show_plan,
)
from schema.tiers import BenefitAllowance, show_allowance

_A_MOMENT = timedelta(milliseconds=1)


@strawberry.type
class Standing(Node):
    """Where a member stands with something they paid for."""

    status: PlanStatus = strawberry.field(description="Where it stands now.")
    started_at: datetime = strawberry.field(
        description="When it was first paid for, since when it goes on."
    )
    active_until: datetime | None = strawberry.field(
        description="The instant when what is paid for is over: an end of day in the program's "
        "time zone; null where it was given back."
    )
    benefits: list[Benefit] = strawberry.field(
        description="Its benefits while they hold; none when it is over."
    )
    allowances: list[BenefitAllowance] = strawberry.field(
        description="How often those of them that have a quota can still be used."
    )
    text: str = strawberry.field(description="How it stands, in the reader's language.")


@strawberry.type(description="A plan that a member has or had.")
class MemberPlan(Standing):
    """A member's plan."""

    plan: Plan = strawberry.field(description="The plan.")
    benefits_until: datetime | None = strawberry.field(
        description="The instant when its benefits end if nothing more is paid, days of grace "
        "included; null where it was given back."
    )
    cancelled_at: datetime | None = strawberry.field(
        description="When it was cancelled; null where it was not."
    )


@strawberry.type(description="A pass that a member has or had.")
class MemberPass(Standing):
    """A member's pass."""

    timed: Pass = strawberry.field(name="pass", description="The pass.")


@strawberry.type(description="A card that is stamped no more.")
class FinishedCard:
    """A finished card."""

    number: int = strawberry.field(description="Which of the member's cards it was, from 1.")
    state: CardState = strawberry.field(description="What became of it.")
    stamps: int = strawberry.field(description="How many stamps it had.")
    ended_at: datetime = strawberry.field(description="When it was full, or void.")


@strawberry.type(description="A member's punch card.")
class MemberCard(Node):
    """A member's card."""

    card: PunchCard = strawberry.field(description="What the card is.")
    number: int = strawberry.field(description="Which of the member's cards it is, from 1.")
    stamps: int = strawberry.field(description="How many stamps it has.")
    size: int = strawberry.field(description="How many stamps fill it.")
    missing: int = strawberry.field(description="How many stamps are missing, those owed included.")
    owed: int = strawberry.field(
        description="How many stamps of full cards refunds took back; the next ones pay them."
    )
    opened_at: datetime | None = strawberry.field(
        description="When its first stamp was set; null for none yet."
    )
    expires_at: datetime | None = strawberry.field(
        description="The instant from which it is void: an end of day in the program's time "
        "zone; null where it is good for any time."
    )
    completed: int = strawberry.field(description="How many cards were ever full.")
    finished: list[FinishedCard] = strawberry.field(
        description="The cards before it, the last first; at most 10."
    )
    text: str = strawberry.field(description="How it stands, in the reader's language.")


def show_plans(view: View) -> list[MemberPlan]:
    """Show the plans that a member has or had, in the order of the program."""
    if view.version is None:
        return []
    held = plans.memberships(view.state)
    found = [plan for plan in view.version.program.plans if plan.id in held]
    return [_show_plan(plan, held[plan.id], view.version, view) for plan in found]


def show_passes(view: View) -> list[MemberPass]:
    """Show the passes that a member has or had, in the order of the program."""
    if view.version is None:
        return []
    held = plans.memberships(view.state)
    found = [timed for timed in view.version.program.passes if timed.id in held]
    return [_show_pass(timed, held[timed.id], view.version, view) for timed in found]


def show_cards(view: View) -> list[MemberCard]:
    """Show every card of the program as the member holds it, in the order of the program."""
    if view.version is None:
        return []
    found = plans.cards(view.state, view.version, view.now)
    return [_show_card(card, held, view.version, view) for card, held in found]


def _show_plan(plan: terms.Plan, held: Membership, version: Version, view: View) -> MemberPlan:
    return MemberPlan(
        id=part_id("pln", view.state.member_id, plan.id),
        status=held.status(view.now),
        started_at=held.started_at,
        active_until=_unless_refunded(held, held.ends_at),
        benefits=_benefits(plan, held, view),
        allowances=_allowances(plan, held, version, view),
        text=_say(held, version, view),
        plan=show_plan(plan, version.program, view.reader),
        benefits_until=_unless_refunded(held, held.lapses_at),
        cancelled_at=held.cancelled_at,
    )


def _show_pass(timed: terms.Pass, held: Membership, version: Version, view: View) -> MemberPass:
    return MemberPass(
        id=part_id("pss", view.state.member_id, timed.id),
        status=held.status(view.now),
        started_at=held.started_at,
        active_until=_unless_refunded(held, held.ends_at),
        benefits=_benefits(timed, held, view),
        allowances=_allowances(timed, held, version, view),
        text=_say(held, version, view),
        timed=show_pass(timed, version.program, view.reader),
    )


def _unless_refunded(held: Membership, at: datetime) -> datetime | None:
    return None if held.refunded_at is not None else at


def _benefits(right: terms.Plan | terms.Pass, held: Membership, view: View) -> list[Benefit]:
    found = right.benefits if held.is_on(view.now) else ()
    return [show_benefit(benefit, view.reader) for benefit in found]


def _allowances(
    right: terms.Plan | terms.Pass, held: Membership, version: Version, view: View
) -> list[BenefitAllowance]:
    benefits = right.benefits if held.is_on(view.now) else ()
    found = tiers.allowances(view.state, benefits, version.program.place.day(view.now))
    return [show_allowance(left, view.reader) for left in found]


def _say(held: Membership, version: Version, view: View) -> str:
    """Say how a plan or a pass stands, by its last days in the program's zone."""
    status, place = held.status(view.now), version.program.place
    until, lapses = (place.day(at - _A_MOMENT) for at in (held.ends_at, held.lapses_at))
    return messages.render(f"PLAN_{status}", view.reader.locale, until=until, lapses=lapses)


def _show_card(card: terms.Card, held: Card, version: Version, view: View) -> MemberCard:
    facts = {"stamps": held.stamps, "size": card.size}
    return MemberCard(
        id=part_id("crd", view.state.member_id, card.id),
        card=show_card(card, version.program, view.reader),
        number=held.number,
        stamps=held.stamps,
        size=card.size,
        missing=max(0, card.size - held.stamps + held.owed),
        owed=held.owed,
        opened_at=held.opened_at,
        expires_at=held.expires_at,
        completed=held.completed,
        finished=[
            FinishedCard(
                number=done.number, state=done.state, stamps=done.stamps, ended_at=done.ended_at
            )
            for done in reversed(held.finished)
        ],
        text=messages.render("CARD_STAMPS", view.reader.locale, **facts),
    )
