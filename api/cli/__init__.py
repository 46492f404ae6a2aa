"""The command `stamkund`: its verbs and their help; what they do is imported when one runs."""

import sys

import typer

from api.cli import (
    campaign_commands,
    checking_commands,
    import_commands,
    job_commands,
    nudge_commands,
    program_commands,
    segment_commands,
    serving_commands,
    standin_commands,
    token_commands,
)

app = typer.Typer(
    name="stamkund",
    help="Stamkund, an open loyalty backend: points, tiers and push over GraphQL and MongoDB.\n\n"
    "Begin with `stamkund demo`, a filled server on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    serving_commands, program_commands, campaign_commands, import_commands, token_commands,
    checking_commands, standin_commands, job_commands, segment_commands, nudge_commands,
):  # fmt: skip
    app.add_typer(group.commands)


def main() -> None:
    """Run the command line; an expected failure is a message and an exit code, never a trace."""
    try:
        app()
    except Exception as error:
        from api.cli.failures import explained

        message = explained(error)
        if message is None:
            raise
        typer.echo(f"stamkund: {message}", err=True)
        sys.exit(1)
