"""A campaign as it goes out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from graphql import GraphQLError

from loyalty import push
from schema.context import Context, Info
from schema.enums import CampaignStatus
from schema.permissions import SEND_CAMPAIGNS, Needs
from schema.push.campaigns import Campaign, show_campaign


@strawberry.type(description="A campaign has come further.")
class CampaignProgressed:
    """Progress."""

    campaign: Campaign = strawberry.field(description="The campaign, as it is now.")


@strawberry.type
class StaffCampaignSubscription:
    """What staff may follow of campaigns."""

    @strawberry.subscription(
        description="A campaign: at once, and each time that it has come further; over when it "
        "is SENT. NOT_FOUND for an unknown id.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_progressed(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The campaign's id.")],
    ) -> AsyncGenerator[CampaignProgressed, None]:
        """Follow a campaign."""
        if await push.campaigns.find(info.context.engine, id) is None:
            raise GraphQLError("No campaign has this id.", extensions={"code": "NOT_FOUND"})
        return _progress(info.context, id)


async def _progress(context: Context, campaign_id: str) -> AsyncGenerator[CampaignProgressed, None]:
    told: push.Campaign | None = None
    async with aclosing(push.campaigns.watch(context.engine, campaign_id)) as news:
        async for campaign in news:
            if campaign != told:
                yield CampaignProgressed(campaign=show_campaign(campaign))
            if campaign.status is CampaignStatus.SENT:
                return
            told = campaign
