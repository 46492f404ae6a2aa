"""Using somebody's code, as a member who joined a moment ago."""

import strawberry

from loyalty import activities, push, referrals
from loyalty.members import Enrolled, Enrolment
from schema.context import Context, Info
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import OWN, Needs

GUARDS = referrals.Guards(activities.purchases_of, push.devices.were_shared)


@strawberry.input(description="The code of the member who invited.")
class ReferralAcceptInput:
    """Somebody's code."""

    referral_code: str = strawberry.field(
        description="As it was shared, at most 40 characters; small letters, spaces and hyphens do "
        "not matter."
    )


@strawberry.type(description="What became of using a code.")
class ReferralAcceptPayload(OfMember, Payload):
    """The member."""


@strawberry.type
class AppReferralMutation:
    """What a member does about friends."""

    @strawberry.mutation(
        description="Use the code of the member who invited, within the days after joining that "
        "the program gives. The same code again changes nothing.",
        extensions=[Needs(OWN)],
    )
    async def referral_accept(
        self, info: Info, input: Input[ReferralAcceptInput]
    ) -> ReferralAcceptPayload | None:
        """Use a code."""
        return await answer(info.context, ReferralAcceptPayload, _accept(info.context, input))


async def enrol_friend(context: Context, enrolment: Enrolment) -> Enrolled:
    """Enrol a person who may come with somebody's code; nobody joins with one that is not theirs.

    Raises as `activities.enrol` and `referrals.accept`.
    """
    code = enrolment.came_with
    if code is not None:
        await referrals.check_code(context.engine, code, enrolment.profile)
    enrolled = await activities.enrol(context.engine, enrolment)
    if code is not None:
        await referrals.accept(context.engine, enrolled.member_id, code, GUARDS)
    return enrolled


async def _accept(context: Context, wanted: ReferralAcceptInput) -> ReferralAcceptPayload:
    own = await context.own()
    code = wanted.referral_code
    state = await referrals.accept(context.engine, own.member_id, code, GUARDS)
    return ReferralAcceptPayload(view=await context.view(state))
