"""A message to a member as staff see it: sent or not, why not, and what came of it."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import push
from schema.context import Info
from schema.enums import DeliveryStatus, Purpose
from schema.nodes import Node
from schema.pagination import CountedConnection, InstantPage, Paged, connection, counted, cursor
from schema.permissions import READ_MEMBERS, Needs
from schema.push.enums import MessageCategory, NudgeTrigger, SuppressionReason
from schema.scalars import URL, Locale, instant_text

_MESSAGES = "messages"


@strawberry.type(description="A message to one member: to be sent, sent, or not sent.")
class Delivery(Node):
    """A message to one member."""

    member_id: strawberry.ID = strawberry.field(description="Who it is for.")
    campaign_id: strawberry.ID | None = strawberry.field(
        description="The campaign it is of; null where the program writes by itself."
    )
    trigger: NudgeTrigger | None = strawberry.field(
        description="What the program tells of by itself; null for a campaign's."
    )
    variant: strawberry.ID | None = strawberry.field(
        description="Which variant of the campaign's texts it is; null where it has one, or none."
    )
    category: MessageCategory = strawberry.field(description="What it is about.")
    purpose: Purpose = strawberry.field(description="What it is for, as consent is given for it.")
    status: DeliveryStatus = strawberry.field(description="Where it stands.")
    reason: SuppressionReason | None = strawberry.field(
        description="Why it was not sent; null unless SUPPRESSED."
    )
    error: str | None = strawberry.field(
        description="What Firebase answered; null unless FAILED or UNKNOWN."
    )
    title: str | None = strawberry.field(
        description="The title, as sent; null before, and once it is kept no longer."
    )
    body: str | None = strawberry.field(
        description="The body, as sent; null before, and once it is kept no longer."
    )
    locale: Locale | None = strawberry.field(description="In which language it was written.")
    deep_link: URL | None = strawberry.field(description="What a tap opens.")
    offer_id: strawberry.ID | None = strawberry.field(
        description="What the member has of the offer that came with it; null where none came."
    )
    created_at: datetime = strawberry.field(description="When it was prepared.")
    sent_at: datetime | None = strawberry.field(
        description="When Firebase took it, or did not answer whether it did."
    )
    opened_at: datetime | None = strawberry.field(description="When the member first opened it.")
    clicked_at: datetime | None = strawberry.field(description="When the member followed it.")
    redeemed_at: datetime | None = strawberry.field(
        description="When the offer that came with it was used."
    )


def show_delivery(delivery: push.Delivery) -> Delivery:
    """Show a delivery."""
    suppressed = delivery.status is DeliveryStatus.SUPPRESSED and delivery.reason
    return Delivery(
        id=strawberry.ID(delivery.id),
        member_id=strawberry.ID(delivery.member_id),
        campaign_id=_id(delivery.campaign_id),
        trigger=_trigger(delivery),
        variant=_id(delivery.variant),
        category=delivery.category,
        purpose=delivery.purpose,
        status=delivery.status,
        reason=SuppressionReason(suppressed) if suppressed else None,
        error=None if suppressed else delivery.reason,
        title=delivery.title,
        body=delivery.body,
        locale=None if delivery.locale is None else Locale(delivery.locale),
        deep_link=None if delivery.deep_link is None else URL(delivery.deep_link),
        offer_id=_id(delivery.offer),
        created_at=delivery.created_at,
        sent_at=delivery.sent_at,
        opened_at=delivery.opened_at,
        clicked_at=delivery.clicked_at,
        redeemed_at=delivery.redeemed_at,
    )


def _trigger(delivery: push.Delivery) -> NudgeTrigger | None:
    return next((one for one in NudgeTrigger if one == delivery.kind), None)


def _id(text: str | None) -> strawberry.ID | None:
    return None if text is None else strawberry.ID(text)


@strawberry.type
class StaffMessageQuery:
    """What staff ask about the messages of a member."""

    @strawberry.field(
        description="Everything that was or was not sent to a member, newest first, each with "
        "its reason; empty for an unknown id. Texts are kept as long as the inbox, the rest for "
        "400 days.",
        extensions=[Needs(READ_MEMBERS), Paged(_MESSAGES, InstantPage)],
    )
    async def member_messages(
        self,
        info: Info,
        asked: InstantPage,
        member_id: Annotated[strawberry.ID, strawberry.argument(description="Whose messages.")],
    ) -> CountedConnection[Delivery] | None:
        """List a page of a member's messages."""
        engine = info.context.engine
        found = await push.inbox.all_of(engine, member_id, asked.walk)
        page = connection(asked, found, _place, show_delivery)
        return counted(page, lambda: push.inbox.count_all(engine, member_id))


def _place(delivery: push.Delivery) -> str:
    return cursor(_MESSAGES, instant_text(delivery.created_at), delivery.id)
