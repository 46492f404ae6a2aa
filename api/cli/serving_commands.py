"""The commands that stay: serve, worker, demo."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.running import DataDir, give_up, run

Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any that is free.")]


commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Port = None,
    data_dir: DataDir = None,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run a worker in the same process.")
    ] = False,
) -> None:
    """Serve the API at /graphql and /staff/graphql.

    Example: `stamkund serve --port 8000 --with-worker`
    """
    from api import serving
    from api.installation import open_installation
    from api.listening import bind
    from api.logs import configure_logs
    from api.settings import load_settings

    settings = load_settings(host=host, port=port, data_dir=data_dir)
    configure_logs(settings.log_level, settings.log_format)
    listener = bind(settings.host, settings.port)

    async def work() -> None:
        async with open_installation(settings) as house:
            await serving.serve(house, listener, with_worker=with_worker)

    run(work())


@commands.command()
def worker(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of its probes and metrics; none is taken without it.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Send pushes, expire points and finish what was interrupted; run as many as you like.

    Example: `STAMKUND_MONGO_URL=mongodb://db1/?replicaSet=rs0 stamkund worker --port 9000`
    """
    from api.installation import open_installation
    from api.listening import bind
    from api.logs import configure_logs
    from api.settings import load_settings
    from api.worker import run_until_signal

    settings = load_settings(host=host, worker_port=port, data_dir=data_dir)
    configure_logs(settings.log_level, settings.log_format)
    listener = None if settings.worker_port is None else bind(settings.host, settings.worker_port)

    async def work() -> None:
        async with open_installation(settings) as house:
            await run_until_signal(house, listener)

    run(work())


@commands.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the API; 0 takes any that is free.")] = 8000,
    members: Annotated[int, typer.Option(min=1, max=100_000, help="How many members.")] = 200,
    data_dir: DataDir = None,
    tokens_file: Annotated[
        Path | None,
        typer.Option(help="Write a member's and a staff token to this file.", dir_okay=False),
    ] = None,
) -> None:
    """Start a server with a program, members and a year of purchases, to look around in.

    Running it again on the same directory finds everything in place. It is refused in production
    and on a database that holds a shop.

    Example: `stamkund demo --port 8000 --members 200`
    """
    from api.demo import DemoOptions, show
    from api.logs import configure_logs
    from api.settings import load_settings

    settings = load_settings(host="127.0.0.1", port=port, data_dir=data_dir, dev_issuer=True)
    if settings.profile == "production":
        give_up("the demo invents members and is not for production: unset STAMKUND_PROFILE")
    configure_logs("warning", settings.log_format)
    run(show(settings, DemoOptions(members, tokens_file)))
