"""Nudges for staff: which the program has, what became of them, and what would be sent next."""

from datetime import datetime

import strawberry

from loyalty.push import nudges
from schema.context import Info
from schema.enums import Purpose
from schema.pagination import Connection, InstantPage, Paged, connection, cursor
from schema.permissions import SEND_CAMPAIGNS, Needs
from schema.push.campaigns import SuppressionCount
from schema.push.enums import MessageCategory, NudgeTrigger, SuppressionReason
from schema.scalars import Locale, instant_text

_FORESEEN = "foreseen"


@strawberry.type(description="How often a member gets a message at the most.")
class NudgeCap:
    """A cap."""

    count: int = strawberry.field(description="So many messages.")
    days: int = strawberry.field(description="In so many times 24 hours.")


@strawberry.type(description="What the program tells members by itself, on one occasion.")
class Nudge:
    """A nudge of the program."""

    trigger: NudgeTrigger = strawberry.field(description="What it is about.")
    enabled: bool = strawberry.field(description="Whether it is switched on.")
    purpose: Purpose = strawberry.field(description="What it is for, as consent is given for it.")
    category: MessageCategory = strawberry.field(description="What members can mute it by.")
    cap: NudgeCap | None = strawberry.field(
        description="How often a member gets it at the most; null for no bound of its own."
    )
    waiting: int = strawberry.field(description="How many of the last 24 hours wait to be sent.")
    sent: int = strawberry.field(description="How many of the last 24 hours were sent.")
    suppressed: list[SuppressionCount] = strawberry.field(
        description="How many of the last 24 hours were not sent, by the reason."
    )


@strawberry.type(description="A message that a nudge would send within 24 hours, as things stand.")
class ForeseenNudge:
    """What would be sent to one member, or why not."""

    trigger: NudgeTrigger = strawberry.field(description="What it is about.")
    member_id: strawberry.ID = strawberry.field(description="Who it is for.")
    delivery_id: strawberry.ID = strawberry.field(description="The message that waits.")
    at: datetime = strawberry.field(
        description="When it goes, after quiet hours; of one that does not, when that is decided."
    )
    reason: SuppressionReason | None = strawberry.field(
        description="Why it would not be sent; null where it would."
    )
    title: str | None = strawberry.field(description="The title; null where it would not be sent.")
    body: str | None = strawberry.field(description="The body; null where it would not be sent.")
    locale: Locale | None = strawberry.field(description="In which language it is written.")


@strawberry.type
class StaffNudgeQuery:
    """What staff ask about nudges."""

    @strawberry.field(
        name="nudges",
        description="The nudges of the program in force, in the order of the triggers, with what "
        "became of those of the last 24 hours.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def nudges(self, info: Info) -> list[Nudge] | None:
        """List them."""
        return [_show(told) for told in await nudges.listed(info.context.engine)]

    @strawberry.field(
        description="What the program would send by itself within 24 hours, as it stands now: who "
        "would get it, when, in which words, or why not. Ordered by when it is due. What members "
        "do meanwhile is not foreseen.",
        extensions=[Needs(SEND_CAMPAIGNS), Paged(_FORESEEN, InstantPage)],
    )
    async def nudges_foreseen(
        self, info: Info, asked: InstantPage
    ) -> Connection[ForeseenNudge] | None:
        """List a page of them."""
        found = await nudges.simulate(info.context.engine, asked.walk)
        return connection(asked, found, _place, _foreseen)


def _show(told: nudges.Listed) -> Nudge:
    return Nudge(
        trigger=told.trigger,
        enabled=told.enabled,
        purpose=told.purpose,
        category=told.category,
        cap=None if told.cap is None else NudgeCap(count=told.cap.count, days=told.cap.days),
        waiting=told.waiting,
        sent=told.sent,
        suppressed=[
            SuppressionCount(reason=SuppressionReason(reason), count=count)
            for reason, count in sorted(told.suppressed.items())
        ],
    )


def _foreseen(one: nudges.Foreseen) -> ForeseenNudge:
    told = one.delivery
    return ForeseenNudge(
        trigger=NudgeTrigger(str(told.kind)),
        member_id=strawberry.ID(told.member_id),
        delivery_id=strawberry.ID(told.id),
        at=one.at,
        reason=None if one.reason is None else SuppressionReason(one.reason),
        title=told.title,
        body=told.body,
        locale=None if told.locale is None else Locale(told.locale),
    )


def _place(one: nudges.Foreseen) -> str:
    return cursor(_FORESEEN, instant_text(one.due_at), one.delivery.id)
