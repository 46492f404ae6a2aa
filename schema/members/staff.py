"""What staff and the shop's systems ask and do about members."""

from typing import Annotated

import strawberry

from loyalty import members
from loyalty.members import Enrolment
from loyalty.states import State
from schema.context import Context, Info, View
from schema.members.codes import read_code
from schema.members.inputs import (
    ConsentFields,
    FirstProfileFields,
    MemberEnrolPayload,
    MemberSetConsentsPayload,
    MemberUpdateProfilePayload,
    ProfileFields,
    enrolled,
)
from schema.members.people import Member, find_member
from schema.pagination import CountedConnection, InstantPage, Paged, connection, counted, cursor
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import READ_MEMBERS, WRITE_MEMBERS, Needs
from schema.referrals import enrol_friend
from schema.scalars import instant_text

_MEMBERS = "members"


@strawberry.type
class StaffMemberQuery:
    """What staff ask about members."""

    @strawberry.field(
        description="A member; null for an unknown id.", extensions=[Needs(READ_MEMBERS)]
    )
    async def member(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The member's id.")],
    ) -> Member | None:
        """Find a member."""
        return await find_member(info.context, id)

    @strawberry.field(
        description="The member with the shop's own number; null when nobody has it.",
        extensions=[Needs(READ_MEMBERS)],
    )
    async def member_by_external_id(
        self,
        info: Info,
        external_id: Annotated[
            str, strawberry.argument(description="The shop's own number, as it was enrolled.")
        ],
    ) -> Member | None:
        """Find a member by the shop's number."""
        state = await members.find_by_external_id(info.context.engine, external_id)
        return Member.of(await info.context.view(state)) if state else None

    @strawberry.field(
        description="The member who shows a code at the till. Refused, as an error whose "
        "extensions name the `refusal`: MEMBER_CODE_FORGED, MEMBER_CODE_EXPIRED, MEMBER_UNKNOWN.",
        extensions=[Needs(READ_MEMBERS)],
    )
    async def member_by_code(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="The text of the code.")],
    ) -> Member | None:
        """Find the member at the till."""
        return Member.of(await read_code(info.context, code))

    @strawberry.field(
        description="Members by their enrolment, newest first. What `totalCount` tells may be off "
        "for a while after the database has crashed.",
        extensions=[Needs(READ_MEMBERS), Paged(_MEMBERS, InstantPage)],
    )
    async def members(self, info: Info, asked: InstantPage) -> CountedConnection[Member] | None:
        """List a page of members."""
        engine = info.context.engine
        found = await members.newest(engine, asked.walk)
        views = [await info.context.view(state) for state in found]
        page = connection(asked, views, _cursor, Member.of)
        return counted(page, lambda: members.count(engine))


def _cursor(view: View) -> str:
    state: State = view.state
    return cursor(_MEMBERS, instant_text(view.profile.enrolled_at), state.member_id)


@strawberry.input(
    name="MemberEnrolInput",
    description="A person who joins at the till or in the web shop. Give `externalId` or `key`.",
)
class StaffEnrolInput(FirstProfileFields):
    """Who joins."""

    external_id: str | None = strawberry.field(
        default=None,
        description="The shop's own number for the person, at most 190 characters; one member "
        "has it, for ever.",
    )
    key: strawberry.ID | None = strawberry.field(
        default=None,
        description="Made and kept by the client, best a UUIDv7: makes an enrolment without a "
        "number repeatable.",
    )


@strawberry.input(
    name="MemberUpdateProfileInput", description="What staff change of a member's profile."
)
class StaffProfileInput(ProfileFields):
    """What staff change."""

    member_id: strawberry.ID = strawberry.field(description="Whose profile.")


@strawberry.input(
    name="MemberSetConsentsInput",
    description="Where and what a member agreed to or refused, as they told staff.",
)
class StaffConsentsInput(ConsentFields):
    """What a member said."""

    member_id: strawberry.ID = strawberry.field(description="Who said it.")


@strawberry.input(description="The labels of a member.")
class MemberSegmentsSetInput:
    """The labels."""

    member_id: strawberry.ID = strawberry.field(description="Whose labels.")
    segments: list[str] = strawberry.field(
        description="At most 50, each of 1 to 40 characters; they take the place of those before."
    )


@strawberry.type(description="What became of a member's labels.")
class MemberSegmentsSetPayload(OfMember, Payload):
    """The member."""


@strawberry.type
class StaffMemberMutation:
    """What staff do about members."""

    @strawberry.mutation(
        description="Enrol a person. Who is a member already stays as they are, with replayed "
        "true.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def member_enrol(
        self, info: Info, input: Input[StaffEnrolInput]
    ) -> MemberEnrolPayload | None:
        """Enrol a person."""
        return await answer(info.context, MemberEnrolPayload, _enrol(info.context, input))

    @strawberry.mutation(
        description="Change a member's profile.", extensions=[Needs(WRITE_MEMBERS)]
    )
    async def member_update_profile(
        self, info: Info, input: Input[StaffProfileInput]
    ) -> MemberUpdateProfilePayload | None:
        """Change a profile."""
        return await answer(info.context, MemberUpdateProfilePayload, _update(info.context, input))

    @strawberry.mutation(
        description="Note what a member said to messages, at the till or on the phone. Kept with "
        "its proof and with who told it for ever.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def member_set_consents(
        self, info: Info, input: Input[StaffConsentsInput]
    ) -> MemberSetConsentsPayload | None:
        """Record what a member said."""
        return await answer(info.context, MemberSetConsentsPayload, _consent(info.context, input))

    @strawberry.mutation(
        description="Put labels on a member, for rules and offers that are for some only.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def member_segments_set(
        self, info: Info, input: Input[MemberSegmentsSetInput]
    ) -> MemberSegmentsSetPayload | None:
        """Label a member."""
        return await answer(info.context, MemberSegmentsSetPayload, _label(info.context, input))


async def _enrol(context: Context, wanted: StaffEnrolInput) -> MemberEnrolPayload:
    enrolment = Enrolment(
        external_id=wanted.external_id,
        key=wanted.key,
        profile=wanted.to_profile(),
        came_with=wanted.referral_code,
    )
    done = await enrol_friend(context, enrolment)
    return await enrolled(context, done.member_id, done.created)


async def _update(context: Context, wanted: StaffProfileInput) -> MemberUpdateProfilePayload:
    state = await members.update_profile(context.engine, wanted.member_id, wanted.to_profile())
    return MemberUpdateProfilePayload(view=await context.view(state))


async def _consent(context: Context, wanted: StaffConsentsInput) -> MemberSetConsentsPayload:
    said = wanted.to_consents(context.actor, context.now)
    state = await members.set_consents(context.engine, wanted.member_id, said)
    return MemberSetConsentsPayload(view=await context.view(state))


async def _label(context: Context, wanted: MemberSegmentsSetInput) -> MemberSegmentsSetPayload:
    state = await members.labels.put(context.engine, wanted.member_id, wanted.segments)
    return MemberSegmentsSetPayload(view=await context.view(state))
