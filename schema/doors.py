"""The roots of the two doors: what may be asked and done at each, put together from the nouns."""

from asyncio import gather
from typing import Annotated

import strawberry

from schema.activities import AppActivityMutation, StaffActivityMutation
from schema.app_config import AppConfigQuery
from schema.challenges.app import AppChallengeMutation
from schema.challenges.live import AppChallengeSubscription
from schema.challenges.staff import StaffChallengeMutation, StaffChallengeQuery
from schema.context import Info
from schema.fetching import FETCHED_WITH, bounded, own_node, staff_node
from schema.jobs import StaffJobMutation, StaffJobQuery
from schema.members import (
    AppMemberMutation,
    AppMemberQuery,
    AppPreferenceMutation,
    AppStatusMutation,
    StaffMemberMutation,
    StaffMemberQuery,
    StaffStatusMutation,
)
from schema.nodes import Node
from schema.offers import (
    AppOfferMutation,
    StaffOfferMutation,
    StaffOfferQuery,
)
from schema.offers.live import AppOfferSubscription
from schema.pagination import PAGE_LIMIT
from schema.permissions import OWN, Needs
from schema.plans.staff import StaffPlanMutation
from schema.program import ProgramQuery, StaffProgramMutation, StaffProgramQuery
from schema.push import (
    AppDeviceMutation,
    AppMessageMutation,
    StaffCampaignMutation,
    StaffCampaignQuery,
    StaffMessageQuery,
    StaffNudgeQuery,
    StaffSwitchMutation,
    StaffSwitchQuery,
    StaffTrialMutation,
    StaffTrialQuery,
)
from schema.push.live import StaffCampaignSubscription
from schema.referrals import AppReferralMutation, StaffReferralMutation
from schema.segments.staff import StaffSegmentMutation, StaffSegmentQuery
from schema.tiers import StaffBenefitMutation
from schema.tiers.live import AppTierSubscription
from schema.wallets import (
    AppWalletMutation,
    StaffAdjustmentQuery,
    StaffWalletMutation,
)
from schema.wallets.live import AppWalletSubscription

NodeId = Annotated[
    strawberry.ID, strawberry.argument(description="The id, as it was in another answer.")
]
NodeIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"At most {PAGE_LIMIT} ids, as they were in other answers."),
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
        return await own_node(info.context, id)

    @strawberry.field(
        description="Things of the member's own by their ids, in their order; null for every other "
        "id.",
        extensions=[Needs(OWN)],
    )
    async def nodes(self, info: Info, ids: NodeIds) -> list[Node | None] | None:
        """Find what is the caller's own."""
        return [await own_node(info.context, id) for id in bounded(ids)]


@strawberry.type(name="Mutation", description="What a member may do for themselves.")
class AppMutation(
    AppMemberMutation,
    AppPreferenceMutation,
    AppStatusMutation,
    AppActivityMutation,
    AppChallengeMutation,
    AppDeviceMutation,
    AppMessageMutation,
    AppOfferMutation,
    AppWalletMutation,
    AppReferralMutation,
):
    """The deeds of the app door."""


@strawberry.type(name="Subscription", description="What a member may follow of their own.")
class AppSubscription(
    AppWalletSubscription,
    AppTierSubscription,
    AppChallengeSubscription,
    AppOfferSubscription,
):
    """The live data of the app door."""


@strawberry.type(name="Query", description="What staff and the shop's systems may ask.")
class StaffQuery(
    StaffMemberQuery,
    StaffAdjustmentQuery,
    StaffChallengeQuery,
    StaffOfferQuery,
    StaffProgramQuery,
    StaffSegmentQuery,
    StaffCampaignQuery,
    StaffTrialQuery,
    StaffSwitchQuery,
    StaffJobQuery,
    StaffMessageQuery,
    StaffNudgeQuery,
):
    """The questions of the staff door."""

    @strawberry.field(
        description="Anything by its id; null for an unknown id, and for what the caller may "
        "not see.",
        extensions=[Needs(*FETCHED_WITH)],
    )
    async def node(self, info: Info, id: NodeId) -> Node | None:
        """Find what the caller may see."""
        return await staff_node(info.context, id)

    @strawberry.field(
        description="Things by their ids, in their order; null for an unknown id, and for what the "
        "caller may not see.",
        extensions=[Needs(*FETCHED_WITH)],
    )
    async def nodes(self, info: Info, ids: NodeIds) -> list[Node | None] | None:
        """Find what the caller may see."""
        return await gather(*(staff_node(info.context, id) for id in bounded(ids)))


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
    StaffSegmentMutation,
    StaffCampaignMutation,
    StaffTrialMutation,
    StaffSwitchMutation,
    StaffJobMutation,
):
    """The deeds of the staff door."""


@strawberry.type(name="Subscription", description="What staff may follow.")
class StaffSubscription(StaffCampaignSubscription):
    """The live data of the staff door."""
