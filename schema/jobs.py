"""Work in the background that was given up, for staff to look at and to let be tried again."""

from datetime import datetime

import strawberry

from loyalty import jobs
from schema.context import Context, Info
from schema.pagination import CountedConnection, InstantPage, Paged, connection, counted, cursor
from schema.payloads import Input, Payload, answer
from schema.permissions import RUN_THE_SYSTEM, Needs
from schema.scalars import instant_text

_DEAD = "dead_jobs"


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


@strawberry.type
class StaffJobQuery:
    """What was given up."""

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


async def _retry(context: Context, wanted: JobRetryInput) -> JobRetryPayload:
    job = await jobs.retry(context.engine, wanted.job_id, context.actor)
    return JobRetryPayload(job_id=strawberry.ID(job.id))


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
