"""What is seen of a campaign before it goes: Firebase's word, tests, how a member reads it."""

from datetime import datetime

import strawberry

from loyalty.push import previews, trials
from schema.enums import DeliveryStatus
from schema.push.enums import CheckOutcome
from schema.scalars import Locale


@strawberry.type(description="A field of a text that some of the audience have not.")
class CampaignGap:
    """A gap."""

    field: str = strawberry.field(description="The field, such as `nextTier`.")
    members: int = strawberry.field(description="How many of those looked at have nothing there.")
    of: int = strawberry.field(description="How many members of the audience were looked at.")


@strawberry.type(description="What Firebase makes of one wording in one language.")
class CampaignCheck:
    """A check."""

    variant: strawberry.ID = strawberry.field(description="The wording.")
    locale: Locale = strawberry.field(description="The language.")
    outcome: CheckOutcome = strawberry.field(description="What it makes of it.")
    code: str | None = strawberry.field(description="Why; null where it takes it.")
    missing: list[CampaignGap] = strawberry.field(
        description="Its fields that some of the audience have not: how does it read without?"
    )


@strawberry.type(description="Firebase was asked about every text of a campaign; nothing was sent.")
class CampaignValidation:
    """A validation."""

    version: int = strawberry.field(description="The version whose texts it was asked about.")
    outcome: CheckOutcome = strawberry.field(description="The worst of all.")
    asked_at: datetime = strawberry.field(description="When somebody wanted it.")
    asked_by: str = strawberry.field(description="Who.")
    checked_at: datetime | None = strawberry.field(
        description="When Firebase had answered; null until a worker has asked."
    )
    checks: list[CampaignCheck] = strawberry.field(description="By wording and language.")


@strawberry.type(description="What became of one wording for one receiver of a test.")
class CampaignTestResult:
    """A result."""

    member_id: strawberry.ID = strawberry.field(description="Who.")
    variant: strawberry.ID = strawberry.field(description="The wording.")
    status: DeliveryStatus = strawberry.field(description="What became of it.")
    reason: str | None = strawberry.field(description="Why it was not sent or failed, else null.")


@strawberry.type(description="A test of a campaign; it counts nowhere.")
class CampaignTest:
    """A test."""

    at: datetime = strawberry.field(description="When it was asked for.")
    who: str = strawberry.field(description="Who asked.")
    done_at: datetime | None = strawberry.field(
        description="When it was sent; null until a worker has."
    )
    results: list[CampaignTestResult] = strawberry.field(description="What became of it.")


@strawberry.type(description="One wording in one language, as a member would read it now.")
class PreviewMessage:
    """A message."""

    variant: strawberry.ID = strawberry.field(description="The wording.")
    locale: Locale = strawberry.field(description="The language.")
    title: str = strawberry.field(description="The title, filled in.")
    body: str = strawberry.field(description="The body, filled in.")
    size_bytes: int | None = strawberry.field(
        description="How large it is for a phone, of at most 4,096; null where it is larger."
    )
    theirs: bool = strawberry.field(description="Whether it is the one this member would get.")
    problem: str | None = strawberry.field(description="Why it cannot be sent; null where it can.")
    missing: list[str] = strawberry.field(
        description="Its fields that this member has not: how does it read without?"
    )


@strawberry.type(description="A campaign as one member would get it now; nothing was sent.")
class CampaignPreview:
    """A preview."""

    member_id: strawberry.ID = strawberry.field(description="The member.")
    status: DeliveryStatus = strawberry.field(
        description="What would become of it: SENT, HELD or SUPPRESSED."
    )
    reason: str | None = strawberry.field(
        description="Why it would not be sent, such as HOLDOUT or NOT_IN_AUDIENCE; else null."
    )
    until: datetime | None = strawberry.field(
        description="Until when it would be held, for quiet hours or the member's own hour."
    )
    messages: list[PreviewMessage] = strawberry.field(description="By wording and language.")


def show_validation(validation: trials.Validation) -> CampaignValidation:
    """Show what Firebase said."""
    return CampaignValidation(
        version=validation.version,
        outcome=validation.outcome,
        asked_at=validation.asked_at,
        asked_by=validation.asked_by,
        checked_at=validation.checked_at,
        checks=[
            CampaignCheck(
                variant=strawberry.ID(check.variant),
                locale=Locale(check.locale),
                outcome=check.outcome,
                code=check.code,
                missing=[
                    CampaignGap(field=gap.field, members=gap.members, of=gap.of)
                    for gap in check.missing
                ],
            )
            for check in validation.checks
        ],
    )


def show_test(trial: trials.Trial) -> CampaignTest:
    """Show a test."""
    return CampaignTest(
        at=trial.at,
        who=trial.who,
        done_at=trial.done_at,
        results=[
            CampaignTestResult(
                member_id=strawberry.ID(result.member_id),
                variant=strawberry.ID(result.variant),
                status=result.status,
                reason=result.reason,
            )
            for result in trial.results
        ],
    )


def show_preview(preview: previews.Preview) -> CampaignPreview:
    """Show how a member would read a campaign."""
    return CampaignPreview(
        member_id=strawberry.ID(preview.member_id),
        status=preview.fate.status,
        reason=preview.fate.reason,
        until=preview.fate.until,
        messages=[
            PreviewMessage(
                variant=strawberry.ID(message.variant),
                locale=Locale(message.locale),
                title=message.title,
                body=message.body,
                size_bytes=message.size_bytes,
                theirs=message.is_theirs,
                problem=message.problem,
                missing=list(message.missing),
            )
            for message in preview.messages
        ],
    )
