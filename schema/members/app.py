"""What a member asks and does about themselves."""

import strawberry

from loyalty import members
from loyalty.members import Enrolment
from schema.context import Context, Info
from schema.members.inputs import (
    ConsentFields,
    FirstProfileFields,
    MemberEnrolPayload,
    MemberSetConsentsPayload,
    MemberUpdateProfilePayload,
    ProfileFields,
    enrolled,
)
from schema.members.people import Member
from schema.payloads import Input, answer
from schema.permissions import OWN, Needs
from schema.referrals import enrol_friend
from schema.scalars import Locale


@strawberry.type
class AppMemberQuery:
    """What a member asks."""

    @strawberry.field(
        description="The member who asks; null for a person who signed in and is none yet.",
        extensions=[Needs(OWN)],
    )
    async def me(self, info: Info) -> Member | None:
        """Show the caller."""
        state = await info.context.member()
        return Member.of(await info.context.view(state)) if state else None


@strawberry.input(
    name="MemberEnrolInput",
    description="What a person who joins says of themselves; all of it may come later.",
)
class SelfEnrolInput(FirstProfileFields):
    """What a new member says."""

    locale: Locale | None = strawberry.field(
        default=None,
        description="Language and region for texts; null for the first of Accept-Language, and "
        "without that header for the program's default language.",
    )


@strawberry.input(
    name="MemberUpdateProfileInput", description="What a member changes of their profile."
)
class OwnProfileInput(ProfileFields):
    """What a member changes."""


@strawberry.input(
    name="MemberSetConsentsInput", description="Where and what a member agreed to or refused."
)
class OwnConsentsInput(ConsentFields):
    """What a member says."""


@strawberry.type
class AppMemberMutation:
    """What a member does."""

    @strawberry.mutation(
        description="Join, as the person who is signed in. Who is a member already stays as they "
        "are, with replayed true.",
        extensions=[Needs(OWN)],
    )
    async def member_enrol(
        self, info: Info, input: Input[SelfEnrolInput]
    ) -> MemberEnrolPayload | None:
        """Enrol the caller."""
        return await answer(info.context, MemberEnrolPayload, _enrol(info.context, input))

    @strawberry.mutation(description="Change one's own profile.", extensions=[Needs(OWN)])
    async def member_update_profile(
        self, info: Info, input: Input[OwnProfileInput]
    ) -> MemberUpdateProfilePayload | None:
        """Change the caller's profile."""
        return await answer(info.context, MemberUpdateProfilePayload, _update(info.context, input))

    @strawberry.mutation(
        description="Say yes or no to messages, by purpose and channel. Kept with its proof for "
        "ever; what was said before in the same words at the same place is no news.",
        extensions=[Needs(OWN)],
    )
    async def member_set_consents(
        self, info: Info, input: Input[OwnConsentsInput]
    ) -> MemberSetConsentsPayload | None:
        """Record what the caller said."""
        return await answer(info.context, MemberSetConsentsPayload, _consent(info.context, input))


async def _enrol(context: Context, wanted: SelfEnrolInput) -> MemberEnrolPayload:
    if context.caller.member_id is not None:
        await context.own()
        return await enrolled(context, context.caller.member_id, created=False)
    subject = context.caller.identity_key.removeprefix("sub:")
    profile = wanted.to_profile(next(iter(context.languages), None))
    enrolment = Enrolment(subject=subject, profile=profile, came_with=wanted.referral_code)
    done = await enrol_friend(context, enrolment)
    return await enrolled(context, done.member_id, done.created)


async def _update(context: Context, wanted: OwnProfileInput) -> MemberUpdateProfilePayload:
    own = await context.own()
    state = await members.update_profile(context.engine, own.member_id, wanted.to_profile())
    return MemberUpdateProfilePayload(view=await context.view(state))


async def _consent(context: Context, wanted: OwnConsentsInput) -> MemberSetConsentsPayload:
    own = await context.own()
    said = wanted.to_consents("member", context.now)
    state = await members.set_consents(context.engine, own.member_id, said)
    return MemberSetConsentsPayload(view=await context.view(state))
