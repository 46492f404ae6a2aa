"""Replay a whole history of purchases under several programs, and audit each: what rules cost.

    python -m benchmarks.replay FILE [--programs points beauty coffee] [--rounds 1] [--json]
                                     [--data-dir DIR | --mongo-url URL]

FILE is a history in the form of CDNOW (`stamkund import purchases --format cdnow`). The programs
take turns, each on a database of its own that is dropped afterwards. The last line of the output is
one JSON object: by program purchases per second (the median), the ratio to the first program, and
what the audit found.
"""

import argparse
import statistics
import time
from pathlib import Path

from api.clock import new_id, now
from api.importing import import_sales
from benchmarks import ground
from loyalty import activities, audit, migrations, program
from loyalty.engine import open_engine

EXAMPLES = Path(__file__).parents[1] / "examples" / "programs"


async def replay(url: str, file: Path, name: str) -> tuple[float, int]:
    """Import the history under a program; give purchases per second and broken promises."""
    async with ground.database(url, timeout_ms=20_000) as mongo:
        engine = open_engine(mongo, now, new_id)
        await migrations.prepare(engine)
        version = await program.publish(engine, (EXAMPLES / f"{name}.yaml").read_text("utf-8"))
        with file.open(encoding="utf-8") as lines:
            intake = activities.read_cdnow(lines, version.program)
        begun = time.perf_counter()
        tally = await import_sales(engine, intake, lambda _: None)
        took = time.perf_counter() - begun
        return tally.new / took, (await audit.verify(engine)).broken


async def main(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Let the programs take turns on one server."""
    rates: dict[str, list[float]] = {name: [] for name in arguments.programs}
    broken = dict.fromkeys(arguments.programs, 0)
    async with ground.server(arguments) as url:
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
    described = ground.command("replay", __doc__)
    described.add_argument("file", type=Path)
    described.add_argument("--programs", nargs="+", default=["points", "beauty", "coffee"])
    described.add_argument("--rounds", type=int, default=1)
    return described


if __name__ == "__main__":
    given = parser().parse_args()
    ground.run(main(given), given)
