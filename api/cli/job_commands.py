"""The commands `jobs list`, `show`, `retry`, `give-up`, for who runs the background work."""

import getpass
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.running import DataDir, give_up, opened, run

if TYPE_CHECKING:
    from loyalty.jobs import Job

PLAIN_WIDTH = 1_000
ERROR_WIDTH = 60

jobs_app = typer.Typer(help="Look at work in the background, and bring it back.")
commands = typer.Typer()
commands.add_typer(jobs_app, name="jobs", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(help="The job, as `stamkund jobs list` names it.")]


@jobs_app.command(name="list")
def list_jobs(
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    kind: Annotated[str, typer.Option(help="Only of this kind, such as wallets.expiry.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """List the dead, then those that run or wait, in the order in which they are due.

    Example: `stamkund jobs list --dead`
    """

    async def work() -> None:
        from loyalty import chores, jobs
        from loyalty.walks import Walk

        kinds = chores.kinds()
        if kind and kind not in kinds:
            give_up(f"there is no kind {kind}; there are: {', '.join(kinds)}")
        async with opened(data_dir) as house:
            found = await jobs.dead(house.mongo, Walk(limit), kind or None)
            if not dead:
                found += await jobs.undone(house.mongo, [kind] if kind else kinds, Walk(limit))
            _print(found[:limit], house.engine.clock())

    run(work())


@jobs_app.command()
def show(job_id: JobId, data_dir: DataDir = None) -> None:
    """Show all that is known of a job: what it is about, who holds it, what went wrong.

    Example: `stamkund jobs show wallets.expiry`
    """

    async def work() -> None:
        from loyalty import jobs

        async with opened(data_dir) as house:
            job = await jobs.find(house.mongo, job_id)
            now = house.engine.clock()
        if job is None:
            give_up(f"there is no job {job_id}; done ones are kept for a week")
        for name, text in _facts(job, now).items():
            typer.echo(f"{name:9} {text}")

    run(work())


@jobs_app.command()
def retry(
    job_id: Annotated[str, typer.Argument(help="A dead job.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every dead job there is.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Let a dead job be tried again, with all its attempts; a worker takes it within a second.

    Example: `stamkund jobs retry cmp_0198f3c2:chunk:0:12`
    """
    if every == bool(job_id):
        give_up("say which: a job, or --all", 2)

    async def work() -> None:
        from contextlib import suppress

        from loyalty import jobs
        from loyalty.errors import Refused
        from loyalty.walks import Walk

        async with opened(data_dir) as house:
            if not every:
                await jobs.retry(house.engine, job_id, _who())
            retried = 0
            for job in await jobs.dead(house.mongo, Walk(0)) if every else ():
                with suppress(Refused):  # by somebody else, meanwhile
                    await jobs.retry(house.engine, job.id, _who())
                    retried += 1
        typer.echo(f"waits for a worker: {retried if every else job_id}")

    run(work())


@jobs_app.command(name="give-up")
def give_up_job(job_id: JobId, data_dir: DataDir = None) -> None:
    """Count a dead job as done, though it never will be: nothing tells of it any more.

    Example: `stamkund jobs give-up cmp_0198f3c2:chunk:0:12`
    """

    async def work() -> None:
        from loyalty import jobs

        async with opened(data_dir) as house:
            await jobs.give_up(house.engine, job_id, _who())
        typer.echo(f"given up: {job_id}")

    run(work())


def _who() -> str:
    """Name who sits at this machine, as far as it knows."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "command"


def _print(found: list["Job"], now: datetime) -> None:
    """Print jobs as a table for people."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # What reads a pipe or a file has no edge to wrap at.
    console: Console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    if not found:
        console.print("there are none")
        return
    table = Table("job", "status", "when", box=None, pad_edge=False)
    table.add_column("attempts", justify="right")
    table.add_column("last error")
    for job in found:
        error = (job.error or "").partition("\n")[0]
        table.add_row(
            Text(job.id, overflow="fold"),
            Text(job.status, style=_STYLES.get(job.status, "")),
            _when(job, now),
            str(job.attempts),
            Text(error if len(error) <= ERROR_WIDTH else f"{error[:ERROR_WIDTH]}…"),
        )
    console.print(table)


_STYLES = {"DEAD": "bold red", "RUNNING": "green"}


def _facts(job: "Job", now: datetime) -> dict[str, str]:
    """Name what there is to say of a job, leaving out what is not so."""
    import orjson

    told = {
        "job": job.id,
        "kind": job.kind,
        "status": job.status.value,
        "when": _when(job, now),
        "attempts": str(job.attempts),
        "taken": f"{job.fence} times" if job.fence else "",
        "holder": job.holder or "",
        "error": job.error or "",
        "data": orjson.dumps(dict(job.data), default=str).decode() if job.data else "",
    }
    return {name: text for name, text in told.items() if text}


def _when(job: "Job", now: datetime) -> str:
    """Say when a job is due, until when it is held, or since when it is dead."""
    from loyalty.jobs import Status

    match job.status:
        case Status.RUNNING if job.due_at:
            return f"held for {_span(job.due_at - now)}" if job.due_at > now else "lease over"
        case Status.WAITING if job.due_at:
            wait = job.due_at - now
            return f"in {_span(wait)}" if wait > timedelta(0) else f"due for {_span(-wait)}"
        case Status.DEAD if job.died_at:
            return f"{_span(now - job.died_at)} ago"
    return ""


def _span(span: timedelta) -> str:
    """Write a span of time by its largest unit, rounded down: 3 d, 5 h, 12 min, 40 s."""
    seconds = max(int(span.total_seconds()), 0)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
