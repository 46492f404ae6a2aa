"""Campaigns for staff: written, sent, followed to every delivery, stopped."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import push
from loyalty.errors import BadInput
from loyalty.push import Audience, Brief, Schedule
from loyalty.push import CampaignStatus as Status
from schema.context import Context, Info
from schema.enums import AudienceKind, CampaignStatus, DeliveryStatus
from schema.nodes import Node
from schema.pagination import (
    Connection,
    CountedConnection,
    InstantPage,
    Paged,
    TextPage,
    connection,
    counted,
    cursor,
)
from schema.payloads import Input, Payload, Repeatable, answer
from schema.permissions import SEND_CAMPAIGNS, Needs
from schema.scalars import URL, Locale, instant_text

_CAMPAIGNS, _DELIVERIES = "campaigns", "deliveries"


@strawberry.type(description="A text in one language.")
class LocalizedText:
    """A text in one language."""

    locale: Locale = strawberry.field(description="The language.")
    text: str = strawberry.field(description="The text.")


@strawberry.input(description="A text in one language.")
class LocalizedTextInput:
    """A text in one language."""

    locale: Locale = strawberry.field(description="The language; each at most once.")
    text: str = strawberry.field(
        description="The text, a title at most 120 and a body at most 1,000 characters; "
        "{firstName}, {balance}, {tier}, {nextTier} and {pointsToNextTier} are filled in."
    )


@strawberry.type(description="How many deliveries were suppressed for one reason.")
class SuppressionCount:
    """A reason and how often."""

    reason: str = strawberry.field(description="The reason, such as NO_CONSENT or NO_DEVICE.")
    count: int = strawberry.field(description="How many deliveries.")


@strawberry.type(description="What became of a campaign so far, in deliveries: one a member.")
class CampaignCounts:
    """How far it has come."""

    audience: int = strawberry.field(
        description="Members it is for; grows while they are gone through."
    )
    sent: int = strawberry.field(description="Taken by Firebase.")
    failed: int = strawberry.field(description="Refused by Firebase for good.")
    unknown: int = strawberry.field(description="Sent without an answer.")
    suppressed: list[SuppressionCount] = strawberry.field(description="Not sent, by reason.")


@strawberry.type(description="A message of a campaign to one member.")
class Delivery(Node):
    """A message to one member."""

    member_id: strawberry.ID = strawberry.field(description="Who it is for.")
    status: DeliveryStatus = strawberry.field(description="Where it stands.")
    reason: str | None = strawberry.field(
        description="Why it was not sent or failed; null where it was."
    )
    title: str | None = strawberry.field(description="The title, as sent; null before.")
    body: str | None = strawberry.field(description="The body, as sent; null before.")
    created_at: datetime = strawberry.field(description="When it was prepared.")
    sent_at: datetime | None = strawberry.field(description="When Firebase took it.")


@strawberry.type(description="A push message to many members.")
class Campaign(Node):
    """A push to many."""

    name: str = strawberry.field(description="What staff call it.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")
    title: list[LocalizedText] = strawberry.field(description="The title, by language.")
    body: list[LocalizedText] = strawberry.field(description="The body, by language.")
    audience_kind: AudienceKind = strawberry.field(description="Who it is for.")
    audience_tier: strawberry.ID | None = strawberry.field(
        description="The tier it is for; only where the audience is TIER."
    )
    deep_link: URL | None = strawberry.field(description="What a tap opens.")
    counts: CampaignCounts = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="When it was sent off.")
    created_by: str = strawberry.field(description="Who sent it off.")
    finished_at: datetime | None = strawberry.field(
        description="When the last delivery was settled, or it was stopped."
    )

    @strawberry.field(
        description="Its messages, one a member, in the order of members' ids.",
        extensions=[Paged(_DELIVERIES, TextPage)],
    )
    async def deliveries(self, info: Info, asked: TextPage) -> CountedConnection[Delivery] | None:
        """List a page of deliveries."""
        found = await push.campaigns.deliveries(info.context.engine, self.id, asked.walk)
        return counted(connection(asked, found, _place, show_delivery), self._count)

    async def _count(self) -> int:
        return self.counts.audience


def _place(delivery: push.Delivery) -> str:
    return cursor(_DELIVERIES, delivery.member_id)


def show_delivery(delivery: push.Delivery) -> Delivery:
    """Show a delivery."""
    return Delivery(
        id=strawberry.ID(delivery.id),
        member_id=strawberry.ID(delivery.member_id),
        status=delivery.status,
        reason=delivery.reason,
        title=delivery.title,
        body=delivery.body,
        created_at=delivery.created_at,
        sent_at=delivery.sent_at,
    )


def show_campaign(campaign: push.Campaign) -> Campaign:
    """Show a campaign."""
    brief, counts = campaign.brief, campaign.counts
    tier, link, said = brief.audience.tier, brief.deep_link, brief.variants[0]
    return Campaign(
        id=strawberry.ID(campaign.id),
        name=brief.name,
        status=campaign.status,
        title=[LocalizedText(locale=Locale(k), text=v) for k, v in said.title.items()],
        body=[LocalizedText(locale=Locale(k), text=v) for k, v in said.body.items()],
        audience_kind=brief.audience.kind,
        audience_tier=None if tier is None else strawberry.ID(tier),
        deep_link=None if link is None else URL(link),
        counts=CampaignCounts(
            audience=counts.audience,
            sent=counts.sent,
            failed=counts.failed,
            unknown=counts.unknown,
            suppressed=[
                SuppressionCount(reason=str(reason), count=count)
                for reason, count in sorted(counts.suppressed.items())
            ],
        ),
        created_at=campaign.created_at,
        created_by=campaign.created_by,
        finished_at=campaign.finished_at,
    )


@strawberry.type
class StaffCampaignQuery:
    """What staff ask about campaigns."""

    @strawberry.field(
        description="A campaign; null for an unknown id.", extensions=[Needs(SEND_CAMPAIGNS)]
    )
    async def campaign(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The campaign's id.")],
    ) -> Campaign | None:
        """Find a campaign."""
        found = await push.campaigns.find(info.context.engine, id)
        return show_campaign(found) if found else None

    @strawberry.field(
        description="Campaigns, newest first.",
        extensions=[Needs(SEND_CAMPAIGNS), Paged(_CAMPAIGNS, InstantPage)],
    )
    async def campaigns(self, info: Info, asked: InstantPage) -> Connection[Campaign] | None:
        """List a page of campaigns."""
        found = await push.campaigns.newest(info.context.engine, asked.walk)
        return connection(asked, found, _cursor, show_campaign)


def _cursor(campaign: push.Campaign) -> str:
    return cursor(_CAMPAIGNS, instant_text(campaign.created_at), campaign.id)


@strawberry.input(description="Who a campaign is for.")
class AudienceInput:
    """Who it is for."""

    kind: AudienceKind = strawberry.field(description="Everyone, or members of one tier.")
    tier: strawberry.ID | None = strawberry.field(
        default=None, description="A tier of the program; with kind TIER, and only there."
    )


@strawberry.input(description="A push message to many members.")
class PushCampaignSendInput:
    """A campaign."""

    key: strawberry.ID = strawberry.field(
        description="1 to 128 printable ASCII characters, not beginning with ~, that the client "
        "makes and keeps, best a UUIDv7: the same key with the same input is one campaign, however "
        "often it is sent."
    )
    name: str = strawberry.field(description="What staff call it, 1 to 200 characters.")
    title: list[LocalizedTextInput] = strawberry.field(description="The title, by language.")
    body: list[LocalizedTextInput] = strawberry.field(
        description="The body, in the same languages as the title."
    )
    audience: AudienceInput = strawberry.field(description="Who it is for.")
    deep_link: URL | None = strawberry.field(
        default=None, description="What a tap opens: a link of the app or of the web."
    )


@strawberry.input(description="A campaign to stop.")
class PushCampaignStopInput:
    """A campaign."""

    id: strawberry.ID = strawberry.field(description="The campaign.")


@strawberry.type(description="What became of a campaign that was to be sent.")
class PushCampaignSendPayload(Repeatable):
    """The campaign."""

    campaign: Campaign | None = strawberry.field(
        default=None, description="The campaign; null when it was refused."
    )


@strawberry.type(description="What became of a campaign that was to be stopped.")
class PushCampaignStopPayload(Payload):
    """The campaign."""

    campaign: Campaign | None = strawberry.field(
        default=None, description="The campaign as it stands now; null for an unknown id."
    )


@strawberry.type
class StaffCampaignMutation:
    """What staff do with campaigns."""

    @strawberry.mutation(
        description="Send a push message to members; it is on its way when this answers.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def push_campaign_send(
        self, info: Info, input: Input[PushCampaignSendInput]
    ) -> PushCampaignSendPayload | None:
        """Send."""
        return await answer(info.context, PushCampaignSendPayload, _send(info.context, input))

    @strawberry.mutation(
        description="Stop a campaign: what was not yet sent never will be.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def push_campaign_stop(
        self, info: Info, input: Input[PushCampaignStopInput]
    ) -> PushCampaignStopPayload | None:
        """Stop."""
        return await answer(info.context, PushCampaignStopPayload, _stop(info.context, input))


async def _send(context: Context, wanted: PushCampaignSendInput) -> PushCampaignSendPayload:
    title, body = _by_language(wanted.title, "title"), _by_language(wanted.body, "body")
    audience = Audience(wanted.audience.kind, wanted.audience.tier)
    brief = Brief(wanted.name, audience, (push.briefs.Variant("a", title, body),), wanted.deep_link)
    try:
        made, replayed = await push.campaigns.create(
            context.engine, brief, wanted.key, context.actor
        )
    except BadInput as bad:
        raise BadInput(bad.message, bad.path[2:] if len(bad.path) > 2 else bad.path) from bad
    if made.status is Status.DRAFT:
        made = await push.campaigns.launch(
            context.engine, made.id, made.version, Schedule(), context.actor
        )
    return PushCampaignSendPayload(campaign=show_campaign(made), replayed=replayed)


def _by_language(texts: list[LocalizedTextInput], part: str) -> dict[str, str]:
    """Read texts by language. Raises BadInput for a language that is there twice."""
    found: dict[str, str] = {}
    for index, text in enumerate(texts):
        if text.locale in found:
            raise BadInput("each language at most once", (part, index, "locale"))
        found[text.locale] = text.text
    return found


async def _stop(context: Context, wanted: PushCampaignStopInput) -> PushCampaignStopPayload:
    if await push.campaigns.find(context.engine, wanted.id) is None:
        return PushCampaignStopPayload(campaign=None)
    stopped = await push.campaigns.stop(context.engine, wanted.id, context.actor)
    return PushCampaignStopPayload(campaign=show_campaign(stopped))
