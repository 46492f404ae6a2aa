"""Ambassadors: members whom staff appoint to bring friends, with codes of their own."""

import strawberry

from loyalty import referrals
from schema.context import Context, Info
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import WRITE_MEMBERS, Needs


@strawberry.input(description="Who becomes an ambassador, and with which code.")
class AmbassadorAppointInput:
    """Who, with which code."""

    member_id: strawberry.ID = strawberry.field(description="The member.")
    referral_code: str | None = strawberry.field(
        default=None,
        description="Their own code, 3 to 20 letters from A to Z and digits; null leaves the code "
        "they have. Older codes of theirs lead on to them.",
    )


@strawberry.input(description="Who is an ambassador no longer.")
class AmbassadorDismissInput:
    """Who."""

    member_id: strawberry.ID = strawberry.field(description="The member.")


@strawberry.type(description="What became of an appointment.")
class AmbassadorAppointPayload(OfMember, Payload):
    """The member."""


@strawberry.type(description="What became of a dismissal.")
class AmbassadorDismissPayload(OfMember, Payload):
    """The member."""


@strawberry.type
class StaffReferralMutation:
    """What staff do about ambassadors."""

    @strawberry.mutation(
        description="Make a member an ambassador: rewarded by the program's own terms for them.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def ambassador_appoint(
        self, info: Info, input: Input[AmbassadorAppointInput]
    ) -> AmbassadorAppointPayload | None:
        """Appoint an ambassador."""
        return await answer(info.context, AmbassadorAppointPayload, _appoint(info.context, input))

    @strawberry.mutation(
        description="Let a member be an ambassador no longer; their codes lead on to them.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def ambassador_dismiss(
        self, info: Info, input: Input[AmbassadorDismissInput]
    ) -> AmbassadorDismissPayload | None:
        """Dismiss an ambassador."""
        return await answer(info.context, AmbassadorDismissPayload, _dismiss(info.context, input))


async def _appoint(context: Context, wanted: AmbassadorAppointInput) -> AmbassadorAppointPayload:
    state = await referrals.appoint(context.engine, wanted.member_id, wanted.referral_code)
    return AmbassadorAppointPayload(view=await context.view(state))


async def _dismiss(context: Context, wanted: AmbassadorDismissInput) -> AmbassadorDismissPayload:
    state = await referrals.dismiss(context.engine, wanted.member_id)
    return AmbassadorDismissPayload(view=await context.view(state))
