"""What staff do about challenges: look at what members submitted, and say yes or no."""

from typing import Annotated, TypeVar

import strawberry

from loyalty import challenges
from loyalty.challenges import Deciding
from schema.challenges.standings import Submission, find_submission, show_submission
from schema.context import Context, Info
from schema.enums import SubmissionStatus
from schema.pagination import Connection, InstantPage, Paged, connection, cursor
from schema.payloads import Input, OfMember, Repeatable, answer
from schema.permissions import MODERATE, Needs
from schema.scalars import instant_text, short_text
from schema.wallets.moves import KEY

_SUBMISSIONS = "submissions"


@strawberry.type(description="Something submitted, and whose it is.")
class ListedSubmission:
    """Something submitted, for staff."""

    member_id: strawberry.ID = strawberry.field(description="Who submitted it.")
    submission: Submission = strawberry.field(description="What was submitted.")


@strawberry.type
class StaffChallengeQuery:
    """What staff ask about challenges."""

    @strawberry.field(
        description="What members submitted, oldest first; a moment behind what was just done.",
        extensions=[Needs(MODERATE), Paged(_SUBMISSIONS, InstantPage)],
    )
    async def submissions(
        self,
        info: Info,
        asked: InstantPage,
        status: Annotated[
            SubmissionStatus, strawberry.argument(description="Only those that stand here.")
        ] = SubmissionStatus.WAITING,
    ) -> Connection[ListedSubmission] | None:
        """List a page of submissions."""
        found = await challenges.submissions.walk(info.context.engine, status, asked.walk)
        return connection(asked, found, _cursor, _show)


Listed = tuple[str, challenges.Submission]


def _cursor(listed: Listed) -> str:
    _, made = listed
    return cursor(_SUBMISSIONS, instant_text(made.at), made.id)


def _show(listed: Listed) -> ListedSubmission:
    member_id, made = listed
    return ListedSubmission(member_id=strawberry.ID(member_id), submission=show_submission(made))


@strawberry.input(description="A submission that counts.")
class SubmissionApproveInput:
    """A yes."""

    id: strawberry.ID = strawberry.field(description="The submission.")
    reason: str | None = strawberry.field(
        default=None, description="What the member reads with it; 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A submission that does not count.")
class SubmissionRejectInput:
    """A no."""

    id: strawberry.ID = strawberry.field(description="The submission.")
    reason: str = strawberry.field(description="Why; the member reads it. 1 to 200 characters.")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type
class DecidedPayload(OfMember, Repeatable):
    """What was decided on."""

    submission: Submission | None = strawberry.field(
        default=None, description="The submission as it stands now; null when it was refused."
    )


@strawberry.type(description="What became of a yes.")
class SubmissionApprovePayload(DecidedPayload):
    """What counts."""


@strawberry.type(description="What became of a no.")
class SubmissionRejectPayload(DecidedPayload):
    """What does not count."""


@strawberry.type
class StaffChallengeMutation:
    """What staff do about challenges."""

    @strawberry.mutation(
        description="Approve a submission: soon after, it counts as the event it stands for, from "
        "when it was submitted.",
        extensions=[Needs(MODERATE)],
    )
    async def submission_approve(
        self, info: Info, input: Input[SubmissionApproveInput]
    ) -> SubmissionApprovePayload | None:
        """Approve."""
        return await answer(info.context, SubmissionApprovePayload, _approve(info.context, input))

    @strawberry.mutation(
        description="Reject a submission: its place in the period is free again.",
        extensions=[Needs(MODERATE)],
    )
    async def submission_reject(
        self, info: Info, input: Input[SubmissionRejectInput]
    ) -> SubmissionRejectPayload | None:
        """Reject."""
        return await answer(info.context, SubmissionRejectPayload, _reject(info.context, input))


async def _approve(context: Context, said: SubmissionApproveInput) -> SubmissionApprovePayload:
    reason = None if said.reason is None else short_text(said.reason, "reason")
    wanted = Deciding(said.id, approve=True, key=said.key, actor=context.actor, reason=reason)
    return await _decided(context, SubmissionApprovePayload, wanted)


async def _reject(context: Context, said: SubmissionRejectInput) -> SubmissionRejectPayload:
    reason = short_text(said.reason, "reason")
    wanted = Deciding(said.id, approve=False, key=said.key, actor=context.actor, reason=reason)
    return await _decided(context, SubmissionRejectPayload, wanted)


D = TypeVar("D", bound=DecidedPayload)


async def _decided(context: Context, payload: type[D], wanted: Deciding) -> D:
    outcome = await challenges.decide_on(context.engine, wanted)
    view = await context.view(outcome.state)
    submission = find_submission(view, wanted.submission)
    return payload(view=view, submission=submission, replayed=outcome.replayed)
