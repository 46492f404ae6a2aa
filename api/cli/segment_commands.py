"""The commands `segment preview` and `segment explain`."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.program_commands import PLAIN_WIDTH, read_source
from api.cli.running import DataDir, give_up, opened, run

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from loyalty.segments import Definition, Explanation, Preview

TO_THE_END = timedelta.max

segments_app = typer.Typer(help="Try segments of members.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(segments_app, name="segment")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The segment, in YAML.")]


def read_definition(file: Path) -> "Definition":
    """Read a segment file; end the command where it cannot be one."""
    from loyalty import segments
    from loyalty.errors import BadInput

    try:
        return segments.read(read_source(file))
    except BadInput as bad:
        give_up(f"{file}: {bad}")


@segments_app.command()
def preview(
    file: File,
    sample: Annotated[int, typer.Option(min=0, max=50, help="How many members to show.")] = 10,
    data_dir: DataDir = None,
) -> None:
    """Count the members of a segment, and show some of them.

    Example: `stamkund segment preview lapsed.yaml`
    """
    definition = read_definition(file)

    async def work() -> None:
        from api.cli.campaign_tables import print_unheard
        from loyalty import segments

        async with opened(data_dir) as house:
            now = house.engine.clock()
            found = await segments.preview(house.engine, definition, sample, now, TO_THE_END)
        _console().print(*_counted(found))
        print_unheard(found.unheard)

    run(work())


@segments_app.command()
def explain(
    file: File,
    member_id: Annotated[str, typer.Argument(metavar="MEMBER", help="The member's id.")],
    locale: Annotated[str, typer.Option(help="The language to say it in.")] = "en",
    data_dir: DataDir = None,
) -> None:
    """Say why a member is in a segment or is not, part by part.

    Example: `stamkund segment explain lapsed.yaml mbr_0198... --locale sv`
    """
    definition = read_definition(file)

    async def work() -> None:
        from loyalty import segments

        async with opened(data_dir) as house:
            now = house.engine.clock()
            found = await segments.explain(house.engine, definition, member_id, now)
        _console().print(*_explained(found, locale))

    run(work())


def _console() -> "Console":
    """Give what prints; what reads a pipe or a file has no edge to wrap at."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False)


def _counted(found: "Preview") -> list["str | Table"]:
    from rich.table import Table

    from loyalty import members

    least = "" if found.exact else "at least "
    said = f"{least}{found.count:,} of {found.members:,} members"
    if not found.sample:
        return [said]
    table = Table("member", "name", "language", "joined")
    for state in found.sample:
        profile = members.profile_of(state)
        name = " ".join(filter(None, (profile.first_name, profile.last_name)))
        table.add_row(state.member_id, name, profile.locale, f"{profile.enrolled_at:%Y-%m-%d}")
    return [said, table]


def _explained(found: "Explanation", locale: str) -> list["str | Table"]:
    from rich.table import Table

    table = Table("", "about", "asked", "has")
    for one in found.findings:
        words = found.words(one, locale)
        about = f"{'  ' * one.depth}{words.about}"
        table.add_row("yes" if one.met else "no", about, words.asked or "", words.actual or "")
    verdict = "is in the segment" if found.is_in else "is not in the segment"
    status = "" if found.status.value == "ACTIVE" else f": {found.status.value}"
    return [f"{found.member_id} {verdict}{status}", table]
