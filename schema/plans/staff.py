"""What the shop's billing tells of plans and passes, once for its source and id."""

from datetime import datetime
from typing import TypeVar

import strawberry

from loyalty import plans
from loyalty.plans import EventKind, PlanEvent
from schema.activities.inputs import ID, SOURCE, WHEN
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import BILL_PLANS, Needs
from schema.plans.standings import MemberPass, MemberPlan, show_passes, show_plans
from schema.scalars import Money, money
from schema.wallets import Moved, moved

P = TypeVar("P", bound="PlanChanged | PassChanged")


@strawberry.input
class Told:
    """What everything that billing tells has."""

    source: str = strawberry.field(description=SOURCE)
    id: strawberry.ID = strawberry.field(description=ID)
    member_id: strawberry.ID = strawberry.field(description="Whose it is.")
    occurred_at: datetime = strawberry.field(description=WHEN)


@strawberry.input
class ToldOfPlan(Told):
    """What is told of a plan."""

    plan: strawberry.ID = strawberry.field(description="The plan, by its id.")


@strawberry.input
class ToldOfPass(Told):
    """What is told of a pass."""

    pass_id: strawberry.ID = strawberry.field(description="The pass, by its id.")


@strawberry.input(description="The first payment for a plan.")
class PlanStartInput(ToldOfPlan):
    """The first payment."""


@strawberry.input(description="A further payment for a plan.")
class PlanRenewInput(ToldOfPlan):
    """A further payment."""


@strawberry.input(description="A plan that is to end with what is paid for.")
class PlanCancelInput(ToldOfPlan):
    """A cancellation."""


@strawberry.input(description="A cancelled plan that is to go on.")
class PlanResumeInput(ToldOfPlan):
    """A cancellation taken back."""


@strawberry.input(description="The last payment for a plan, given back.")
class PlanRefundInput(ToldOfPlan):
    """A refund."""


@strawberry.input(description="A payment for a pass.")
class PassBuyInput(ToldOfPass):
    """A pass bought."""


@strawberry.input(description="The last payment for a pass, given back for what was not used.")
class PassRefundInput(ToldOfPass):
    """A pass given back."""


@strawberry.type
class PlanChanged(Moved):
    """What became of a plan."""

    changed: strawberry.Private[str] = ""

    @strawberry.field(description="The plan as changed; null when it was refused.")
    def plan(self) -> MemberPlan | None:
        """Show the plan."""
        found = show_plans(self.view) if self.view else []
        return next((held for held in found if held.plan.id == self.changed), None)


@strawberry.type
class PassChanged(Moved):
    """What became of a pass."""

    changed: strawberry.Private[str] = ""

    @strawberry.field(name="pass", description="The pass as changed; null when it was refused.")
    def timed(self) -> MemberPass | None:
        """Show the pass."""
        found = show_passes(self.view) if self.view else []
        return next((held for held in found if held.timed.id == self.changed), None)


@strawberry.type(description="What the first payment for a plan brought about.")
class PlanStartPayload(PlanChanged):
    """A plan started."""


@strawberry.type(description="What a further payment for a plan brought about.")
class PlanRenewPayload(PlanChanged):
    """A plan renewed."""


@strawberry.type(description="What became of a plan that was to be cancelled.")
class PlanCancelPayload(PlanChanged):
    """A plan cancelled."""


@strawberry.type(description="What became of a plan that was to go on.")
class PlanResumePayload(PlanChanged):
    """A plan resumed."""


@strawberry.type(description="What a refund of a plan brought about.")
class PlanRefundPayload(PlanChanged):
    """A plan refunded."""


@strawberry.type(description="What the payment for a pass brought about.")
class PassBuyPayload(PassChanged):
    """A pass bought."""


@strawberry.type(description="What a refund of a pass brought about.")
class PassRefundPayload(PassChanged):
    """A pass refunded."""

    unused_months: int | None = strawberry.field(
        default=None,
        description="How many months paid for were not begun; bonus months are used last, and "
        "are not paid back. Null when it was refused.",
    )
    refundable: Money | None = strawberry.field(
        default=None,
        description="What those months cost: the price x unused / paid months, rounded down. "
        "The shop pays it back. Null when it was refused.",
    )


@strawberry.type
class StaffPlanMutation:
    """What billing tells."""

    @strawberry.mutation(
        description="Record the first payment for a plan; it gives what a start gives. Payments "
        "for plans and passes share their ids.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def plan_start(self, info: Info, input: Input[PlanStartInput]) -> PlanStartPayload | None:
        """Start a plan."""
        work = _told(info.context, PlanStartPayload, _event(EventKind.START, input))
        return await answer(info.context, PlanStartPayload, work, key_at="id")

    @strawberry.mutation(
        description="Record a further payment for a plan: it goes on from the end of what is "
        "paid for. After a lapse it starts anew.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def plan_renew(self, info: Info, input: Input[PlanRenewInput]) -> PlanRenewPayload | None:
        """Renew a plan."""
        work = _told(info.context, PlanRenewPayload, _event(EventKind.RENEW, input))
        return await answer(info.context, PlanRenewPayload, work, key_at="id")

    @strawberry.mutation(
        description="Let a plan end with what is paid for; in its days of grace it ends at once.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def plan_cancel(
        self, info: Info, input: Input[PlanCancelInput]
    ) -> PlanCancelPayload | None:
        """Cancel a plan."""
        work = _told(info.context, PlanCancelPayload, _event(EventKind.CANCEL, input))
        return await answer(info.context, PlanCancelPayload, work, key_at="id")

    @strawberry.mutation(
        description="Take back the cancellation of a plan that has not ended.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def plan_resume(
        self, info: Info, input: Input[PlanResumeInput]
    ) -> PlanResumePayload | None:
        """Resume a plan."""
        work = _told(info.context, PlanResumePayload, _event(EventKind.RESUME, input))
        return await answer(info.context, PlanResumePayload, work, key_at="id")

    @strawberry.mutation(
        description="Give the last payment for a plan back, and take back what it gave. Where "
        "its time has begun the plan ends at once, else it only gets shorter.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def plan_refund(
        self, info: Info, input: Input[PlanRefundInput]
    ) -> PlanRefundPayload | None:
        """Refund a plan."""
        work = _told(info.context, PlanRefundPayload, _event(EventKind.REFUND, input))
        return await answer(info.context, PlanRefundPayload, work, key_at="id")

    @strawberry.mutation(
        description="Record a payment for a pass; one that goes on gets longer.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def pass_buy(self, info: Info, input: Input[PassBuyInput]) -> PassBuyPayload | None:
        """Buy a pass."""
        work = _told(info.context, PassBuyPayload, _event(EventKind.BUY, input))
        return await answer(info.context, PassBuyPayload, work, key_at="id")

    @strawberry.mutation(
        description="Give back what was not used of the last payment for a pass. Where its time "
        "has begun the pass ends at once, else it only gets shorter.",
        extensions=[Needs(BILL_PLANS)],
    )
    async def pass_refund(
        self, info: Info, input: Input[PassRefundInput]
    ) -> PassRefundPayload | None:
        """Refund a pass."""
        work = _refund_pass(info.context, input)
        return await answer(info.context, PassRefundPayload, work, key_at="id")


def _event(kind: EventKind, told: ToldOfPlan | ToldOfPass) -> PlanEvent:
    plan = told.plan if isinstance(told, ToldOfPlan) else told.pass_id
    return PlanEvent(kind, told.source, told.id, told.member_id, plan, told.occurred_at)


async def _told(context: Context, payload: type[P], event: PlanEvent) -> P:
    outcome = await plans.record(context.engine, event)
    done = await moved(context, payload, outcome)
    done.changed = event.plan
    return done


async def _refund_pass(context: Context, told: PassRefundInput) -> PassRefundPayload:
    outcome = await plans.record(context.engine, _event(EventKind.RETURN, told))
    done = await moved(context, PassRefundPayload, outcome)
    done.changed, done.unused_months = told.pass_id, outcome.result["unused_months"]
    done.refundable = money(outcome.result["refundable"], outcome.result["money"])
    return done
