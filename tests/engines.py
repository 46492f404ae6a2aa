"""Engines for tests: on a real MongoDB, with a clock and ids that the test decides."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from loyalty import audit, members, migrations, wallets
from loyalty.activities import Line, Purchase
from loyalty.engine import Engine, open_engine
from loyalty.members import Enrolment
from loyalty.mongo import Document, Driver, Mongo, MongoOptions
from loyalty.states import LEDGER, STATES

START = datetime(2026, 3, 2, 12, 0)
EPOCH = datetime(1970, 1, 1)
PLAIN = Path(__file__).parents[1].joinpath("examples/programs/points.yaml").read_text("utf-8")

RICH = """
format: 1
id: rich
name: Rich
money: EUR
time_zone: Europe/Copenhagen
currencies:
  - {id: points, name: points, expiry: {mode: ROLLING, months: 2}}
  - {id: credit, name: credit, expiry: {mode: FIXED_DATE, month: 12, day: 31}, pending_days: 14}
  - {id: status, kind: QUALIFYING, name: status points}
earning_rules:
  - id: one-per-ten
    name: 1 point per 10.00
    currency: points
    effect: {kind: PER_AMOUNT, points: 1, per: "10.00", carry: true}
  - id: credit-back
    name: 5 % back
    currency: credit
    effect: {kind: PER_AMOUNT, points: 5, per: "1.00", rounding: HALF_UP}
  - id: status-per-unit
    name: 1 status point per 1.00
    currency: status
    effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}
  - id: tea
    name: 3 points per tea
    currency: points
    when: {categories: [tea]}
    effect: {kind: FIXED, points: 3, per_unit: true}
  - id: review
    name: 20 points per review
    trigger: EVENT
    event: review
    currency: points
    effect: {kind: FIXED, points: 20}
ladders:
  - id: main
    name: Main
    window: CALENDAR_YEAR
    points_currency: status
    tiers:
      - {id: basic, name: Basic}
      - {id: silver, name: Silver, threshold: {points: 100}}
      - id: gold
        name: Gold
        threshold: {spend: "500.00", purchases: 3, match: ANY}
        benefits: [{id: double, kind: POINTS_MULTIPLIER, name: Double, factor: "2"}]
"""


class Clock:
    """Stand still until told to move."""

    def __init__(self, present: datetime = START) -> None:
        self.present = present

    def __call__(self) -> datetime:
        return self.present

    def advance(self, **by: int) -> None:
        self.present += timedelta(**by)


class Ids:
    """Make UUIDv7 texts in order: the clock, then a count; `maker` keeps two engines apart."""

    def __init__(self, clock: Callable[[], datetime], maker: int = 0) -> None:
        self._clock = clock
        self._maker = maker
        self._made = 0

    def __call__(self) -> str:
        self._made += 1
        return uuid7(self._clock(), self._made << 8 | self._maker)


def uuid7(at: datetime, rest: int) -> str:
    """Make the UUIDv7 of an instant (naive UTC)."""
    milliseconds = (at - EPOCH) // timedelta(milliseconds=1)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62 | rest))


Step = Callable[[], Awaitable[None]]


class Steppable(Mongo):
    """A door to MongoDB at which a test can step in, once, before or after an operation.

    `before["find", "ledger"] = act` runs `act` before the next find in the ledger.
    """

    def __init__(self, options: MongoOptions) -> None:
        super().__init__(options)
        self.before: dict[tuple[str, str], Step] = {}
        self.after: dict[tuple[str, str], Step] = {}

    async def _around(self, name: str, collection: str, work: Callable[[], Awaitable[Any]]) -> Any:
        before = self.before.pop((name, collection), None)
        if before is not None:
            await before()
        done = await work()
        after = self.after.pop((name, collection), None)
        if after is not None:
            await after()
        return done

    async def find(self, collection: str, *args: Any, **named: Any) -> list[Document]:
        work = partial(super().find, collection, *args, **named)
        found: list[Document] = await self._around("find", collection, work)
        return found

    async def find_one(self, collection: str, *args: Any, **named: Any) -> Document | None:
        work = partial(super().find_one, collection, *args, **named)
        found: Document | None = await self._around("find_one", collection, work)
        return found

    async def insert_new(self, collection: str, documents: Sequence[Document]) -> set[int]:
        work = partial(super().insert_new, collection, documents)
        taken: set[int] = await self._around("insert_new", collection, work)
        return taken

    async def update_batch(self, collection: str, statements: Sequence[Document]) -> Any:
        """Step in at batches that hold something; after those that changed something."""
        if not statements:
            return []
        after = self.after.pop(("update_batch", collection), None)
        work = partial(super().update_batch, collection, statements)
        lost = await self._around("update_batch", collection, work)
        if after is not None and len(lost) == len(statements):
            self.after["update_batch", collection] = after
        elif after is not None:
            await after()
        return lost

    async def update_many(self, collection: str, *args: Any) -> int:
        work = partial(super().update_many, collection, *args)
        done: int = await self._around("update_many", collection, work)
        return done

    async def update_one(self, collection: str, *args: Any, **named: Any) -> int:
        work = partial(super().update_one, collection, *args, **named)
        done: int = await self._around("update_one", collection, work)
        return done

    async def find_one_and_update(
        self, collection: str, *args: Any, **named: Any
    ) -> Document | None:
        work = partial(super().find_one_and_update, collection, *args, **named)
        found: Document | None = await self._around("find_one_and_update", collection, work)
        return found


def patient(url: str, database: str, driver: Driver = "pymongo") -> MongoOptions:
    """Say where the database is, with time for a busy machine: only tests of outages want one."""
    return MongoOptions(url, database, driver, timeout_ms=30_000)


def steppable(engine: Engine) -> Steppable:
    """Give the engine's door to MongoDB as one at which a test can step in."""
    assert isinstance(engine.mongo, Steppable)
    return engine.mongo


async def start(mongo: Mongo, clock: Callable[[], datetime], maker: int = 0) -> Engine:
    """Open an engine and create what its collections need."""
    engine = open_on(mongo, clock, maker)
    await migrations.prepare(engine)
    return engine


def open_on(mongo: Mongo, clock: Callable[[], datetime], maker: int = 0) -> Engine:
    """Open an engine on a database that has what its collections need."""
    return open_engine(mongo, clock, Ids(clock, maker))


async def enrol(engine: Engine, external_id: str = "anna") -> str:
    """Enrol a member and give its id."""
    return (await members.enrol(engine, Enrolment(external_id=external_id))).member_id


async def suspend(engine: Engine, member_id: str) -> None:
    """Let a member take no part."""
    ruling = members.statuses.Ruling(member_id, "suspend", "For a test.", "staff:test")
    await members.statuses.suspend(engine, ruling)


def purchase(member_id: str, purchase_id: str, total: int, **named: Any) -> Purchase:
    """Make a purchase of one line, now, in the money of the plain program."""
    wanted: dict[str, Any] = {
        "source": "till",
        "id": purchase_id,
        "member_id": member_id,
        "occurred_at": START,
        "money": "USD",
        "total": total,
        **named,
    }
    return Purchase(**wanted)


def line(amount: int, **named: Any) -> Line:
    """Make a line of a purchase."""
    return Line(amount, **named)


async def stored(mongo: Mongo, member_id: str) -> Document | None:
    """Read a member's document as it is stored."""
    return await mongo.find_one(STATES, {"_id": member_id})


async def balance_of(engine: Engine, member_id: str, currency: str = "points") -> int:
    """Give what a member holds in a currency, pending points and holds included."""
    state = await members.require(engine, member_id)
    return wallets.wallet_of(state).account(currency).balance


async def ledger_of(mongo: Mongo, member_id: str) -> list[Document]:
    """Read a member's ledger lines, oldest first."""
    return await mongo.find(LEDGER, {"member": member_id}, sort=[("_id", 1)])


async def records_of(mongo: Mongo, member_id: str) -> list[Mapping[str, Any]]:
    """Read every record of a member, oldest first, from ledger and ring."""
    document = await stored(mongo, member_id) or {}
    by_seq = {line["seq"]: line for line in await ledger_of(mongo, member_id)}
    by_seq |= {record["seq"]: record for record in document.get("recent", ())}
    return [by_seq[seq] for seq in sorted(by_seq)]


async def audited(engine: Engine) -> audit.Report:
    """Let what is under way be settled, which a clock that leapt would call late, and audit."""
    await engine.commits.drain()
    return await audit.verify(engine)
