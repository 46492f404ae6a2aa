"""The commands that check promises: verify (the books) and contracts (what the app builds on)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.progress import progress
from api.cli.running import DataDir, give_up, opened, run

if TYPE_CHECKING:
    from loyalty.audit import Report

contracts = typer.Typer(invoke_without_command=True)


commands = typer.Typer()
commands.add_typer(contracts, name="contracts")


@commands.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Recompute balances, lots, spend and tiers; exit with 1 when a promise is broken.

    Example: `stamkund verify --json`
    """

    async def work() -> None:
        from loyalty import audit

        async with opened(data_dir) as house:
            with progress("members") as advance:
                report = await audit.verify(house.engine, _steps(advance))
        _print(report, as_json=as_json)
        if report.violations:
            raise typer.Exit(1)

    run(work())


def _steps(advance: Callable[[int], None]) -> Callable[[int, int], None]:
    """Turn how many are done into how many more are done."""
    before = 0

    def done(count: int, _total: int) -> None:
        nonlocal before
        advance(count - before)
        before = count

    return done


def _print(report: "Report", *, as_json: bool) -> None:
    """Print what was recomputed."""
    import orjson

    found = report.as_document()
    if as_json:
        typer.echo(orjson.dumps(found).decode())
        return
    balances = ", ".join(f"{total} {name}" for name, total in found["balances"].items())
    typer.echo(
        f"{found['members']} members, {found['entries']} entries, {found['purchases']} purchases"
    )
    typer.echo(f"balances: {balances or 'none'}")
    for broken in report.violations:
        typer.echo(f"broken: {broken.rule}, {broken.member}: {broken.detail}")
    typer.echo(f"violations: {report.broken}")


Folder = Annotated[Path | None, typer.Option(help="Another folder than `mobile_contracts`.")]


@contracts.callback()
def _default(context: typer.Context, folder: Folder = None) -> None:
    """Write and check what the app team builds on, in `mobile_contracts`; alone it writes.

    Example: `stamkund contracts`, then `stamkund contracts check`
    """
    if context.invoked_subcommand is None:
        export(folder)
    elif folder is not None:
        raise typer.BadParameter(
            f"say it after `{context.invoked_subcommand}`", param_hint="--folder"
        )


@contracts.command()
def export(folder: Folder = None) -> None:
    """Write the app door's schema, the push payloads, and who may do what at the staff door.

    Example: `stamkund contracts export`
    """
    from api import contracts as promises
    from api.contracts import roles

    page = [] if folder else roles.export()
    for path in [*promises.export(folder or promises.FOLDER), *page]:
        typer.echo(f"written: {path}")


@contracts.command()
def check(folder: Folder = None) -> None:
    """Check the contract against the code, and against what was released last.

    The files are fresh, every operation that was ever shipped fits the schema, nothing was taken
    away before its day, and the change log tells apps of what may surprise them.

    Example: `stamkund contracts check`
    """
    from api import clock
    from api import contracts as promises

    folder = folder or promises.FOLDER
    problems = promises.check(folder, clock.now().date())
    if problems:
        give_up("\n".join(["the contract is not kept", *problems]))
    last = [path.name for path in promises.released(folder)][-1:]
    kept = f"nothing that {last[0]} promised is broken" if last else "none was released yet"
    typer.echo(f"every contract is fresh, every operation fits, and {kept}")


@contracts.command()
def release(
    version: Annotated[str, typer.Argument(help="Version of the contract, such as 1.2.0.")],
    folder: Folder = None,
) -> None:
    """Keep the contract as it is as a version that apps are built on; later ones are held to it.

    Example: `stamkund contracts release 1.0.0`
    """
    from api import clock
    from api import contracts as promises

    try:
        kept = promises.release(folder or promises.FOLDER, version, clock.now().date())
    except promises.NotReleased as error:
        give_up(str(error))
    typer.echo(f"released: {kept}")
