"""Replay a whole history of purchases under several programs, and audit each: what rules cost.

    python -m benchmarks.replay FILE [--programs points beauty coffee] [--rounds 1] [--json]

FILE is a history in the form of CDNOW (`stamkund import purchases --format cdnow`). The programs
take turns, each on a database of its own that is dropped afterwards. The last line of the output is
one JSON object: by program purchases per second (the median), the ratio to the first program, and
what the audit found.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

from api.clock import new_id, now
from api.embedded_mongo import EmbeddedMongo
from api.importing import import_sales
from benchmarks.write_path import run_on_the_loop_of_the_product
from loyalty import activities, audit, migrations, program
from loyalty.engine import open_engine
from loyalty.mongo import Mongo, MongoOptions

EXAMPLES = Path(__file__).parents[1] / "examples" / "programs"


async def replay(url: str, file: Path, name: str) -> tuple[float, int]:
    """Import the history under a program; give purchases per second and broken promises."""
    mongo = Mongo(MongoOptions(url, f"replay_{uuid4().hex}", timeout_ms=20_000))
    try:
        engine = open_engine(mongo, now, new_id)
        await migrations.prepare(engine)
        version = await program.publish(engine, (EXAMPLES / f"{name}.yaml").read_text("utf-8"))
        with file.open(encoding="utf-8") as lines:
            intake = activities.read_cdnow(lines, version.program)
        begun = time.perf_counter()
        tally = await import_sales(engine, intake, lambda _: None)
        took = time.perf_counter() - begun
        return tally.new / took, (await audit.verify(engine)).broken
    finally:
        await mongo.drop_database()
        await mongo.close()


async def main(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Let the programs take turns on one server."""
    rates: dict[str, list[float]] = {name: [] for name in arguments.programs}
    broken = dict.fromkeys(arguments.programs, 0)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        url = (await stack.enter_async_context(EmbeddedMongo(folder))).url
        for _ in range(arguments.rounds):
            for name in arguments.programs:
                rate, found = await replay(url, arguments.file, name)
                rates[name].append(rate)
                broken[name] += found
    medians = {name: statistics.median(found) for name, found in rates.items()}
    first = medians[arguments.programs[0]]
    return {
        name: {
            "per_s": round(rate),
            "ratio": round(rate / first, 2),
            "violations": broken[name],
        }
        for name, rate in medians.items()
    }


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(
        prog="python -m benchmarks.replay", description=(__doc__ or "").partition("\n")[0]
    )
    described.add_argument("file", type=Path)
    described.add_argument("--programs", nargs="+", default=["points", "beauty", "coffee"])
    described.add_argument("--rounds", type=int, default=1)
    described.add_argument("--json", action="store_true", help="print the result only")
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    result = run_on_the_loop_of_the_product(main(given))
    if not given.json:
        for name, figures in result.items():
            sys.stdout.write(f"{name:>12}  {figures}\n")
    sys.stdout.write(json.dumps(result) + "\n")
