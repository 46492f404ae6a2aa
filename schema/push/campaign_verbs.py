"""What staff do with campaigns: write, launch, approve, pause, resume and stop them."""

import strawberry

from loyalty.push import campaigns
from schema.context import Context, Info
from schema.payloads import Input, Payload, Repeatable, answer
from schema.permissions import APPROVE_CAMPAIGNS, SEND_CAMPAIGNS, Needs
from schema.push.briefs import (
    CampaignBriefInput,
    CampaignScheduleInput,
    read_brief,
    read_schedule,
)
from schema.push.campaigns import Campaign, show_campaign
from schema.push.places import of_brief, of_launch
from schema.scalars import short_text

KEY = "Makes the campaign once: sent again with the same key, it is the first answer again."
VERSION = "The version that was read, from 1 on: refused where somebody changed it since."


@strawberry.input(description="A campaign to be written.")
class CampaignCreateInput:
    """A new draft."""

    key: strawberry.ID = strawberry.field(description=KEY)
    brief: CampaignBriefInput = strawberry.field(description="What is wanted.")


@strawberry.input(description="A draft to be written anew.")
class CampaignUpdateInput:
    """A draft, and what it is to be."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    version: int = strawberry.field(description=VERSION)
    brief: CampaignBriefInput = strawberry.field(
        description="What is wanted, whole: what is left out is its default."
    )


@strawberry.input(description="A draft to be deleted.")
class CampaignDeleteInput:
    """A draft."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A campaign to be copied.")
class CampaignDuplicateInput:
    """A campaign, in whatever status."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A draft to be launched.")
class CampaignLaunchInput:
    """A draft, and when it is to be sent."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    version: int = strawberry.field(description=VERSION)
    schedule: CampaignScheduleInput | None = strawberry.field(
        default=None, description="When it is to be sent; at once where it is left out."
    )


@strawberry.input(description="A campaign to be approved.")
class CampaignApproveInput:
    """A campaign that waits."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    version: int = strawberry.field(description=VERSION)


@strawberry.input(description="A campaign to be sent back to who wrote it.")
class CampaignRejectInput:
    """A campaign that waits."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    note: str = strawberry.field(description="Why; kept. 1 to 200 characters.")


@strawberry.input(description="A campaign to be paused.")
class CampaignPauseInput:
    """A campaign that runs."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    note: str | None = strawberry.field(default=None, description="Why; kept. 1 to 200 characters.")


@strawberry.input(description="A campaign to go on with.")
class CampaignResumeInput:
    """A campaign that is paused."""

    id: strawberry.ID = strawberry.field(description="The campaign.")


@strawberry.input(description="A campaign to be stopped for good.")
class CampaignStopInput:
    """A campaign that is not over."""

    id: strawberry.ID = strawberry.field(description="The campaign.")
    note: str | None = strawberry.field(default=None, description="Why; kept. 1 to 200 characters.")


@strawberry.type
class OfCampaign(Payload):
    """The campaign."""

    campaign: Campaign | None = strawberry.field(
        default=None, description="The campaign as it stands now; null when it was refused."
    )


@strawberry.type
class _NewCampaign(OfCampaign, Repeatable):
    """The draft."""


@strawberry.type(description="What became of a campaign that was to be written.")
class CampaignCreatePayload(_NewCampaign):
    """The draft."""


@strawberry.type(description="What became of a campaign that was to be copied.")
class CampaignDuplicatePayload(_NewCampaign):
    """The copy."""


@strawberry.type(description="What became of a draft that was to be written anew.")
class CampaignUpdatePayload(OfCampaign):
    """The draft."""


@strawberry.type(description="What became of a draft that was to be deleted.")
class CampaignDeletePayload(Payload):
    """The draft is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The campaign that is gone; null when it was refused."
    )


@strawberry.type(description="What became of a draft that was to be launched.")
class CampaignLaunchPayload(OfCampaign):
    """The campaign: SCHEDULED, or AWAITING_APPROVAL where it is to so many."""


@strawberry.type(description="What became of a campaign that was to be approved.")
class CampaignApprovePayload(OfCampaign):
    """The campaign."""


@strawberry.type(description="What became of a campaign that was to be sent back.")
class CampaignRejectPayload(OfCampaign):
    """The campaign, a draft again."""


@strawberry.type(description="What became of a campaign that was to be paused.")
class CampaignPausePayload(OfCampaign):
    """The campaign."""


@strawberry.type(description="What became of a campaign that was to go on.")
class CampaignResumePayload(OfCampaign):
    """The campaign."""


@strawberry.type(description="What became of a campaign that was to be stopped.")
class CampaignStopPayload(OfCampaign):
    """The campaign."""


@strawberry.type
class StaffCampaignMutation:
    """What staff do with campaigns."""

    @strawberry.mutation(
        description="Write a draft of a campaign; nothing is sent before it is launched.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_create(
        self, info: Info, input: Input[CampaignCreateInput]
    ) -> CampaignCreatePayload | None:
        """Create."""
        return await answer(info.context, CampaignCreatePayload, _create(info.context, input))

    @strawberry.mutation(
        description="Write a draft anew. Sent again, it is not done again.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_update(
        self, info: Info, input: Input[CampaignUpdateInput]
    ) -> CampaignUpdatePayload | None:
        """Update."""
        return await answer(info.context, CampaignUpdatePayload, _update(info.context, input))

    @strawberry.mutation(
        description="Delete a draft; what was launched stays.", extensions=[Needs(SEND_CAMPAIGNS)]
    )
    async def campaign_delete(
        self, info: Info, input: Input[CampaignDeleteInput]
    ) -> CampaignDeletePayload | None:
        """Delete."""
        return await answer(info.context, CampaignDeletePayload, _delete(info.context, input))

    @strawberry.mutation(
        description="Write a draft like another campaign.", extensions=[Needs(SEND_CAMPAIGNS)]
    )
    async def campaign_duplicate(
        self, info: Info, input: Input[CampaignDuplicateInput]
    ) -> CampaignDuplicatePayload | None:
        """Copy."""
        return await answer(info.context, CampaignDuplicatePayload, _duplicate(info.context, input))

    @strawberry.mutation(
        description="Launch a draft. To more members than the program lets one person write to, "
        "it waits for a second one. Sent again, it is not launched again.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_launch(
        self, info: Info, input: Input[CampaignLaunchInput]
    ) -> CampaignLaunchPayload | None:
        """Launch."""
        return await answer(info.context, CampaignLaunchPayload, _launch(info.context, input))

    @strawberry.mutation(
        description="Let a campaign go that somebody else wrote and launched.",
        extensions=[Needs(APPROVE_CAMPAIGNS)],
    )
    async def campaign_approve(
        self, info: Info, input: Input[CampaignApproveInput]
    ) -> CampaignApprovePayload | None:
        """Approve."""
        return await answer(info.context, CampaignApprovePayload, _approve(info.context, input))

    @strawberry.mutation(
        description="Make a campaign that waits for a second person a draft again.",
        extensions=[Needs(APPROVE_CAMPAIGNS)],
    )
    async def campaign_reject(
        self, info: Info, input: Input[CampaignRejectInput]
    ) -> CampaignRejectPayload | None:
        """Send back."""
        return await answer(info.context, CampaignRejectPayload, _reject(info.context, input))

    @strawberry.mutation(
        description="Send nothing more of a campaign until it is resumed.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_pause(
        self, info: Info, input: Input[CampaignPauseInput]
    ) -> CampaignPausePayload | None:
        """Pause."""
        return await answer(info.context, CampaignPausePayload, _pause(info.context, input))

    @strawberry.mutation(
        description="Go on with a campaign where it was paused. One whose audience grew too much "
        "needs a second person for it, not a key.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_resume(
        self, info: Info, input: Input[CampaignResumeInput]
    ) -> CampaignResumePayload | None:
        """Resume."""
        return await answer(info.context, CampaignResumePayload, _resume(info.context, input))

    @strawberry.mutation(
        description="Stop a campaign for good: what was not yet sent never will be.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def campaign_stop(
        self, info: Info, input: Input[CampaignStopInput]
    ) -> CampaignStopPayload | None:
        """Stop."""
        return await answer(info.context, CampaignStopPayload, _stop(info.context, input))


async def _create(context: Context, wanted: CampaignCreateInput) -> CampaignCreatePayload:
    brief = read_brief(wanted.brief)
    work = campaigns.create(context.engine, brief, wanted.key, context.actor)
    made, replayed = await of_brief(work, wanted.brief)
    return CampaignCreatePayload(campaign=show_campaign(made), replayed=replayed)


async def _update(context: Context, wanted: CampaignUpdateInput) -> CampaignUpdatePayload:
    brief = read_brief(wanted.brief)
    work = campaigns.update(context.engine, wanted.id, wanted.version, brief, context.actor)
    done = await of_brief(work, wanted.brief)
    return CampaignUpdatePayload(campaign=show_campaign(done))


async def _delete(context: Context, wanted: CampaignDeleteInput) -> CampaignDeletePayload:
    await campaigns.delete(context.engine, wanted.id, wanted.version)
    return CampaignDeletePayload(deleted_id=wanted.id)


async def _duplicate(context: Context, wanted: CampaignDuplicateInput) -> CampaignDuplicatePayload:
    made, replayed = await campaigns.duplicate(context.engine, wanted.id, wanted.key, context.actor)
    return CampaignDuplicatePayload(campaign=show_campaign(made), replayed=replayed)


async def _launch(context: Context, wanted: CampaignLaunchInput) -> CampaignLaunchPayload:
    schedule = read_schedule(wanted.schedule)
    work = campaigns.launch(context.engine, wanted.id, wanted.version, schedule, context.actor)
    done = await of_launch(work)
    return CampaignLaunchPayload(campaign=show_campaign(done))


async def _approve(context: Context, wanted: CampaignApproveInput) -> CampaignApprovePayload:
    done = await campaigns.approve(context.engine, wanted.id, wanted.version, context.actor)
    return CampaignApprovePayload(campaign=show_campaign(done))


async def _reject(context: Context, wanted: CampaignRejectInput) -> CampaignRejectPayload:
    note = short_text(wanted.note, "note")
    done = await campaigns.reject(context.engine, wanted.id, context.actor, note)
    return CampaignRejectPayload(campaign=show_campaign(done))


async def _pause(context: Context, wanted: CampaignPauseInput) -> CampaignPausePayload:
    done = await campaigns.pause(context.engine, wanted.id, context.actor, _note(wanted.note))
    return CampaignPausePayload(campaign=show_campaign(done))


async def _resume(context: Context, wanted: CampaignResumeInput) -> CampaignResumePayload:
    may_approve = APPROVE_CAMPAIGNS.opens_for(context.caller)
    done = await campaigns.resume(context.engine, wanted.id, context.actor, may_approve=may_approve)
    return CampaignResumePayload(campaign=show_campaign(done))


async def _stop(context: Context, wanted: CampaignStopInput) -> CampaignStopPayload:
    done = await campaigns.stop(context.engine, wanted.id, context.actor, _note(wanted.note))
    return CampaignStopPayload(campaign=show_campaign(done))


def _note(note: str | None) -> str | None:
    return None if note is None else short_text(note, "note")
