"""What every machine stands on: a database, processes on it, a clock, and how histories are played.

Knows nothing of what is recorded there; that is each machine's own.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from loyalty import audit, members, program
from loyalty.audit import Report
from loyalty.engine import Engine
from loyalty.members import Enrolment
from tests.conftest import SHRINKING
from tests.engines import START, Clock, Steppable, patient, start


@dataclass(frozen=True)
class World:
    """The database and the processes on it, kept for all runs; one clock for all."""

    runner: asyncio.Runner
    engines: tuple[Engine, ...]
    clock: Clock

    def run(self, work: Awaitable[Any]) -> Any:
        """Wait for something done in this world."""

        async def wait() -> Any:
            return await work

        return self.runner.get_loop().run_until_complete(wait())

    def verify(self, *, but: str = "") -> Report:
        """Audit everything, as another process sees it; no promise is broken but that one."""
        for engine in self.engines:
            self.run(engine.commits.drain())
        report: Report = self.run(audit.verify(self.engines[-1]))
        assert [found for found in report.violations if found.rule != but] == []
        return report


@contextmanager
def opened(url: str, database: str, terms: str) -> Iterator[World]:
    """Open two processes on a database, and publish a program for both."""
    clock = Clock()
    with asyncio.Runner() as runner:

        async def open_engines() -> tuple[Engine, ...]:
            options = patient(url, database)
            engines = [await start(Steppable(options), clock, maker) for maker in (1, 2)]
            await program.publish(engines[0], terms)
            return tuple(engines)

        world = World(runner, runner.run(open_engines()), clock)
        yield world
        for engine in world.engines:
            world.run(engine.mongo.close())


class Machine(RuleBasedStateMachine):
    """One history after another, each of members of its own, in one world."""

    world: ClassVar[World]
    runs: ClassVar[int] = 0

    @property
    def engine(self) -> Engine:
        """Give the first of the processes."""
        return self.world.engines[0]

    def run(self, work: Awaitable[Any]) -> Any:
        """Wait for something done in the world."""
        return self.world.run(work)

    def begin(self, count: int = 1) -> list[str]:
        """Begin a history at the start of time, with new members; give their ids."""
        type(self).runs += 1
        self.world.clock.present = START
        names = [f"person-{self.runs}-{n}" for n in range(count)]
        return [self.run(members.enrol(self.engine, Enrolment(name))).member_id for name in names]


def play(machine: type[Machine], world: World, histories: int, steps: int) -> None:
    """Play histories of so many steps each; one that fails is told as it was found.

    To make it short takes minutes, and is done for who asks: `--hypothesis-profile shrinking`,
    with the seed of the failure in `--hypothesis-seed`.
    """
    machine.world, machine.runs = world, 0
    is_asked = settings.get_current_profile_name() == SHRINKING
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=True,
            phases=(Phase.generate, Phase.shrink) if is_asked else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
