"""What staff try before a campaign goes out: a preview, Firebase's word on it, tests to phones."""

from typing import Annotated

import strawberry

from loyalty import push
from loyalty.errors import Refused
from loyalty.push import trials
from schema.context import Context, Info
from schema.payloads import Input, Repeatable, answer
from schema.permissions import PREVIEW_CAMPAIGNS, SEND_CAMPAIGNS, Needs
from schema.push.campaign_verbs import OfCampaign
from schema.push.campaigns import show_campaign
from schema.push.tried import CampaignPreview, show_preview


@strawberry.input(description="A campaign whose texts are to be checked.")
class CampaignValidateInput:
    """A campaign."""

    id: strawberry.ID = strawberry.field(description="The campaign.")


@strawberry.input(description="A campaign to be tried on phones.")
class CampaignTestSendInput:
    """A campaign, and who gets it."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    key: strawberry.ID = strawberry.field(
        description="Sends the test once: sent again with the same key, it is not sent again."
    )
    member_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Members who get it on all of their devices."
    )
    device_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Single devices; with the members at most 20."
    )


@strawberry.type(description="What became of a campaign whose texts were to be checked.")
class CampaignValidatePayload(OfCampaign):
    """The campaign; its `validation` follows once a worker has asked Firebase."""


@strawberry.type(description="What became of a campaign that was to be tried on phones.")
class CampaignTestSendPayload(OfCampaign, Repeatable):
    """The campaign; the results are among its `tests` once a worker has sent it."""


@strawberry.type
class StaffTrialQuery:
    """What staff look at before a campaign goes out."""

    @strawberry.field(
        description="A campaign as one member would get it now, in every language, and whether "
        "they would; null where there is no such campaign or member.",
        extensions=[Needs(PREVIEW_CAMPAIGNS)],
    )
    async def campaign_preview(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The campaign's id.")],
        member_id: Annotated[strawberry.ID, strawberry.argument(description="The member's id.")],
    ) -> CampaignPreview | None:
        """Preview."""
        return await _preview(info.context, id, member_id)


@strawberry.type
class StaffTrialMutation:
    """What staff try before a campaign goes out."""

    @strawberry.mutation(
        description="Check a campaign against the program, and have Firebase look at every "
        "wording in every language without sending any. A launch does so too.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_validate(
        self, info: Info, input: Input[CampaignValidateInput]
    ) -> CampaignValidatePayload | None:
        """Validate."""
        return await answer(info.context, CampaignValidatePayload, _validate(info.context, input))

    @strawberry.mutation(
        description="Send every wording of a campaign to a few members or devices, whatever its "
        "status; it counts nowhere, and only who agreed to marketing gets it.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_test_send(
        self, info: Info, input: Input[CampaignTestSendInput]
    ) -> CampaignTestSendPayload | None:
        """Try."""
        return await answer(info.context, CampaignTestSendPayload, _test_send(info.context, input))


async def _preview(context: Context, campaign_id: str, member_id: str) -> CampaignPreview | None:
    try:
        return show_preview(await push.previews.preview(context.engine, campaign_id, member_id))
    except Refused:
        return None


async def _validate(context: Context, wanted: CampaignValidateInput) -> CampaignValidatePayload:
    done = await trials.validate(context.engine, wanted.id, context.actor)
    return CampaignValidatePayload(campaign=show_campaign(done))


async def _test_send(context: Context, wanted: CampaignTestSendInput) -> CampaignTestSendPayload:
    receivers = trials.Receivers(tuple(wanted.member_ids), tuple(wanted.device_ids))
    done, replayed = await trials.send(
        context.engine, wanted.id, receivers, wanted.key, context.actor
    )
    return CampaignTestSendPayload(campaign=show_campaign(done), replayed=replayed)
