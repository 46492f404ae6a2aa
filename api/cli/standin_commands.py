"""The command `fcm-standin`: something to send to, in a process of its own."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.running import run

commands = typer.Typer()


@commands.command("fcm-standin")
def fcm_standin(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.")] = 9443,
    faults: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="What goes wrong, in YAML: docs/fcm-stand-in.md."
        ),
    ] = None,
    certificate_dir: Annotated[
        Path,
        typer.Option(file_okay=False, help="Where to write the certificate that is made."),
    ] = Path(".stamkund/fcm-standin"),
    keep: Annotated[
        int, typer.Option(min=1, help="How many of the newest messages can be listed.")
    ] = 10_000,
) -> None:
    """Stand in for Firebase Cloud Messaging on this machine: take pushes, deliver none.

    It speaks HTTPS with a certificate made at the start, HTTP/1.1 and HTTP/2, and fails as it is
    told. `GET /counts` tells how many messages were accepted, `GET /deliveries` which.

    Example: `stamkund fcm-standin --port 9443 --faults benchmarks/faults.yaml`
    """
    import asyncio

    from api.fcm_standin import FcmStandin, certificates, read_plan

    plan = read_plan(faults) if faults else None

    async def work() -> None:
        certificate = certificates.make(certificate_dir)
        standin = FcmStandin(port, keep_count=keep, certificate=certificate, faults=plan)
        async with standin:
            typer.echo(f"STAMKUND_PUSH_ENDPOINT={standin.url}")
            typer.echo(f"STAMKUND_PUSH_CA_FILE={certificate.ca_file.resolve()}")
            await asyncio.Event().wait()

    run(work())
