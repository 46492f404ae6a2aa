"""Campaigns for staff to see: what is wanted, where each stands, what became of every message."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from loyalty import push, segments
from schema.context import Info
from schema.enums import CampaignStatus
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
from schema.permissions import SEND_CAMPAIGNS, Needs
from schema.push.briefs import CampaignBrief, CampaignSchedule, show_brief, show_schedule
from schema.push.deliveries import Delivery, show_delivery
from schema.push.enums import CampaignAct, SuppressionReason
from schema.push.reports import CampaignReport, show_report
from schema.push.tried import (
    CampaignTest,
    CampaignValidation,
    show_test,
    show_validation,
)
from schema.scalars import instant_text
from schema.segments import WARNINGS, SegmentWarning, show_warnings

_CAMPAIGNS, _DELIVERIES = "campaigns", "deliveries"


@strawberry.type(description="How many deliveries were suppressed for one reason.")
class SuppressionCount:
    """A reason and how often."""

    reason: SuppressionReason = strawberry.field(description="The reason.")
    count: int = strawberry.field(description="How many deliveries.")


@strawberry.type
class _Counted:
    """How far it has come."""

    audience: int = strawberry.field(
        description="Members it is for; grows while they are gone through."
    )
    held: int = strawberry.field(description="Waiting for the member's own hour.")
    sent: int = strawberry.field(description="Taken by Firebase.")
    failed: int = strawberry.field(description="Refused by Firebase for good.")
    unknown: int = strawberry.field(description="Sent without an answer.")
    opened: int = strawberry.field(description="Opened, of those that were sent.")
    clicked: int = strawberry.field(description="Followed to where they lead.")
    redeemed: int = strawberry.field(description="Led to an offer being redeemed.")
    suppressed: list[SuppressionCount] = strawberry.field(description="Not sent, by reason.")


@strawberry.type(description="What became of one wording so far, in deliveries: one a member.")
class VariantCounts(_Counted):
    """How far a wording has come."""

    variant: strawberry.ID = strawberry.field(description="The wording.")


@strawberry.type(description="What became of a campaign so far, in deliveries: one a member.")
class CampaignCounts(_Counted):
    """How far it has come."""

    variants: list[VariantCounts] = strawberry.field(description="The same by wording.")


@strawberry.type(description="One line of a campaign's history.")
class CampaignEvent:
    """Something that was done to it."""

    at: datetime = strawberry.field(description="When.")
    who: str = strawberry.field(description="Who did it; `worker` where it came about by itself.")
    act: CampaignAct = strawberry.field(description="What was done.")
    note: str | None = strawberry.field(description="Why, where that was said.")


@strawberry.type(description="A push message to many members.")
class Campaign(Node):
    """A push to many."""

    name: str = strawberry.field(description="What staff call it.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(
        description="Counts the changes of the draft; named by who changes, launches or approves."
    )
    brief: CampaignBrief = strawberry.field(description="What is wanted.")
    schedule: CampaignSchedule | None = strawberry.field(
        description="When it is sent; null for a draft."
    )
    audience_size: int | None = strawberry.field(
        description="How many members were in the audience at the launch; null for a draft."
    )
    counts: CampaignCounts = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="When it was written.")
    created_by: str = strawberry.field(description="Who wrote it.")
    launched_at: datetime | None = strawberry.field(description="When it was launched.")
    launched_by: str | None = strawberry.field(description="Who launched it.")
    approved_by: str | None = strawberry.field(
        description="The second person; null where none was needed, or nobody has approved yet."
    )
    started_at: datetime | None = strawberry.field(description="When the first message went.")
    finished_at: datetime | None = strawberry.field(
        description="When the last delivery was settled, or it was stopped."
    )
    reason: str | None = strawberry.field(description="Why it was stopped or paused.")
    history: list[CampaignEvent] = strawberry.field(
        description="Who did what when, in the order it was done."
    )
    validation: CampaignValidation | None = strawberry.field(
        description="What Firebase said of its texts; null where nobody asked yet."
    )
    tests: list[CampaignTest] = strawberry.field(
        description="Its last tests on phones, the oldest first."
    )

    audience: strawberry.Private[segments.Definition]

    @strawberry.field(description=WARNINGS)
    async def audience_warnings(self, info: Info) -> list[SegmentWarning] | None:
        """Look for names that may be misspelt."""
        unheard = await segments.unheard(info.context.engine, self.audience)
        return await show_warnings(info.context, unheard)

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

    @strawberry.field(
        description="What it came to: opened, clicked and bought by wording, against those held "
        "out; null before it began."
    )
    async def report(self, info: Info) -> CampaignReport | None:
        """Report."""
        found = await push.reports.report(info.context.engine, self.id)
        return show_report(found) if found else None


def _place(delivery: push.Delivery) -> str:
    return cursor(_DELIVERIES, delivery.member_id)


def show_campaign(campaign: push.Campaign) -> Campaign:
    """Show a campaign."""
    return Campaign(
        id=strawberry.ID(campaign.id),
        name=campaign.brief.name,
        status=campaign.status,
        version=campaign.version,
        brief=show_brief(campaign.brief),
        schedule=show_schedule(campaign.schedule) if campaign.schedule else None,
        audience_size=campaign.audience_size,
        counts=CampaignCounts(
            **_counted(campaign.counts),
            variants=[
                VariantCounts(**_counted(of), variant=strawberry.ID(variant))
                for variant, of in sorted(campaign.counts.variants.items())
            ],
        ),
        created_at=campaign.created_at,
        created_by=campaign.created_by,
        launched_at=campaign.launched_at,
        launched_by=campaign.launched_by,
        approved_by=campaign.approved_by,
        started_at=campaign.started_at,
        finished_at=campaign.finished_at,
        reason=campaign.reason,
        history=[
            CampaignEvent(at=event.at, who=event.who, act=event.act, note=event.note)
            for event in campaign.history
        ],
        validation=show_validation(campaign.validation) if campaign.validation else None,
        tests=[show_test(trial) for trial in campaign.trials],
        audience=campaign.brief.audience,
    )


def _counted(counts: push.campaigns.Counts) -> dict[str, Any]:
    names = ("audience", "held", "sent", "failed", "unknown", "opened", "clicked", "redeemed")
    suppressed = [
        SuppressionCount(reason=SuppressionReason(reason), count=count)
        for reason, count in sorted(counts.suppressed.items())
    ]
    return {name: getattr(counts, name) for name in names} | {"suppressed": suppressed}


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
