"""A worker of its own process, whose job is to count: `python -m tests.e2e.job_worker URL DB MODE`.

As a `waiter` it stays in the middle of its job until it is not sure of it any more. It writes a row
for each step, then how far it has come, and prints what came of the job.
"""

import asyncio
import sys

from api import clock
from loyalty import jobs
from loyalty.engine import Engine, open_engine
from loyalty.jobs import Handler, Held, Lease
from loyalty.mongo import Mongo, MongoOptions

KIND, STEPS, MIDDLE = "count", "steps", 3
STEP_COUNT = 2 * MIDDLE
LEASE_SECONDS = 1.5
POLL_SECONDS = 0.02


def counting(mode: str) -> Handler:
    """Count as a `waiter` does, or straight to the end."""

    async def count(engine: Engine, held: Held) -> None:
        for step in range(held.job.data["at"], STEP_COUNT):
            while mode == "waiter" and step == MIDDLE:
                held.check()
                await asyncio.sleep(POLL_SECONDS)
            held.check()
            row = {"_id": f"{held.job.id}:{step}", "by": mode, "fence": held.job.fence}
            assert not await engine.mongo.insert_new(STEPS, [row])
            assert await held.progress({"at": step + 1})

    return count


async def main(url: str, database: str, mode: str) -> None:
    """Do one job after the other, until told to end."""
    mongo = Mongo(MongoOptions(url, database))
    engine = open_engine(mongo, clock.now, clock.new_id)
    while True:
        for held in await jobs.take(engine, [KIND], Lease(engine.new_id(), LEASE_SECONDS), 1):
            outcome = await jobs.run(engine, held, counting(mode))
            print(held.job.id, outcome.result, flush=True)
        await asyncio.sleep(POLL_SECONDS)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
