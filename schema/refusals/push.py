"""What is said no to about messages."""

import strawberry

from loyalty import push
from schema.enums import CampaignStatus
from schema.refusals.kinds import UserError


@strawberry.type(description="A text of the campaign cannot be filled in.")
class TemplateInvalid(UserError):
    """Not a text that can be filled in."""

    of = push.refusals.TemplateInvalid
    at = ("input", "brief")
    variant: strawberry.ID = strawberry.field(description="The variant it is in.")
    part: str = strawberry.field(description="The text it is about: title or body.")
    language: str = strawberry.field(description="The language it is written in.")
    field: str | None = strawberry.field(
        description="The field that does not exist; null where braces are amiss."
    )
    allowed: list[str] = strawberry.field(description="The fields there are.")


@strawberry.type(description="There is no campaign with this id.")
class CampaignUnknown(UserError):
    """No such campaign."""

    of = push.refusals.CampaignUnknown
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")


@strawberry.type(
    description="What was launched is neither changed nor launched again; a copy of it can be."
)
class CampaignNotDraft(UserError):
    """Launched before."""

    of = push.refusals.CampaignNotDraft
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")


@strawberry.type(description="Somebody changed the campaign since it was read.")
class CampaignChanged(UserError):
    """Changed meanwhile."""

    of = push.refusals.CampaignChanged
    at = ("input", "version")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    version: int = strawberry.field(description="The version it has now.")


@strawberry.type(
    description="The campaign is to so many that a second person has to approve it first."
)
class CampaignNeedsApproval(UserError):
    """Waits for a second person."""

    of = push.refusals.CampaignNeedsApproval
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")


@strawberry.type(description="The campaign does not wait for a second person.")
class CampaignNotWaiting(UserError):
    """Nothing to approve."""

    of = push.refusals.CampaignNotWaiting
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")


@strawberry.type(description="The campaign is neither under way nor about to be.")
class CampaignNotRunning(UserError):
    """Nothing to pause or stop."""

    of = push.refusals.CampaignNotRunning
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")


@strawberry.type(description="Only what is paused can be resumed.")
class CampaignNotPaused(UserError):
    """Nothing to resume."""

    of = push.refusals.CampaignNotPaused
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")


@strawberry.type(
    description="Who wrote or launched a campaign cannot be the second person who approves it."
)
class ApproverIsAuthor(UserError):
    """One person is not two."""

    of = push.refusals.ApproverIsAuthor
    at = ("input", "id")
    campaign_id: strawberry.ID = strawberry.field(description="The campaign.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [
    TemplateInvalid,
    CampaignUnknown,
    CampaignNotDraft,
    CampaignChanged,
    CampaignNeedsApproval,
    CampaignNotWaiting,
    CampaignNotRunning,
    CampaignNotPaused,
    ApproverIsAuthor,
]
