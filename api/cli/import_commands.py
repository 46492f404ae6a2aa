"""The command `import purchases`, for the history a shop already has."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from api.cli.program_commands import read_source
from api.cli.progress import progress
from api.cli.running import DataDir, opened, run

if TYPE_CHECKING:
    from api.importing import Tally
    from loyalty.activities import BadLine, Intake
    from loyalty.program import Program

SHOWN_BAD_LINES = 20

importing = typer.Typer(help="Bring in the history of a shop.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(importing, name="import")


class Format(StrEnum):
    """The formats that can be read."""

    CDNOW = "cdnow"
    CSV = "csv"


@importing.callback()
def _group() -> None:
    """Bring in the history of a shop."""


@importing.command()
def purchases(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The file to read.")],
    format: Annotated[
        Format,
        typer.Option(
            help="`cdnow`: customer, date YYYYMMDD, discs, dollars, by spaces. `csv`: a header and "
            "order, customer, date, and total, or amount, or price and quantity; may have "
            "currency, product, name, category, store, channel, payment_method."
        ),
    ],
    program: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Publish this program first."),
    ] = None,
    columns: Annotated[
        str,
        typer.Option(help="csv: what columns are called, as `order=InvoiceNo,price=UnitPrice`."),
    ] = "",
    source: Annotated[
        str, typer.Option(help="csv: who reports the orders; their ids are unique within it.")
    ] = "csv",
    rejects: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write every line left out to this file.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Record each purchase of a file at its own date; unknown customers become members.

    Running it twice changes nothing. Lines that cannot be used are listed and left out.

    Example: `stamkund import purchases cdnow_master.txt --format cdnow --program
    examples/programs/points.yaml`
    """
    if format is Format.CDNOW and (columns or source != "csv"):
        raise typer.BadParameter("--columns and --source are for csv, which alone has a header")
    csv_options = (source, _mapping(columns))
    terms = None if program is None else read_source(program)

    async def work(left_out: TextIO | None) -> None:
        import time

        from api.importing import import_sales
        from loyalty import program as programs

        started = time.monotonic()
        intake = None  # a file that cannot be read must publish nothing
        if terms is not None:
            intake = _read(file, format, programs.parse(terms), csv_options)
        async with opened(data_dir) as house:
            if terms is not None:
                await programs.publish(house.engine, terms)
            version = await programs.active(house.engine)
            if intake is None:
                started = time.monotonic()
                intake = _read(file, format, version.program, csv_options)
            with progress("purchases", len(intake.sales)) as advance:
                tally = await import_sales(house.engine, intake, advance)
            _summarize(tally, time.monotonic() - started)
            if left_out is not None:
                left_out.writelines(map(_bad_line, tally.bad_lines))

    with _writable(rejects, file) as left_out:
        run(work(left_out))


@contextmanager
def _writable(path: Path | None, source: Path) -> Iterator[TextIO | None]:
    """Open the file of rejected lines at the start: at the end it is late to find out."""
    if path is None:
        yield None
        return
    if path.resolve() == source.resolve():
        raise typer.BadParameter("this is the file to read", param_hint="--rejects")
    with path.open("w", encoding="utf-8") as file:
        yield file


def _mapping(columns: str) -> dict[str, str]:
    """Read `order=InvoiceNo,price=UnitPrice`."""
    pairs = [pair.split("=", 1) for pair in columns.split(",") if pair]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise typer.BadParameter(
            "write pairs such as order=InvoiceNo,customer=CustomerID", param_hint="--columns"
        )
    return {name.strip(): column.strip() for name, column in pairs}


def _read(
    file: Path, format: Format, program: "Program", csv_options: tuple[str, dict[str, str]]
) -> "Intake":
    from loyalty import activities

    # A stray byte must not stop an import: it shows as U+FFFD in a product's name.
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        if format is Format.CDNOW:
            return activities.read_cdnow(text, program)
        return activities.read_csv(text.readlines(), program, activities.CsvShape(*csv_options))


def _summarize(tally: "Tally", seconds: float) -> None:
    """Print what was done."""
    bad = tally.bad_lines
    points = ", ".join(f"{count} {name}" for name, count in sorted(tally.points.items())) or "none"
    count = tally.new + tally.there
    typer.echo(f"purchases: {tally.new} new, {tally.there} already there")
    typer.echo(f"lines left out: {len(bad)}")
    for line in bad[:SHOWN_BAD_LINES]:
        typer.echo(f"  {_bad_line(line)}", nl=False)
    if len(bad) > SHOWN_BAD_LINES:
        more = len(bad) - SHOWN_BAD_LINES
        typer.echo(f"  and {more} more; --rejects FILE writes them all")
    typer.echo(f"members: {tally.members_new} new")
    typer.echo(f"points earned: {points}")
    typer.echo(f"time: {seconds:.1f} s, {count / max(seconds, 0.001):.0f} purchases/s")


def _bad_line(bad: "BadLine") -> str:
    return f"line {bad.number}: {bad.reason}\n"
