"""How a command runs: its shared options, its event loop, and its stop by a signal."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from api.installation import Installation

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Directory of the embedded MongoDB; STAMKUND_MONGO_URL takes its place where it is "
        "set. Default: STAMKUND_DATA_DIR, or .stamkund",
        file_okay=False,
        show_default=False,
    ),
]


def give_up(message: str, code: int = 1) -> NoReturn:
    """End the command with a message on standard error."""
    typer.echo(f"stamkund: {message}", err=True)
    raise typer.Exit(code)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command's work; SIGTERM lets it clean up, as Ctrl-C does."""
    try:
        _runner()(_stoppable(work))
    except KeyboardInterrupt:
        give_up("stopped", 130)
    except asyncio.CancelledError:
        give_up("stopped", 143)


def _runner() -> Any:
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


async def _stoppable(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    # Not the loop's own handlers: those would stay in force beside the server's.
    signal.signal(signal.SIGTERM, lambda _number, _frame: loop.call_soon_threadsafe(task.cancel))
    await work


@asynccontextmanager
async def opened(data_dir: Path | None = None, **overrides: Any) -> AsyncIterator["Installation"]:
    """Open what a short command needs, with only warnings in its log."""
    from api.installation import ANSWER_SECONDS, START_SECONDS, UNHURRIED_MS, open_installation
    from api.logs import configure_logs
    from api.settings import load_settings

    settings = load_settings(data_dir=data_dir, **overrides)
    configure_logs("warning", "console" if sys.stderr.isatty() else "json")
    patience = START_SECONDS if settings.mongo_url is None else ANSWER_SECONDS
    async with open_installation(settings, timeout_ms=UNHURRIED_MS, patience=patience) as house:
        yield house
