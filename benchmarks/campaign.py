"""Send a campaign to many members past a stand-in that fails, and count what came of each message.

    python -m benchmarks.campaign [--json] [--members 100000] [--workers 1] [--no-faults]
                                  [--data-dir DIR | --mongo-url URL]

The worker and the stand-in are processes of their own, as they are in production; what the stand-in
does wrong is in `faults.yaml`. `per_cpu_s` is messages accepted per second of the workers' own CPU,
from the launch to the end, the whole path included. `duplicates` are messages that a phone took
beyond its one, by the stand-in's count; `lost` are members who take part without an ended row, and
rows that say SENT of what the stand-in never accepted. Of those `unknown`, whose connection broke
and who are never written to again, `unknown_arrived` got theirs; the others got none, and their
rows say that nobody knows. The last line of the output is the result as one JSON object.
"""

import argparse
import asyncio
import os
import ssl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from api.cli.progress import progress
from api.clock import now
from benchmarks import crowd, ground
from loyalty import push, segments
from loyalty.engine import Engine
from loyalty.push import Brief, Campaign, Schedule
from loyalty.push.rules.briefs import Variant
from loyalty.states import STATES

ROOT = Path(__file__).parents[1]
FAULTS = Path(__file__).with_name("faults.yaml")
PROC = Path("/proc")
POLL_SECONDS = 0.25
DEADLINE_SECONDS = 3_600.0
MIB = 1024
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

Figures = dict[str, Any]

PROGRAM = """
format: 1
id: shop
name: Shop
money: USD
currencies: [{id: points, name: points}]
earning_rules:
  - {id: plain, name: Plain, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
ladders:
  - id: main
    name: Main
    tiers:
      - {id: basic, name: {en: Basic, da: Basis}}
      - {id: silver, name: {en: Silver, da: Sølv}, threshold: {spend: "100.00"}}
messaging:
  quiet_hours: {since: "QUIET", until: "LOUD"}
  caps: [{count: 1, days: 1}, {count: 3, days: 7}]
"""

TEXTS = (
    Variant(
        "a",
        {"en": "For you, {firstName}", "da": "Til dig, {firstName}", "sv": "Till dig, {firstName}"},
        {
            "en": "You have {balance} points as {tier}. Double points on coffee until Sunday.",
            "da": "Du har {balance} point som {tier}. Dobbelt point på kaffe til søndag.",
            "sv": "Du har {balance} poäng som {tier}. Dubbla poäng på kaffe till söndag.",
        },
    ),
    Variant("b", {"en": "Coffee?"}, {"en": "Double points, {firstName}: {balance} so far."}),
)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker under measurement."""

    pid: int

    def cpu_seconds(self) -> float:
        """Read what it has computed so far, in the system's name too."""
        fields = (PROC / str(self.pid) / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self, name: str) -> float:
        """Read its resident set, `VmRSS` now or `VmHWM` at its highest."""
        lines = (PROC / str(self.pid) / "status").read_text().splitlines()
        (kib,) = [int(line.split()[1]) for line in lines if line.startswith(f"{name}:")]
        return round(kib / MIB, 1)


@asynccontextmanager
async def process(*words: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one of the product's commands, and end it."""
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("STAMKUND_", "FIREBASE_"))}
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api", *words),
        env={**plain, **settings},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        started.terminate()
        await started.wait()


@asynccontextmanager
async def standing_in(folder: Path, *, faults: bool) -> AsyncIterator[Mapping[str, str]]:
    """Run the stand-in; give the settings that lead a worker to it."""
    plan = ["--faults", str(FAULTS)] if faults else []
    where = ["--certificate-dir", str(folder / "standin"), "--keep", "1"]
    async with process("fcm-standin", "--port", "0", *where, *plan) as standin:
        if standin.stdout is None:
            raise SystemExit("the stand-in says nothing")
        said = [(await standin.stdout.readline()).decode().strip() for _ in range(2)]
        yield dict(line.split("=", 1) for line in said)


async def accepted(settings: Mapping[str, str]) -> Figures:
    """Ask the stand-in what it took, by target."""
    trusting = ssl.create_default_context(cafile=settings["STAMKUND_PUSH_CA_FILE"])
    url = settings["STAMKUND_PUSH_ENDPOINT"] + "/counts?by=target"
    async with aiohttp.ClientSession() as http, http.get(url, ssl=trusting) as answer:
        found: Figures = await answer.json()
        return found


async def launch(engine: Engine, holdout_percent: int = 5) -> Campaign:
    """Launch a campaign to everyone."""
    brief = Brief("Coffee", segments.EVERYONE, TEXTS, holdout_percent=holdout_percent)
    made, _ = await push.campaigns.create(engine, brief, uuid4().hex, "staff:bench")
    return await push.campaigns.launch(engine, made.id, made.version, Schedule(), "staff:bench")


async def follow(engine: Engine, campaign: Campaign, size: int, workers: Sequence[Worker]) -> float:
    """Show how far the campaign is until it is over; give the highest resident set half-way."""
    half_mb, settled, deadline = 0.0, 0, time.monotonic() + DEADLINE_SECONDS
    with progress("messages settled", size) as advance:
        while time.monotonic() < deadline:
            found = await push.campaigns.require(engine, campaign.id)
            counts = found.counts
            advance(counts.audience - counts.open - settled)
            settled = counts.audience - counts.open
            if settled < size // 2:
                half_mb = max(worker.memory_mb("VmRSS") for worker in workers)
            if found.finished_at is not None and not counts.open:
                return half_mb
            await asyncio.sleep(POLL_SECONDS)
    raise SystemExit("the campaign did not come to its end")


async def account(
    engine: Engine, campaign: Campaign, size: int, tokens: Mapping[str, str], took: Figures
) -> Figures:
    """Hold every row to what the stand-in took."""
    by_target: Mapping[str, int] = took["byTarget"]
    statuses: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    untrue = unknown_arrived = 0
    rows = {"campaign": campaign.id}
    async for page in engine.mongo.scan(
        "deliveries", rows, {"member": 1, "status": 1, "reason": 1}
    ):
        for row in page:
            statuses[row["status"]] += 1
            reasons[row.get("reason", "")] += row["status"] == "SUPPRESSED"
            arrived = by_target.get(tokens.get(row["member"], ""), 0)
            untrue += row["status"] == "SENT" and not arrived
            unknown_arrived += row["status"] == "UNKNOWN" and arrived > 0
    owed = await engine.mongo.count(STATES, {"profile.status": "ACTIVE"})
    ended = sum(statuses[name] for name in ("SENT", "FAILED", "UNKNOWN", "SUPPRESSED"))
    return {
        "members": size,
        "delivered": int(took["accepted"]),
        "suppressed": statuses["SUPPRESSED"],
        "duplicates": sum(count - 1 for count in by_target.values()),
        "lost": owed - ended + untrue,
        "sent": statuses["SENT"],
        "failed": statuses["FAILED"],
        "unknown": statuses["UNKNOWN"],
        "unknown_arrived": unknown_arrived,
        "reasons": dict(sorted((name, count) for name, count in reasons.items() if count)),
        "answers": took["answers"],
        "tokens_dropped": len(tokens) - await engine.mongo.count("devices", {}),
    }


async def measure(engine: Engine, folder: Path, load: argparse.Namespace) -> Figures:
    """Fill the database, send, and count."""
    with progress("members", load.members) as done:
        tokens = await crowd.fill(engine, load.members, done)
    async with AsyncExitStack() as stack:
        standin = standing_in(folder, faults=load.faults)
        settings = {
            **await stack.enter_async_context(standin),
            "STAMKUND_MONGO_URL": engine.mongo.options.url,
            "STAMKUND_MONGO_DATABASE": engine.mongo.options.database,
            "STAMKUND_DATA_DIR": str(folder),
            "STAMKUND_LOG_LEVEL": "warning",
        }
        running = [
            await stack.enter_async_context(process("worker", **settings))
            for _ in range(load.workers)
        ]
        workers = [Worker(one.pid) for one in running]
        await asyncio.sleep(load.warm_seconds)
        before = [worker.cpu_seconds() for worker in workers]
        started = time.monotonic()
        campaign = await launch(engine)
        half_mb = await follow(engine, campaign, load.members, workers)
        seconds = time.monotonic() - started
        cpu_seconds = sum(worker.cpu_seconds() for worker in workers) - sum(before)
        found = await account(engine, campaign, load.members, tokens, await accepted(settings))
        return {
            **found,
            "per_cpu_s": round(found["delivered"] / cpu_seconds),
            "rss_mb": max(worker.memory_mb("VmHWM") for worker in workers),
            "rss_half_way_mb": half_mb,
            "cpu_seconds": round(cpu_seconds, 1),
            "seconds": round(seconds, 1),
        }


async def main(load: argparse.Namespace) -> Figures:
    """Open a shop, send on it, and leave nothing behind."""
    async with ground.opened(load, _program(), timeout_ms=30_000) as shop:
        return await measure(shop.engine, shop.folder, load)


def _program() -> str:
    """Give the program with quiet hours at which nobody is, in none of the time zones."""
    far = [now() + timedelta(hours=hours) for hours in (8, 14)]
    quiet, loud = (f"{at:%H:%M}" for at in far)
    return PROGRAM.replace("QUIET", quiet).replace("LOUD", loud)


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = ground.command("campaign", __doc__)
    described.add_argument("--members", type=int, default=100_000)
    described.add_argument("--workers", type=int, default=1)
    described.add_argument("--no-faults", dest="faults", action="store_false")
    described.add_argument("--warm-seconds", type=float, default=5.0, help="for workers to start")
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    ground.run(main(given), given)
