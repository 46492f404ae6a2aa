"""Jobs: work that survives its worker, kept in MongoDB; what is done in a job is not known here.

* `enqueue(mongo, [Job(id, kind, due_at, data)])`: the same id is the same job, however often.
* A handler is `async def work(engine, held) -> datetime | None`: None when the job is done, or the
  instant at which it goes on (no attempt is counted: a paused campaign, a recurring job).
* `held.job.data` is what it is about; `await held.progress(data)` keeps how far it has come, and
  is False when the job is another's by now. `held.is_sure()` is False once the lease may be over
  or the worker stops; `held.check()` raises Interrupted then, which gives the job back.
* An exception fails it: `Unavailable` waits (but `TooSlow` does not), any other counts an
  attempt, and after eight in a row without progress the job is dead until somebody calls `retry`.
* `take` and `run` are the worker's; `work_off` does all that is due, for whom drives the engine by
  hand. `release` and `left` are for jobs made together, whose ids begin alike.
* `Every` and `Daily` say when a recurring job is due, `at_local` which instant a local time is.
"""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.jobs.rules import (
    Daily, Every, Job, JobNotDead, Lease, Schedule, Status, Tally, at_local, next_run,
)
from loyalty.jobs.service import (
    Handler, Held, Interrupted, Outcome, Result, give_up, retry, run, take, work_off,
)
from loyalty.jobs.store import (
    begin_recurring, count_dead, dead, enqueue, find, left, prepare, release, tallies, undone,
)

__all__ = [
    "Daily", "Every", "Handler", "Held", "Interrupted", "Job", "JobNotDead", "Lease", "Outcome",
    "Result", "Schedule", "Status", "Tally", "at_local", "begin_recurring", "count_dead", "dead",
    "enqueue", "find", "give_up", "left", "next_run", "prepare", "release", "retry", "run", "take",
    "tallies", "undone", "work_off",
]
