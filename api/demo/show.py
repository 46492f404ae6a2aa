"""Run the demo: fill the database, stand in for the phones, serve, and say where to click."""

import contextlib
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import orjson
import typer

from api import serving
from api.cli.progress import progress
from api.demo.filling import fill
from api.demo.phones import PHONES, phones_routes
from api.fcm_standin import FcmStandin, certificates
from api.installation import UNHURRIED_MS, open_installation
from api.listening import bind
from api.local_issuer import open_local_issuer
from api.settings import Settings
from api.worker import sending
from loyalty import members, program, tiers
from loyalty.engine import Engine

ROLES = ("MARKETING", "SUPPORT", "ADMIN")
STANDIN_LOG = "fcm-standin.jsonl"
STANDIN_CERTIFICATE = "fcm-standin"
KRONER = 438  # of the purchase to try; the demo's ladder counts a status point for each
WALLET = (
    "{ me { firstName tier { tier { name } progress { text } } "
    "wallet { balances { available currency { name } } } } }"
)
PURCHASE = (
    "mutation ($input: PurchaseRecordInput!) { purchaseRecord(input: $input) "
    "{ replayed entries { points explanation { text } } userErrors { code message } } }"
)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How many members, and where to write the tokens."""

    members: int
    tokens_file: Path | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens the doors of the demo."""

    member: str
    staff: str
    member_id: str

    def write(self, path: Path) -> None:
        """Write the file whole, readable by its owner alone."""
        document = {"member": self.member, "staff": self.staff, "memberId": self.member_id}
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
        draft.replace(path)


async def show(settings: Settings, options: DemoOptions) -> None:
    """Run the demo until a signal asks to stop."""
    started = time.monotonic()
    with contextlib.closing(bind(settings.host, settings.port)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        typer.echo("starting the database")
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate = certificates.make(settings.data_dir / STANDIN_CERTIFICATE)
        log_file = settings.data_dir / STANDIN_LOG
        async with FcmStandin(log_file=log_file, certificate=certificate) as standin:
            push = {"push_endpoint": standin.url, "push_ca_file": certificate.ca_file}
            ours = settings.model_copy(update=push)
            async with open_installation(ours, timeout_ms=UNHURRIED_MS) as house:
                member_id = await _fill(house.engine, ours, options.members)
                next_tier = await _within_reach(house.engine, member_id)
                tokens = _tokens(ours, member_id)
                if options.tokens_file is not None:
                    tokens.write(options.tokens_file)

                def ready() -> None:
                    typer.echo(f"ready after {time.monotonic() - started:.1f} s\n")
                    typer.echo(where_to_click(url, tokens, next_tier))

                await serving.serve(
                    house,
                    listener,
                    with_worker=True,
                    on_ready=ready,
                    more_routes=partial(phones_routes, standin.taken, house.engine),
                )


async def _fill(engine: Engine, settings: Settings, count: int) -> str:
    async with sending(settings) as sender:
        assert sender is not None  # the stand-in is always there
        with progress("purchases") as advance:
            return await fill(engine, count, sender, advance)


def _tokens(settings: Settings, member_id: str) -> Tokens:
    issuer = open_local_issuer(settings.data_dir, settings.dev_token_ttl_seconds)
    return Tokens(issuer.member_token(member_id), issuer.staff_token(ROLES), member_id)


async def _within_reach(engine: Engine, member_id: str) -> str | None:
    """Name the tier that the purchase to try takes the member to, if it takes them to one."""
    state = await members.require(engine, member_id)
    active = await program.active(engine)
    for status in tiers.statuses(state, active.program, engine.clock()):
        way = status.progress
        if way and all(c.metric == "POINTS" and c.missing <= KRONER for c in way.criteria):
            return way.tier.name.in_language("en").lower()
    return None


def where_to_click(url: str, tokens: Tokens, next_tier: str | None) -> str:
    """Say which links and which commands show something."""
    promise = f", which takes them to {next_tier}" if next_tier else ""
    occurred_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    variables = {
        "input": {
            "source": "till-1",
            "id": f"demo-{secrets.token_hex(4)}",
            "memberId": tokens.member_id,
            "occurredAt": occurred_at,
            "total": {"amount": f"{KRONER}.00", "currencyCode": "DKK"},
        }
    }
    return f"""\
Watch phones receive, and buy something there with one click:
  phones        {url}{PHONES}#member={tokens.member_id}&token={tokens.staff}
Look around in the explorer, signed in:
  app door      {url}/graphql#token={tokens.member}
  staff door    {url}/staff/graphql#token={tokens.staff}

The member's wallet and tier:
  {_curl(f"{url}/graphql", tokens.member, WALLET, {})}
A purchase of 438 kr{promise}; the phones are told:
  {_curl(f"{url}/staff/graphql", tokens.staff, PURCHASE, variables)}

Ctrl-C stops it; everything is kept for the next time."""


def _curl(url: str, token: str, query: str, variables: Mapping[str, object]) -> str:
    body = orjson.dumps({"query": query, "variables": variables}).decode()
    return (
        f"curl -s {url} -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer {token}' -d '{body}'"
    )
