"""The command `token`: who may call the API from a laptop, a script or the shop's systems."""

import re
from typing import Annotated

import typer

from api.cli.running import DataDir, give_up, opened, run

MEMBER_ID = re.compile(r"mbr_[0-9A-Za-z]{1,64}", re.ASCII)


commands = typer.Typer()


@commands.command()
def token(
    member: Annotated[str, typer.Option(help="For this member, by id: the app door.")] = "",
    staff: Annotated[
        str, typer.Option(help="With these roles (marketing,support,admin): the staff door.")
    ] = "",
    integration: Annotated[
        str, typer.Option(help="A lasting key of the shop's system with this name.")
    ] = "",
    scopes: Annotated[
        str, typer.Option(help="What an integration key may do: `purchases:write,members:read`.")
    ] = "",
    ttl: Annotated[
        int | None, typer.Option(min=1, help="Seconds until a member's or staff token ends.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print a token for one door, or a new integration key, which is shown only this once.

    Tokens are those of the development issuer; production has its own sign-in.

    Example: `stamkund token --staff marketing,support`

    Example: `stamkund token --integration checkout --scopes purchases:write,members:write`
    """
    if sum(map(bool, (member, staff, integration))) != 1:
        give_up("say for whom: --member ID, --staff ROLES, or --integration NAME", 2)
    if integration:
        run(_mint_key(integration, _words(scopes), data_dir))
        return
    from api.local_issuer import open_local_issuer
    from api.settings import load_settings

    settings = load_settings(data_dir=data_dir)
    if not settings.dev_issuer:
        give_up(
            "the development issuer is off, so its tokens open nothing: get one from your own "
            "sign-in, or set STAMKUND_DEV_ISSUER=true on a machine for development"
        )
    issuer = open_local_issuer(settings.data_dir, settings.dev_token_ttl_seconds)
    if member:
        if not MEMBER_ID.fullmatch(member):
            give_up(f"{member} is not a member's id, which begins with mbr_", 2)
        typer.echo(issuer.member_token(member, ttl))
        return
    try:
        typer.echo(issuer.staff_token(_words(staff), ttl_seconds=ttl))
    except ValueError as error:
        give_up(str(error), 2)


async def _mint_key(name: str, scopes: list[str], data_dir: DataDir) -> None:
    from api.integration_keys import add_key, new_integration_key

    async with opened(data_dir) as house:
        shown, key = new_integration_key(name, scopes, house.engine.clock())
        await add_key(house.mongo, key)
    typer.echo(shown)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
