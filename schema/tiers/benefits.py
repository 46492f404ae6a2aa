"""What staff note about benefits: that a member made use of one."""

import strawberry

from loyalty import plans, tiers
from loyalty.tiers import Allowance, BenefitUse
from schema.context import Context, Info, View
from schema.payloads import Input, OfMember, Repeatable, answer
from schema.permissions import USE_BENEFITS, Needs
from schema.tiers.places import BenefitAllowance, show_allowance
from schema.wallets.moves import KEY


@strawberry.input(description="A benefit that a member makes use of, once.")
class BenefitUseInput:
    """A benefit to be used."""

    member_id: strawberry.ID = strawberry.field(description="Who makes use of it.")
    benefit: strawberry.ID = strawberry.field(
        description="A benefit of the member's tier, plan or pass."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="What became of a benefit that was to be used.")
class BenefitUsePayload(OfMember, Repeatable):
    """What was used."""

    allowance: BenefitAllowance | None = strawberry.field(
        default=None,
        description="How often it can still be used; null where it has no quota.",
    )


@strawberry.type
class StaffBenefitMutation:
    """What staff note about benefits."""

    @strawberry.mutation(
        description="Note that a member makes use of a benefit, within its quota.",
        extensions=[Needs(USE_BENEFITS)],
    )
    async def benefit_use(
        self, info: Info, input: Input[BenefitUseInput]
    ) -> BenefitUsePayload | None:
        """Use a benefit."""
        return await answer(info.context, BenefitUsePayload, _use(info.context, input))


async def _use(context: Context, wanted: BenefitUseInput) -> BenefitUsePayload:
    use = BenefitUse(wanted.member_id, wanted.benefit, wanted.key)
    outcome = await tiers.use_benefit(context.engine, use, plans.benefit)
    view = await context.view(outcome.state)
    left = _allowance(view, wanted.benefit)
    shown = show_allowance(left, view.reader) if left else None
    return BenefitUsePayload(view=view, allowance=shown, replayed=outcome.replayed)


def _allowance(view: View, benefit: str) -> Allowance | None:
    """Find how a benefit's quota stands."""
    if view.version is None:
        return None
    program = view.version.program
    found = [a for s in tiers.statuses(view.state, program, view.now) for a in s.allowances]
    rights = [found for right in program.rights for found in right.benefits]
    found += tiers.allowances(view.state, rights, program.place.day(view.now))
    return next((left for left in found if left.benefit.id == benefit), None)
