"""Compare PyMongo, the lean channel beside it, and Motor on our own operations; for the ADRs.

    python -m benchmarks.driver [--json] [--seconds 3] [--rounds 3]
                                [--data-dir DIR | --mongo-url URL]

They take turns on one server, round by round, through `loyalty.mongo`; the median counts. The
last line of the output is the result as one JSON object: calls per second, own CPU of a call and
milliseconds of the 99th percentile by way and operation.
"""

import argparse
import itertools
import statistics
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from uuid import uuid4

from benchmarks import ground
from benchmarks.write_path import Load, Measured, press
from loyalty.mongo import Driver, Mongo, MongoOptions
from loyalty.states import STATES

WAYS: dict[str, tuple[Driver, bool]] = {
    "pymongo": ("pymongo", False),
    "lean": ("pymongo", True),
    "motor": ("motor", False),
}
CLIENTS = 32
MEMBERS = 1_000
BATCH = 32

Work = Callable[[], Awaitable[None]]


async def fill(mongo: Mongo) -> None:
    """Insert documents of about the size of a member's state."""
    filler = [{"seq": n, "key": "k" * 36, "text": "x" * 200} for n in range(20)]
    documents = [{"_id": f"m{n}", "seq": 0, "recent": filler} for n in range(MEMBERS)]
    await mongo.insert_new(STATES, documents)


def operations(mongo: Mongo) -> dict[str, Work]:
    """Name the operations that requests and the queue of commands are made of."""
    count = itertools.count()

    async def read_one() -> None:
        await mongo.find_one(STATES, {"_id": f"m{next(count) % MEMBERS}"})

    async def read_batch() -> None:
        start = next(count) * BATCH
        ids = [f"m{(start + n) % MEMBERS}" for n in range(BATCH)]
        await mongo.find(STATES, {"_id": {"$in": ids}})

    async def write_batch() -> None:
        start = next(count) * BATCH
        statements = [
            {"q": {"_id": f"m{(start + n) % MEMBERS}"}, "u": {"$set": {"seq": start}}}
            for n in range(BATCH)
        ]
        await mongo.update_batch(STATES, statements)

    return {"read_one": read_one, "read_batch": read_batch, "write_batch": write_batch}


async def compare(url: str, seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """Let the drivers take turns and give the medians."""
    measured: dict[tuple[str, str], list[Measured]] = {}
    database = f"bench_{uuid4().hex}"
    async with AsyncExitStack() as stack:
        doors = {
            way: Mongo(MongoOptions(url, database, driver, lean=lean))
            for way, (driver, lean) in WAYS.items()
        }
        for mongo in doors.values():
            stack.push_async_callback(mongo.close)
        stack.push_async_callback(doors["pymongo"].drop_database)
        await fill(doors["pymongo"])
        for _ in range(rounds):
            for way, mongo in doors.items():
                for operation, work in operations(mongo).items():
                    figure = await press(Load(seconds, CLIENTS, MEMBERS), work)
                    measured.setdefault((way, operation), []).append(figure)
    result: dict[str, dict[str, float]] = {way: {} for way in WAYS}
    for (name, operation), figures in measured.items():
        result[name][f"{operation}_per_s"] = round(
            statistics.median(figure.per_second for figure in figures)
        )
        result[name][f"{operation}_cpu_us"] = round(
            statistics.median(figure.cpu_us for figure in figures)
        )
        result[name][f"{operation}_p99_ms"] = round(
            statistics.median(figure.p99_ms for figure in figures), 1
        )
    return result


async def main(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Open a database and compare on it."""
    async with ground.server(arguments) as url:
        return await compare(url, arguments.seconds, arguments.rounds)


def lines(compared: dict[str, dict[str, float]]) -> Iterator[str]:
    """Say figure by figure how the ways compare."""
    for name in compared["pymongo"]:
        values = "  ".join(f"{way} {compared[way][name]:>9,}" for way in WAYS)
        yield f"{name:>20}  {values}"


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = ground.command("driver", __doc__)
    described.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    described.add_argument("--rounds", type=int, default=3)
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    ground.run(main(given), given, lines)
