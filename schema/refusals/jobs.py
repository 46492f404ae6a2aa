"""What is said no to about work in the background."""

import strawberry

from loyalty import jobs
from schema.refusals.kinds import UserError


@strawberry.type(description="No dead job has this id: it waits, it is done, or there is none.")
class JobNotDead(UserError):
    """Nothing to bring back."""

    of = jobs.JobNotDead
    at = ("input", "jobId")
    job_id: strawberry.ID = strawberry.field(description="The id that was sent.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [JobNotDead]
