"""The roots of the two doors, and what is fetched by its id alone, for each who may have it."""

from typing import Annotated

import strawberry

from loyalty import push
from schema.activities import AppActivityMutation, StaffActivityMutation
from schema.app_config import AppConfigQuery
from schema.challenges.app import AppChallengeMutation
from schema.challenges.staff import StaffChallengeMutation, StaffChallengeQuery
from schema.context import Context, Info
from schema.members import (
    AppMemberMutation,
    AppMemberQuery,
    AppStatusMutation,
    Member,
    StaffMemberMutation,
    StaffMemberQuery,
    StaffStatusMutation,
    find_member,
)
from schema.nodes import Node
from schema.offers import (
    AppOfferMutation,
    StaffOfferMutation,
    StaffOfferQuery,
    find_held,
)
from schema.permissions import OWN, READ_MEMBERS, SEND_CAMPAIGNS, Needs
from schema.plans.staff import StaffPlanMutation
from schema.program import ProgramQuery, StaffProgramMutation, StaffProgramQuery
from schema.push import (
    AppDeviceMutation,
    StaffCampaignMutation,
    StaffCampaignQuery,
    show_campaign,
    show_device,
)
from schema.referrals import AppReferralMutation, StaffReferralMutation
from schema.tiers import StaffBenefitMutation
from schema.wallets import (
    AppWalletMutation,
    StaffAdjustmentQuery,
    StaffWalletMutation,
    find_entry,
    owner_of,
)

NodeId = Annotated[
    strawberry.ID, strawberry.argument(description="The id, as it was in another answer.")
]


@strawberry.type(name="Query", description="What a member may ask.")
class AppQuery(AppConfigQuery, AppMemberQuery, ProgramQuery):
    """The questions of the app door."""

    @strawberry.field(
        description="Anything of the member's own by its id; null for every other id.",
        extensions=[Needs(OWN)],
    )
    async def node(self, info: Info, id: NodeId) -> Node | None:
        """Find what is the caller's own."""
        return await _own_node(info.context, id)


@strawberry.type(name="Mutation", description="What a member may do for themselves.")
class AppMutation(
    AppMemberMutation,
    AppStatusMutation,
    AppActivityMutation,
    AppChallengeMutation,
    AppDeviceMutation,
    AppOfferMutation,
    AppWalletMutation,
    AppReferralMutation,
):
    """The deeds of the app door."""


@strawberry.type(name="Query", description="What staff and the shop's systems may ask.")
class StaffQuery(
    StaffMemberQuery,
    StaffAdjustmentQuery,
    StaffChallengeQuery,
    StaffOfferQuery,
    StaffProgramQuery,
    StaffCampaignQuery,
):
    """The questions of the staff door."""

    @strawberry.field(
        description="Anything by its id; null for an unknown id, and for what the caller may "
        "not see.",
        extensions=[Needs(READ_MEMBERS, SEND_CAMPAIGNS)],
    )
    async def node(self, info: Info, id: NodeId) -> Node | None:
        """Find what the caller may see."""
        return await _staff_node(info.context, id)


@strawberry.type(name="Mutation", description="What staff and the shop's systems may do.")
class StaffMutation(
    StaffMemberMutation,
    StaffStatusMutation,
    StaffChallengeMutation,
    StaffWalletMutation,
    StaffOfferMutation,
    StaffPlanMutation,
    StaffActivityMutation,
    StaffBenefitMutation,
    StaffReferralMutation,
    StaffProgramMutation,
    StaffCampaignMutation,
):
    """The deeds of the staff door."""


async def _own_node(context: Context, node_id: str) -> Node | None:
    """Find something of the caller's: whose it is is told by the id or by what is found."""
    state = await context.member()
    if state is None:
        return None
    view = await context.view(state)
    match node_id.partition("_")[0]:
        case "mbr" if node_id == state.member_id:
            return Member.of(view)
        case "ent" if owner_of(node_id) == state.member_id:
            return await find_entry(context.engine, view, node_id)
        case "off":
            return find_held(view, node_id)
        case "dev":
            device = await push.find_device(context.engine, node_id)
            return show_device(device) if device and device.member_id == state.member_id else None
    return None


async def _staff_node(context: Context, node_id: str) -> Node | None:
    """Find something for staff, each kind for those who may see it."""
    kind, caller, engine = node_id.partition("_")[0], context.caller, context.engine
    if READ_MEMBERS.opens_for(caller):
        match kind:
            case "mbr":
                return await find_member(context, node_id)
            case "ent":
                owner = await find_member(context, owner_of(node_id) or "")
                return await find_entry(engine, owner.view, node_id) if owner else None
            case "dev":
                device = await push.find_device(engine, node_id)
                return show_device(device) if device else None
    if SEND_CAMPAIGNS.opens_for(caller) and kind == "cmp":
        campaign = await push.find_campaign(engine, node_id)
        return show_campaign(campaign) if campaign else None
    return None
