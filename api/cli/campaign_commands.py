"""The commands `campaign list`, `show`, `preview`, `send` and `watch`."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.program_commands import read_source
from api.cli.progress import progress
from api.cli.running import DataDir, opened, run

if TYPE_CHECKING:
    from api.installation import Installation
    from loyalty.engine import Engine
    from loyalty.push import Brief, Campaign, Schedule

LISTED = 20

campaigns = typer.Typer(help="Send campaigns and follow them.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(campaigns, name="campaign")

Id = Annotated[str, typer.Argument(metavar="ID", help="The campaign, `cmp_...`.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The campaign, in YAML.")]


@asynccontextmanager
async def _house(data_dir: Path | None) -> AsyncIterator["Installation"]:
    from loyalty import push

    async with opened(data_dir) as house:
        await push.prepare(house.engine)
        yield house


@campaigns.command(name="list")
def list_newest(
    count: Annotated[int, typer.Option(min=1, max=1_000, help="How many.")] = LISTED,
    data_dir: DataDir = None,
) -> None:
    """List campaigns, the newest first.

    Example: `stamkund campaign list --count 5`
    """

    async def work() -> None:
        from api.cli.campaign_tables import print_list
        from loyalty import push
        from loyalty.walks import Walk

        async with _house(data_dir) as house:
            print_list(await push.campaigns.newest(house.engine, Walk(count)))

    run(work())


@campaigns.command()
def show(campaign_id: Id, data_dir: DataDir = None) -> None:
    """Show a campaign: what it says, what became of it, what it brought, who did what.

    Example: `stamkund campaign show cmp_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b`
    """

    async def work() -> None:
        async with _house(data_dir) as house:
            await _show(house.engine, campaign_id)

    run(work())


@campaigns.command()
def preview(
    campaign_id: Id,
    member: Annotated[str, typer.Option(help="The member who would read it, `mbr_...`.")],
    data_dir: DataDir = None,
) -> None:
    """Show a campaign as one member would read it, in each language, and whether it would be sent.

    Example: `stamkund campaign preview cmp_... --member mbr_...`
    """

    async def work() -> None:
        from api.cli.campaign_tables import print_preview
        from loyalty import push

        async with _house(data_dir) as house:
            print_preview(await push.previews.preview(house.engine, campaign_id, member))

    run(work())


@campaigns.command()
def send(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="Send it; without, nothing is.")] = False,
    follow: Annotated[bool, typer.Option(help="Stay and show how far it is.")] = True,
    data_dir: DataDir = None,
) -> None:
    """Show when and to how many a campaign would go, and how it reads; with --yes send it.

    The same file is the same campaign: sent again, it is followed and not sent again. To more
    members than the program lets one person write to, it waits for a second one.

    Example: `stamkund campaign send examples/campaigns/spring.yaml --yes`
    """
    from api.campaign_files import read_campaign

    source = read_source(file)
    brief, schedule = read_campaign(source)
    key = f"file:{hashlib.sha256(source.encode()).hexdigest()[:40]}"

    async def work() -> None:
        from api.cli.campaign_tables import print_launched

        async with _house(data_dir) as house:
            if not yes:
                await _rehearse(house.engine, brief, schedule)
                return
            launched = await _launch(house.engine, brief, key, schedule)
            print_launched(launched)
            if follow:
                await _follow(house.engine, launched.id)

    run(work())


@campaigns.command()
def watch(campaign_id: Id, data_dir: DataDir = None) -> None:
    """Follow a campaign until it is over, and show what became of it.

    Example: `stamkund campaign watch cmp_0199b1c27f7c7d0e8a5b3f0f6f1f2a3b`
    """

    async def work() -> None:
        async with _house(data_dir) as house:
            await _follow(house.engine, campaign_id)

    run(work())


async def _rehearse(engine: "Engine", brief: "Brief", schedule: "Schedule") -> None:
    """Say when and to how many it would go, and how it reads for some of them."""
    from api.cli.campaign_tables import print_rehearsal
    from loyalty import push

    rehearsed = await push.previews.rehearse(engine, brief, schedule)
    print_rehearsal(rehearsed, brief, schedule)
    typer.echo("nothing was sent: add --yes to send it")


async def _launch(engine: "Engine", brief: "Brief", key: str, schedule: "Schedule") -> "Campaign":
    """Launch what a file says, once; refused, it leaves no draft that was not there before."""
    from getpass import getuser

    from api.cli.campaign_tables import print_unheard
    from loyalty import push, segments
    from loyalty.errors import BadInput, Refused

    actor = f"cli:{getuser()}"
    made, was_there = await push.campaigns.create(engine, brief, key, actor)
    if made.status is not push.CampaignStatus.DRAFT:
        return made
    print_unheard(await segments.unheard(engine, made.brief.audience))
    try:
        return await push.campaigns.launch(engine, made.id, made.version, schedule, actor)
    except (BadInput, Refused):
        if was_there:
            typer.echo(f"{made.id} stays the draft that it was", err=True)
        else:
            await push.campaigns.delete(engine, made.id, made.version)
        raise


async def _follow(engine: "Engine", campaign_id: str) -> None:
    """Show how far a campaign is until it is over, or waits for somebody."""
    from loyalty import push

    found = await push.campaigns.require(engine, campaign_id)
    waits = (push.CampaignStatus.DRAFT, push.CampaignStatus.AWAITING_APPROVAL)
    if found.status in waits:
        typer.echo(f"{found.status}: it is not sent before somebody launches and approves it")
        return
    done, said = 0, ""
    with progress("members", found.audience_size) as advance:
        async with aclosing(push.campaigns.watch(engine, campaign_id)) as news:
            async for now in news:
                if (status := f"{now.status} {now.reason or ''}".strip()) != said:
                    typer.echo(status, err=True)
                    said = status
                if settled := now.counts.audience - now.counts.open - done:
                    advance(settled)
                    done += settled
                if now.status in (push.CampaignStatus.SENT, push.CampaignStatus.STOPPED):
                    break
    await _show(engine, campaign_id)


async def _show(engine: "Engine", campaign_id: str) -> None:
    from api.cli.campaign_tables import print_whole
    from loyalty import push

    found = await push.campaigns.require(engine, campaign_id)
    print_whole(found, await push.reports.report(engine, campaign_id))
