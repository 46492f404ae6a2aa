"""Measure what a door does before anything is executed: hostile documents, and buckets of cost.

    python -m benchmarks.doors [--json] [--requests 20000] [--data-dir DIR | --mongo-url URL]

Documents are refused in this process alone; buckets are spent from by two processes' worth of
limits on a real MongoDB. The last line of the output is the result as one JSON object: own CPU, in
the median and at worst, and how many writes were made.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

from api import clock, memory, rate_limits
from api.documents import DocumentRefused, Documents
from api.limits import Limits
from api.metrics import Metrics
from api.rate_limits import Bucket, RateLimits
from benchmarks import ground
from loyalty.mongo import Mongo
from schema import app_schema, core_schema

TIMES = 50
MEMBERS = 10_000
COST = 150  # about a home screen

Figures = dict[str, float]


def bombs() -> dict[str, str]:
    """Give documents that are small and would be large, slow or deep."""
    doubling = "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(20))
    paged = "".join(
        f"fragment F{n} on Query{{a(first:100){{edges{{...F{n + 1} ...F{n + 1}}}}}}}"
        for n in range(5)
    )
    return {
        "fragments": "{...F0}" + doubling + "fragment F20 on Query{program{id}}",
        "pages": "{...F0}" + paged + "fragment F5 on Query{b}",
        "circle": "{...A}fragment A on Query{...B}fragment B on Query{...A}",
        "depth": "{me" * 200 + "}" * 200,
        "fields": "{program{" + "name " * 700 + "}}",
        "aliases": "{" + " ".join(f"a{n}:__typename" for n in range(400)) + "}",
        "directives": "{__typename" + "@skip(if:false)" * 200 + "}",
        "tokens": "{" + "a " * 30_000 + "}",
        "open braces": "{" * 30_000,
    }


def refuse(source: str) -> Figures:
    """Time how much CPU a document takes before it is refused."""
    documents = Documents(core_schema(app_schema), introspection=False, limits=Limits())
    times = [_milliseconds(lambda: _refused(documents, source)) for _ in range(TIMES)]
    return {
        "bytes": len(source),
        "median_cpu_ms": round(statistics.median(times), 3),
        "worst_cpu_ms": round(max(times), 3),
    }


def _refused(documents: Documents, source: str) -> None:
    try:
        documents.prepare(source)
    except DocumentRefused:
        return
    raise AssertionError("it was not refused")


def _milliseconds(work: Callable[[], None]) -> float:
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1_000


async def spend(mongo: Mongo, requests: int, members: int) -> Figures:
    """Spend the cost of home screens, in turns from two processes' limits."""
    rates: dict[rate_limits.Kind, int] = {"member": max(20_000, COST * requests // members)}
    processes = [RateLimits(mongo, clock.now, rates, Metrics()) for _ in range(2)]
    buckets = [Bucket("member", f"{uuid4().hex}{n}") for n in range(members)]
    started, used = time.perf_counter(), time.process_time()
    for n in range(requests):
        processes[n % 2].spend([buckets[n % members]], COST)
        if n % 100 == 99:
            for limits in processes:
                await limits.settled()
    return {
        "requests": requests,
        "cpu_us": round((time.process_time() - used) * 1e6 / requests, 2),
        "wall_us": round((time.perf_counter() - started) * 1e6 / requests, 2),
    }


async def main(arguments: argparse.Namespace) -> dict[str, Figures]:
    """Refuse documents, then spend from buckets on a database."""
    memory.settle()  # as the server does, or the collector's work is counted too
    result = {f"refuse {name}": refuse(source) for name, source in bombs().items()}
    async with ground.server(arguments) as url, ground.database(url, timeout_ms=2_000) as mongo:
        for name, members in (("spread", MEMBERS), ("hot", 1)):
            before = await writes(mongo)
            figures = await spend(mongo, arguments.requests, members)
            result[f"limits {name}"] = {**figures, "writes": await writes(mongo) - before}
    return result


async def writes(mongo: Mongo) -> int:
    """Count the commands that spending has sent so far."""
    status = await mongo.database.command("serverStatus")
    return int(status["metrics"]["commands"]["findAndModify"]["total"])


def lines(measured: dict[str, Figures]) -> Iterator[str]:
    """Say in a line what one thing costs."""
    for name, figures in measured.items():
        said = "  ".join(f"{what} {figure:,}" for what, figure in figures.items())
        yield f"{name:>20}  {said}"


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = ground.command("doors", __doc__)
    described.add_argument("--requests", type=int, default=20_000, help="that spend")
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    ground.run(main(given), given, lines)
