"""Bring a file's purchases into the ledger: enrol, record at their dates, count; parses nothing.

Running it again records nothing twice: a purchase is known by its source and id, and a customer
by the shop's own number.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from api import memory
from loyalty import activities, members, messages, program, wallets
from loyalty.activities import BadLine, Intake, Purchase, Sale, refusals
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused, Unavailable
from loyalty.members import Enrolment

ENROL_BATCH = 1_000
# Customers at work at once. Each one's purchases go in one after the other, because a tier reached
# by the first changes what the next earns; the group commit makes batches across customers.
CUSTOMERS_AT_ONCE = 1_024
ATTEMPTS = 8  # for each purchase while the database does not answer, with ever longer pauses

Advance = Callable[[int], None]


@dataclass(slots=True)
class Tally:
    """What an import did; `points` are those of new purchases, by currency."""

    new: int = 0
    there: int = 0
    members_new: int = 0
    points: Counter[str] = field(default_factory=Counter)
    bad_lines: list[BadLine] = field(default_factory=list)


async def import_sales(engine: Engine, intake: Intake, advance: Advance) -> Tally:
    """Record every sale of a file; `advance` is told of each that is done.

    Raises Refused(ProgramMissing) before the first, and Unavailable when the database stays away:
    what was recorded by then stays, and the next run goes on from there.
    """
    await program.active(engine)
    memory.settle()  # what was read stays to the end
    tally = Tally(bad_lines=list(intake.bad_lines))
    groups = activities.by_customer(intake.sales)
    member_ids = await _enrol(engine, groups, tally)
    # Customers with the longest history first, so that none of them is left alone at the end.
    waiting = iter(sorted(groups, key=lambda customer: -len(groups[customer])))
    recorder = _Recorder(engine, tally, advance)

    async def work(customers: Iterator[str]) -> None:
        for customer in customers:
            for sale in groups[customer]:
                await recorder.record(sale, member_ids[customer])

    async with asyncio.TaskGroup() as group:
        for _ in range(min(CUSTOMERS_AT_ONCE, len(groups))):
            group.create_task(work(waiting))
    await engine.commits.drain()
    tally.bad_lines.sort(key=lambda bad: bad.number)
    return tally


async def _enrol(engine: Engine, groups: dict[str, list[Sale]], tally: Tally) -> dict[str, str]:
    """Make members of unknown customers, as of their first purchase; return ids by customer."""
    member_ids: dict[str, str] = {}
    everyone = list(groups)
    for first in range(0, len(everyone), ENROL_BATCH):
        customers = everyone[first : first + ENROL_BATCH]
        enrolments = [
            Enrolment(external_id=customer, enrolled_at=groups[customer][0].purchase.occurred_at)
            for customer in customers
        ]
        done = await members.enrol_many(engine, enrolments)
        for customer, enrolled in zip(customers, done, strict=True):
            member_ids[customer] = enrolled.member_id
            tally.members_new += enrolled.created
    return member_ids


@dataclass(frozen=True, slots=True)
class _Recorder:
    engine: Engine
    tally: Tally
    advance: Advance

    async def record(self, sale: Sale, member_id: str) -> None:
        """Record one sale and count what came of it."""
        tally = self.tally
        try:
            outcome = await self._insist(replace(sale.purchase, member_id=member_id))
        except (BadInput, Refused) as no:
            tally.bad_lines += [BadLine(number, _why(no)) for number in sale.numbers]
        else:
            tally.new += not outcome.replayed
            tally.there += outcome.replayed
            if not outcome.replayed:
                for posted in wallets.record_entries(outcome.state, outcome.record):
                    tally.points[posted.entry.currency] += posted.entry.points
        self.advance(1)

    async def _insist(self, purchase: Purchase) -> Outcome:
        """Send a purchase again while the database is away: its id makes that safe."""
        for attempt in range(ATTEMPTS):
            try:
                return await activities.record_purchase(self.engine, purchase)
            except Unavailable:
                await asyncio.sleep(0.25 * 2**attempt)
        return await activities.record_purchase(self.engine, purchase)


def _why(no: BadInput | Refused) -> str:
    """Say in a line why a purchase was not taken."""
    if isinstance(no, BadInput):
        return str(no)
    match no.refusal:
        case KeyReused():
            return "this order is recorded already, with another content or for another customer"
        case refusals.MoneyMismatch(given, expected):
            return f"paid in {given}, but the program counts in {expected}"
        case refusal:
            return messages.describe(refusal, messages.FALLBACK)
