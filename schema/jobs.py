"""Work in the background: what waits and runs, and what was given up, for staff to decide on."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import chores, jobs
from loyalty.errors import BadInput
from schema.context import Context, Info
from schema.described import describe
from schema.pagination import (
    Connection,
    CountedConnection,
    InstantPage,
    Paged,
    connection,
    counted,
    cursor,
)
from schema.payloads import Input, Payload, answer
from schema.permissions import RUN_THE_SYSTEM, Needs
from schema.scalars import instant_text

_DEAD, _OPEN = "dead_jobs", "open_jobs"

JobStatus = jobs.Status
describe(
    JobStatus, "Where work in the background stands.",
    called="JobStatus",
    WAITING="Due at an instant, which may be over.",
    RUNNING="In a worker's hands.",
    DONE="Done.",
    DEAD="Failed too often, and left alone.",
)  # fmt: skip


@strawberry.type(description="Work in the background that waits or runs.")
class OpenJob:
    """A job that is not done."""

    job_id: strawberry.ID = strawberry.field(description="Its name, the same for ever.")
    kind: str = strawberry.field(description="What kind of work it is, such as wallets.expiry.")
    status: JobStatus = strawberry.field(description="WAITING or RUNNING.")
    due_at: datetime = strawberry.field(
        description="When it may be taken; while it runs, until when it is its worker's for sure."
    )
    attempts: int = strawberry.field(
        description="How often it was tried since it last came further."
    )
    holder: str | None = strawberry.field(
        description="The worker that has it, by machine and process; null while it waits."
    )
    error: str | None = strawberry.field(
        description="What went wrong last, for developers; null where nothing did."
    )


@strawberry.type(description="Work in the background that failed too often, and is left alone.")
class DeadJob:
    """A job that was given up."""

    job_id: strawberry.ID = strawberry.field(description="Its name, the same for ever.")
    kind: str = strawberry.field(description="What kind of work it is, such as campaign.chunk.")
    attempts: int = strawberry.field(
        description="How often it was tried since it last came further."
    )
    error: str | None = strawberry.field(description="What went wrong last, for developers.")
    died_at: datetime = strawberry.field(description="When it was given up.")


@strawberry.input(description="A dead job to try again.")
class JobRetryInput:
    """A job."""

    job_id: strawberry.ID = strawberry.field(description="The job.")


@strawberry.type(description="What became of a job that was to be tried again.")
class JobRetryPayload(Payload):
    """The job."""

    job_id: strawberry.ID | None = strawberry.field(
        default=None, description="The job, which waits for a worker now; null when refused."
    )


@strawberry.input(description="A dead job to give up.")
class JobGiveUpInput:
    """A job."""

    job_id: strawberry.ID = strawberry.field(description="The job.")


@strawberry.type(description="What became of a job that was to be given up.")
class JobGiveUpPayload(Payload):
    """The job."""

    job_id: strawberry.ID | None = strawberry.field(
        default=None, description="The job, of which nothing tells any more; null when refused."
    )


@strawberry.type
class StaffJobQuery:
    """What is to be done, and what was given up."""

    @strawberry.field(
        description="Work in the background that waits or runs, what is due first, first.",
        extensions=[Needs(RUN_THE_SYSTEM), Paged(_OPEN, InstantPage)],
    )
    async def jobs_open(
        self,
        info: Info,
        asked: InstantPage,
        kind: Annotated[
            str | None,
            strawberry.argument(description="Only of this kind; of every kind where it is null."),
        ] = None,
    ) -> Connection[OpenJob] | None:
        """List a page of jobs that are not done."""
        found = await jobs.undone(info.context.engine.mongo, _kinds(kind), asked.walk)
        return connection(asked, found, _due, show_open)

    @strawberry.field(
        description="Work in the background that was given up, newest first.",
        extensions=[Needs(RUN_THE_SYSTEM), Paged(_DEAD, InstantPage)],
    )
    async def jobs_dead(self, info: Info, asked: InstantPage) -> CountedConnection[DeadJob] | None:
        """List a page of dead jobs."""
        mongo = info.context.engine.mongo
        page = connection(asked, await jobs.dead(mongo, asked.walk), _cursor, show_dead)
        return counted(page, lambda: jobs.count_dead(mongo))


@strawberry.type
class StaffJobMutation:
    """What is done about it."""

    @strawberry.mutation(
        description="Let a dead job be tried again, with all its attempts; it goes on where it "
        "was. Who asked for it is kept.",
        extensions=[Needs(RUN_THE_SYSTEM)],
    )
    async def job_retry(self, info: Info, input: Input[JobRetryInput]) -> JobRetryPayload | None:
        """Retry."""
        return await answer(info.context, JobRetryPayload, _retry(info.context, input))

    @strawberry.mutation(
        description="Count a dead job as done, though it never will be: nothing tells of it any "
        "more. Who asked for it is kept for a week.",
        extensions=[Needs(RUN_THE_SYSTEM)],
    )
    async def job_give_up(
        self, info: Info, input: Input[JobGiveUpInput]
    ) -> JobGiveUpPayload | None:
        """Give up."""
        return await answer(info.context, JobGiveUpPayload, _give_up(info.context, input))


async def _retry(context: Context, wanted: JobRetryInput) -> JobRetryPayload:
    job = await jobs.retry(context.engine, wanted.job_id, context.actor)
    return JobRetryPayload(job_id=strawberry.ID(job.id))


async def _give_up(context: Context, wanted: JobGiveUpInput) -> JobGiveUpPayload:
    job = await jobs.give_up(context.engine, wanted.job_id, context.actor)
    return JobGiveUpPayload(job_id=strawberry.ID(job.id))


def _kinds(kind: str | None) -> list[str]:
    """Give the kinds that are meant. Raises BadInput for one that there is not."""
    kinds = chores.kinds()
    if kind is not None and kind not in kinds:
        raise BadInput(f"there is no such kind; there are {', '.join(kinds)}", ("kind",))
    return kinds if kind is None else [kind]


def show_open(job: jobs.Job) -> OpenJob:
    """Show a job that waits or runs."""
    assert job.due_at is not None, "what is not done is due at some time"
    return OpenJob(
        job_id=strawberry.ID(job.id),
        kind=job.kind,
        status=job.status,
        due_at=job.due_at,
        attempts=job.attempts,
        holder=job.holder,
        error=job.error,
    )


def _due(job: jobs.Job) -> str:
    assert job.due_at is not None, "what is not done is due at some time"
    return cursor(_OPEN, instant_text(job.due_at), job.id)


def show_dead(job: jobs.Job) -> DeadJob:
    """Show a job that was given up."""
    assert job.died_at is not None, "the dead are listed by when they died"
    return DeadJob(
        job_id=strawberry.ID(job.id),
        kind=job.kind,
        attempts=job.attempts,
        error=job.error,
        died_at=job.died_at,
    )


def _cursor(job: jobs.Job) -> str:
    assert job.died_at is not None, "the dead are listed by when they died"
    return cursor(_DEAD, instant_text(job.died_at), job.id)
