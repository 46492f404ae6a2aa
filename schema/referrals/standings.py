"""What a member has to do with friends: the code to share, the friends it brought, the rewards."""

from datetime import datetime

import strawberry

from loyalty import referrals
from loyalty.program import terms
from loyalty.referrals import Invitation, Standing
from schema.context import Info, View
from schema.enums import InvitationState
from schema.nodes import Node, part_id
from schema.pagination import CountedConnection, InstantPage, Paged, connection, counted, cursor
from schema.scalars import instant_text

_FRIENDS = "friends"
Friend = tuple[str, Invitation]


@strawberry.type(description="A friend who used a member's code; not who it is.")
class ReferralFriend:
    """A friend."""

    pseudonym: str = strawberry.field(
        description="Stands for the friend, the same in every answer; tells nobody who it is."
    )
    accepted_at: datetime = strawberry.field(description="When they used the code.")
    state: InvitationState = strawberry.field(description="What has come of it.")
    due_at: datetime | None = strawberry.field(
        description="When their purchase counts, unless it is returned; null before and after."
    )


@strawberry.type(description="How a member came: with somebody's code.")
class ReferralInvitation:
    """How they came."""

    referral_code: str = strawberry.field(description="The code they came with.")
    accepted_at: datetime = strawberry.field(description="When they used it.")
    state: InvitationState = strawberry.field(description="What has come of it.")


@strawberry.type(description="What a member has to do with bringing friends.")
class MemberReferral(Node):
    """Friends, and the code that brings them."""

    view: strawberry.Private[View]
    standing: strawberry.Private[Standing]
    terms: strawberry.Private[terms.Referral]

    @strawberry.field(
        description="The code to share, made when it is first asked for; seven capital letters and "
        "digits that are not mistaken for others, or an ambassador's own."
    )
    async def code(self, info: Info) -> str | None:
        """Give the code."""
        return await referrals.code_of(info.context.engine, self.view.state)

    @strawberry.field(description="The link to share, with the code in it.")
    async def link(self, info: Info) -> str | None:
        """Give the link."""
        code = await referrals.code_of(info.context.engine, self.view.state)
        return self.terms.link_of(code)

    @strawberry.field(description="How many used the code.")
    def friend_count(self) -> int:
        """Count the friends."""
        return self.standing.friends

    @strawberry.field(description="How many of them bought and kept it.")
    def confirmed_count(self) -> int:
        """Count those who count."""
        return self.standing.confirmed

    @strawberry.field(description="How often the member was rewarded.")
    def reward_count(self) -> int:
        """Count the rewards."""
        return self.standing.rewards

    @strawberry.field(description="Whether they are an ambassador.")
    def ambassador(self) -> bool:
        """Tell."""
        return self.standing.ambassador_since is not None

    @strawberry.field(description="How the member came; null for one who used no code.")
    def invitation(self) -> ReferralInvitation | None:
        """Show how they came."""
        return _show_invitation(self.standing.invitation)

    @strawberry.field(
        description="Who used the code, the newest first.",
        extensions=[Paged(_FRIENDS, InstantPage)],
    )
    async def friends(
        self, info: Info, asked: InstantPage
    ) -> CountedConnection[ReferralFriend] | None:
        """List the friends."""
        engine, member_id = info.context.engine, self.view.state.member_id
        found = await referrals.friends_of(engine, member_id, asked.walk)
        return counted(connection(asked, found, _cursor, _show_friend), self._count)

    async def _count(self) -> int:
        return self.standing.friends


def _cursor(friend: Friend) -> str:
    pseudonym, invitation = friend
    return cursor(_FRIENDS, instant_text(invitation.accepted_at), pseudonym)


def _show_friend(friend: Friend) -> ReferralFriend:
    pseudonym, invitation = friend
    return ReferralFriend(
        pseudonym=pseudonym,
        accepted_at=invitation.accepted_at,
        state=invitation.state,
        due_at=invitation.due_at,
    )


def _show_invitation(invitation: Invitation | None) -> ReferralInvitation | None:
    if invitation is None:
        return None
    return ReferralInvitation(
        referral_code=invitation.code,
        accepted_at=invitation.accepted_at,
        state=invitation.state,
    )


def show_referral(view: View) -> MemberReferral | None:
    """Show what a member has to do with friends, where the program has referral."""
    referral = view.version.program.referral if view.version else None
    if referral is None:
        return None
    return MemberReferral(
        id=part_id("rfl", view.state.member_id),
        view=view,
        standing=referrals.standing_of(view.state),
        terms=referral,
    )
