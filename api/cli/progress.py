"""Progress of long work: a bar on a terminal, now and then a plain line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

LINE_SECONDS = 2.0


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show how far the work is, on standard error; call what is given with each step done."""
    if sys.stderr.isatty():
        with _bar(label, total) as advance:
            yield advance
    else:
        yield _lines(label, total)


@contextmanager
def _bar(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(label, total=total)
        yield lambda count: shown.advance(task, count)


def _lines(label: str, total: int | None) -> Callable[[int], None]:
    done = 0
    said_at = time.monotonic()

    def advance(count: int) -> None:
        nonlocal done, said_at
        done += count
        if done == total or time.monotonic() - said_at >= LINE_SECONDS:
            said_at = time.monotonic()
            typer.echo(f"{label}: {done}" + (f" of {total}" if total else ""), err=True)

    return advance
