"""Measure how many purchases one process records: spread over many members, and on one.

    python -m benchmarks.write_path [--json] [--seconds 10] [--clients 64] [--members 10000]
                                    [--data-dir DIR | --mongo-url URL] [--profile FILE]
                                    [--driver pymongo|motor] [--no-lean]

Runs the plain program of `examples/programs/points.yaml` on a database of its own, which it drops
afterwards. Each client sends its next purchase as soon as the last is acknowledged by a majority.
The last line of the output is the result as one JSON object.
"""

import argparse
import asyncio
import cProfile
import gc
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from api.clock import new_id, now
from benchmarks import ground
from loyalty import activities, audit, members, migrations, program
from loyalty.activities import Purchase
from loyalty.engine import Engine, open_engine
from loyalty.members import Enrolment

PROGRAM = Path(__file__).parents[1] / "examples" / "programs" / "points.yaml"
T = TypeVar("T")

ENROLLED_AT_ONCE = 500
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Load:
    """How hard to press, and for how long."""

    seconds: float
    clients: int
    members: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it: rate, own CPU time of a call, and how long calls took."""

    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


async def press(load: Load, work: Callable[[], Awaitable[None]]) -> Measured:
    """Let every client call `work` again and again until the time is over."""
    took: list[float] = []
    calls = 0
    cpu_before = time.process_time()
    begin = time.perf_counter() + WARM_UP_SECONDS
    end = begin + load.seconds

    async def client() -> None:
        nonlocal calls
        while (started := time.perf_counter()) < end:
            await work()
            calls += 1
            if started >= begin:
                took.append(time.perf_counter() - started)

    await asyncio.gather(*(client() for _ in range(load.clients)))
    spent = time.perf_counter() - begin
    if len(took) < 2:
        raise SystemExit("nothing was recorded in time: give --seconds more")
    cuts = statistics.quantiles(took, n=100)
    cpu = time.process_time() - cpu_before
    return Measured(len(took) / spent, cpu / calls * 1e6, cuts[49] * 1000, cuts[98] * 1000)


def purchases(engine: Engine, member_ids: Sequence[str]) -> Callable[[], Awaitable[None]]:
    """Give a call that records one more purchase of a random member."""
    chance = random.Random(1)
    count = 0

    async def record() -> None:
        nonlocal count
        count += 1
        purchase = Purchase(
            source="till",
            id=f"{member_ids[0][-6:]}-{count}",
            member_id=chance.choice(member_ids),
            occurred_at=now(),
            money="USD",
            total=chance.randrange(100, 20_000),
        )
        await activities.record_purchase(engine, purchase)

    return record


async def enrol(engine: Engine, count: int) -> list[str]:
    """Enrol members and give their ids."""
    ids: list[str] = []
    for start in range(0, count, ENROLLED_AT_ONCE):
        numbers = range(start, min(start + ENROLLED_AT_ONCE, count))
        batch = [Enrolment(external_id=f"bench-{number}") for number in numbers]
        ids += [enrolled.member_id for enrolled in await members.enrol_many(engine, batch)]
    return ids


async def run(engine: Engine, load: Load, profile: cProfile.Profile | None) -> dict[str, float]:
    """Measure both shapes of load, then audit what was written."""
    await migrations.prepare(engine)
    await program.publish(engine, PROGRAM.read_text("utf-8"))
    ids = await enrol(engine, load.members)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    if profile is not None:
        profile.enable()
    spread = await press(load, purchases(engine, ids))
    hot = await press(load, purchases(engine, [ids[-1]]))
    if profile is not None:
        profile.disable()
    await engine.commits.drain()
    report = await audit.verify(engine)
    return {
        "spread_per_s": round(spread.per_second),
        "hot_per_s": round(hot.per_second),
        "spread_cpu_us": round(spread.cpu_us),
        "hot_cpu_us": round(hot.cpu_us),
        "spread_p50_ms": round(spread.p50_ms, 1),
        "hot_p50_ms": round(hot.p50_ms, 1),
        "spread_p99_ms": round(spread.p99_ms, 1),
        "hot_p99_ms": round(hot.p99_ms, 1),
        "purchases": report.purchases,
        "violations": report.broken,
    }


async def main(arguments: argparse.Namespace) -> dict[str, float]:
    """Open a database, run on it, and leave nothing behind."""
    profile = cProfile.Profile() if arguments.profile else None
    load = Load(arguments.seconds, arguments.clients, arguments.members)
    ways = {"driver": arguments.driver, "lean": arguments.lean}
    async with ground.server(arguments) as url, ground.database(url, **ways) as mongo:
        figures = await run(open_engine(mongo, now, new_id), load, profile)
    if profile is not None:
        profile.dump_stats(arguments.profile)
    return figures


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = ground.command("write_path", __doc__)
    described.add_argument("--seconds", type=float, default=10.0, help="of each of the two runs")
    described.add_argument("--clients", type=int, default=64)
    described.add_argument("--members", type=int, default=10_000)
    described.add_argument("--driver", choices=("pymongo", "motor"), default="pymongo")
    described.add_argument("--lean", action=argparse.BooleanOptionalAction, default=True)
    described.add_argument("--profile", type=Path, help="write cProfile's figures to this file")
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    ground.run(main(given), given)
