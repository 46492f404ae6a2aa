"""Campaigns: what marketing writes, to whom, and how far it has come; nothing is sent here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from loyalty.errors import BadInput

NAME_LIMIT = 200
TITLE_LIMIT = 120
BODY_LIMIT = 1_000
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$")
_DEEP_LINK = re.compile(r"^[a-z][a-z0-9+.-]*://[!-~]{1,480}$")


class AudienceKind(StrEnum):
    """Say who a campaign is for."""

    EVERYONE = "EVERYONE"
    TIER = "TIER"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who a campaign is for; `tier` belongs to kind TIER."""

    kind: AudienceKind
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignInput:
    """What marketing wants sent: texts by language, with personal fields such as `{firstName}`."""

    key: str
    name: str
    title: Mapping[str, str]
    body: Mapping[str, str]
    audience: Audience
    deep_link: str | None = None


class CampaignStatus(StrEnum):
    """Say where a campaign stands in its life."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a campaign's messages so far, counted from its deliveries.

    `audience` grows while members are gone through; `suppressed` is by reason.
    """

    audience: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Give how many are still to be settled."""
        return (
            self.audience - self.sent - self.failed - self.unknown - sum(self.suppressed.values())
        )


@dataclass(frozen=True, slots=True)
class Campaign:
    """A message of marketing to many members; `reason` says why it was stopped."""

    id: str
    name: str
    title: Mapping[str, str]
    body: Mapping[str, str]
    audience: Audience
    deep_link: str | None
    status: CampaignStatus
    counts: Counts
    created_at: datetime
    created_by: str
    finished_at: datetime | None = None
    reason: str | None = None


def check_campaign(wanted: CampaignInput) -> None:
    """Refuse what cannot be a campaign; the texts' fields are not looked at. Raises BadInput."""
    if not 1 <= len(wanted.name.strip()) <= NAME_LIMIT:
        raise BadInput(f"1 to {NAME_LIMIT} characters", ("name",))
    if (wanted.audience.kind is AudienceKind.TIER) != (wanted.audience.tier is not None):
        raise BadInput("name a tier with kind TIER, and only there", ("audience", "tier"))
    if wanted.deep_link is not None and not _DEEP_LINK.match(wanted.deep_link):
        raise BadInput("not a link such as myapp://offers or https://…", ("deepLink",))
    if not wanted.title or set(wanted.title) != set(wanted.body):
        raise BadInput("write a title and a body in the same languages", ("body",))
    for part, texts, limit in (
        ("title", wanted.title, TITLE_LIMIT),
        ("body", wanted.body, BODY_LIMIT),
    ):
        for language, text in texts.items():
            if not _LANGUAGE.match(language):
                raise BadInput("not a BCP 47 language such as sv or da-DK", (part, language))
            if not 1 <= len(text.strip()) <= limit:
                raise BadInput(f"1 to {limit} characters", (part, language))
