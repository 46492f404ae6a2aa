"""What was sent to a member, as they read it: the inbox, opened and followed."""

from datetime import datetime
from typing import TypeVar

import strawberry

from loyalty import offers, push
from schema.context import Context, Info, View
from schema.nodes import Node
from schema.offers import HeldOffer, show_held
from schema.pagination import cursor
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import OWN, Needs
from schema.push.enums import MessageCategory
from schema.scalars import URL, instant_text

INBOX = "inbox"


@strawberry.type(description="Something that came with a push message.")
class MessageDetail:
    """A name and what it stands for."""

    name: str = strawberry.field(description="Its name in the payload of the push.")
    value: str = strawberry.field(description="What came under this name.")


@strawberry.type(description="A push message that was sent to a member.")
class Message(Node):
    """A message; its id is the `messageId` that came with the push."""

    category: MessageCategory = strawberry.field(description="What it is about.")
    type: str = strawberry.field(
        description="Which message it is, the `type` of the push: points_earned and others."
    )
    title: str = strawberry.field(description="The title, as it was sent.")
    body: str = strawberry.field(description="The body, as it was sent.")
    deep_link: URL | None = strawberry.field(description="What a tap opens; null for nothing.")
    details: list[MessageDetail] = strawberry.field(
        description="What else came with the push for its type, such as `entryId`: what `deepLink` "
        "leads to."
    )
    sent_at: datetime = strawberry.field(description="When it was sent.")
    opened_at: datetime | None = strawberry.field(
        description="When the member first opened it, on any device; null before."
    )
    clicked_at: datetime | None = strawberry.field(
        description="When the member first followed it; null before."
    )
    held_id: strawberry.Private[str | None]
    view: strawberry.Private[View]

    @strawberry.field(
        description="What the member has of the offer that came with it, as it is now; null where "
        "none came."
    )
    def offer(self) -> HeldOffer | None:
        """Show the offer."""
        helds = offers.helds(self.view.state, self.view.now) if self.held_id else []
        found = next((held for held in helds if held.id == self.held_id), None)
        return show_held(found, self.view) if found else None


def show_message(sent: push.Delivery, view: View) -> Message:
    """Show a message that was sent."""
    details = sent.details or {}
    return Message(
        id=strawberry.ID(sent.id),
        category=sent.category,
        type=sent.type or "",
        title=sent.title or "",
        body=sent.body or "",
        deep_link=None if sent.deep_link is None else URL(sent.deep_link),
        sent_at=sent.sent_at or sent.created_at,
        opened_at=sent.opened_at,
        clicked_at=sent.clicked_at,
        details=[MessageDetail(name=name, value=value) for name, value in details.items()],
        held_id=sent.offer or details.get("heldOfferId"),
        view=view,
    )


def message_cursor(sent: push.Delivery) -> str:
    """Write the place of a message in the inbox."""
    return cursor(INBOX, instant_text(sent.sent_at or sent.created_at), sent.id)


@strawberry.input(description="A message that the member did something about.")
class MessageToldInput:
    """A message, and when it was."""

    id: strawberry.ID = strawberry.field(
        description="The message: its id in the inbox, or the `messageId` of the push."
    )
    at: datetime | None = strawberry.field(
        default=None,
        description="When it was, by the clock of the phone; held between when it was sent and "
        "now. Null for just now.",
    )


@strawberry.input(description="Messages that the member opened.")
class MessageOpenedInput:
    """Messages."""

    messages: list[MessageToldInput] = strawberry.field(description="1 to 100 of them.")


@strawberry.input(description="Messages that the member followed, by a tap on what they lead to.")
class MessageClickedInput:
    """Messages."""

    messages: list[MessageToldInput] = strawberry.field(description="1 to 100 of them.")


@strawberry.type
class MessagesTold(OfMember, Payload):
    """The messages."""

    messages: list[Message] = strawberry.field(
        default_factory=list,
        description="The messages as they are now; without those that are none of the member's, "
        "and those that are kept no longer.",
    )


@strawberry.type(description="What became of messages that were opened.")
class MessageOpenedPayload(MessagesTold):
    """The messages."""


@strawberry.type(description="What became of messages that were followed.")
class MessageClickedPayload(MessagesTold):
    """The messages."""


@strawberry.type
class AppMessageMutation:
    """What the app tells of messages."""

    @strawberry.mutation(
        description="Tell that messages were opened, in the inbox or by a tap on the push. What "
        "was told first stands, however often it is sent.",
        extensions=[Needs(OWN)],
    )
    async def message_opened(
        self, info: Info, input: Input[MessageOpenedInput]
    ) -> MessageOpenedPayload | None:
        """Note that messages were opened."""
        work = _told(info.context, MessageOpenedPayload, push.inbox.Deed.OPENED, input.messages)
        return await answer(info.context, MessageOpenedPayload, work)

    @strawberry.mutation(
        description="Tell that messages were followed to where they lead; they are opened by that "
        "too. What was told first stands, however often it is sent.",
        extensions=[Needs(OWN)],
    )
    async def message_clicked(
        self, info: Info, input: Input[MessageClickedInput]
    ) -> MessageClickedPayload | None:
        """Note that messages were followed."""
        work = _told(info.context, MessageClickedPayload, push.inbox.Deed.CLICKED, input.messages)
        return await answer(info.context, MessageClickedPayload, work)


P = TypeVar("P", bound=MessagesTold)


async def _told(
    context: Context, payload: type[P], deed: push.inbox.Deed, wanted: list[MessageToldInput]
) -> P:
    state = await context.own()
    told = [push.inbox.Told(one.id, one.at) for one in wanted]
    now = await push.inbox.note(context.engine, state, deed, told)
    view = await context.view(state)
    return payload(view=view, messages=[show_message(each, view) for each in now])
