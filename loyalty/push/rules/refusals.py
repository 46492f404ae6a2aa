"""What a campaign is refused for, with the facts."""

from dataclasses import dataclass

from loyalty.errors import Refusal


@dataclass(frozen=True, slots=True)
class TemplateInvalid(Refusal):
    """A text cannot be filled in: `field` is not one of `allowed`; None where braces are amiss."""

    variant: str
    part: str
    language: str
    field: str | None
    allowed: tuple[str, ...]

    @property
    def wording(self) -> str:
        """Name the text that says whether it is a field or the braces."""
        return "TemplateInvalid" if self.field is None else "TemplateFieldUnknown"


@dataclass(frozen=True, slots=True)
class CampaignUnknown(Refusal):
    """There is no campaign with this id."""

    campaign_id: str


@dataclass(frozen=True, slots=True)
class CampaignNotDraft(Refusal):
    """What was launched is neither changed nor launched again; a copy of it can be."""

    campaign_id: str
    status: str


@dataclass(frozen=True, slots=True)
class CampaignChanged(Refusal):
    """Somebody changed the campaign since it was read: `version` is the one it has now."""

    campaign_id: str
    version: int


@dataclass(frozen=True, slots=True)
class CampaignNeedsApproval(Refusal):
    """The campaign is to so many that a second person has to approve it first."""

    campaign_id: str


@dataclass(frozen=True, slots=True)
class CampaignNotWaiting(Refusal):
    """The campaign does not wait for a second person."""

    campaign_id: str
    status: str


@dataclass(frozen=True, slots=True)
class CampaignNotRunning(Refusal):
    """The campaign is neither under way nor about to be."""

    campaign_id: str
    status: str


@dataclass(frozen=True, slots=True)
class CampaignNotPaused(Refusal):
    """Only what is paused can be resumed."""

    campaign_id: str
    status: str


@dataclass(frozen=True, slots=True)
class ApproverIsAuthor(Refusal):
    """Who wrote or launched a campaign cannot be the second person who approves it."""

    campaign_id: str
