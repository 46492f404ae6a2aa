"""The commands `nudges list` and `nudges simulate`: what the program tells members by itself."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.running import DataDir, opened, run

if TYPE_CHECKING:
    from rich.table import Table

    from loyalty import push

PLAIN_WIDTH = 1_000

nudges_app = typer.Typer(help="Look at what the program tells members by itself.")
commands = typer.Typer()
commands.add_typer(nudges_app, name="nudges", no_args_is_help=True)


@nudges_app.command(name="list")
def list_nudges(data_dir: DataDir = None) -> None:
    """List the nudges of the program in force, and what became of those of the last 24 hours.

    Example: `stamkund nudges list`
    """

    async def work() -> None:
        from loyalty import push

        async with opened(data_dir) as house:
            _print(_listed(await push.nudges.listed(house.engine)))

    run(work())


@nudges_app.command()
def simulate(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")] = 50,
    data_dir: DataDir = None,
) -> None:
    """Show what would be sent within 24 hours: when (UTC), to whom, in which words, or why not.

    Nothing is sent. What members do meanwhile, such as a purchase, is not foreseen.

    Example: `stamkund nudges simulate --limit 20`
    """

    async def work() -> None:
        from loyalty import push
        from loyalty.walks import Walk

        async with opened(data_dir) as house:
            _print(_foreseen(await push.nudges.simulate(house.engine, Walk(limit))))

    run(work())


def _listed(found: Iterable["push.nudges.Listed"]) -> "Table":
    from rich.table import Table

    table = Table("nudge", "switch", "purpose", "cap", box=None, pad_edge=False)
    for name in ("waiting", "sent", "not sent"):
        table.add_column(name, justify="right")
    for one in found:
        cap = f"{one.cap.count} in {one.cap.days} d" if one.cap else ""
        counts = (one.waiting, one.sent, sum(one.suppressed.values()))
        switch = "on" if one.enabled else "off"
        table.add_row(one.trigger, switch, one.purpose.lower(), cap, *map(str, counts))
    return table


def _foreseen(found: Iterable["push.nudges.Foreseen"]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("when (UTC)", "member", "nudge", "what", box=None, pad_edge=False)
    for one in found:
        told = one.delivery
        style = "dim" if one.reason else ""
        what = f"not sent: {one.reason}" if one.reason else f"{told.title} | {told.body}"
        table.add_row(
            _written(one.at),
            Text(told.member_id, overflow="fold"),
            told.kind or "",
            Text(what, style=style),
        )
    return table


def _written(at: datetime) -> str:
    return f"{at.replace(tzinfo=UTC):%Y-%m-%d %H:%M}"


def _print(table: "Table") -> None:
    """Print a table for people; what reads a pipe or a file has no edge to wrap at."""
    from rich.console import Console

    console: Console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    console.print(table if table.row_count else "there are none")
