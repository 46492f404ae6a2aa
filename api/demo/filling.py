"""Fill a database with the demo's program, people and their year; a second time changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.demo.history import purchases, reviews
from api.demo.people import SHOWCASE_DAYS, Person, person
from api.importing import import_sales
from api.settings import BadSettings
from loyalty import activities, members, program, push, reactions, wallets
from loyalty.activities import Intake, Sale
from loyalty.engine import Engine
from loyalty.members import Channel, Consent, Enrolment, Purpose
from loyalty.push import senders
from loyalty.walks import Walk

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "programs" / "demo.yaml"
ENROL_BATCH = 1_000
AT_ONCE = 64
SPENT = 150
PAUSE_SECONDS = 0.01

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """A person, the member they are, and what they bought."""

    person: Person
    member_id: str
    sales: tuple[Sale, ...]


async def fill(engine: Engine, count: int, sender: senders.Sender, advance: Advance) -> str:
    """Make `count` members with their year, and return the id of the one to show.

    Devices are registered when the year is over and told, so no phone hears of old news.
    Raises BadSettings, having written nothing, when the database holds a shop.
    """
    await refuse_a_shop(engine)
    await publish(engine)
    anchor = await find_anchor(engine)
    async with _telling(engine, sender):
        await enrol(engine, 1, anchor)  # by whom a filling that was cut short is known again
        plan = await enrol(engine, count, anchor)
        intake = Intake(sales=[sale for one in plan for sale in one.sales])
        await import_sales(engine, intake, advance)
        await _each(plan, lambda one: _live(engine, one, anchor))
    await _each(plan, lambda one: _settle_in(engine, one))
    return plan[0].member_id


@asynccontextmanager
async def _telling(engine: Engine, sender: senders.Sender) -> AsyncIterator[None]:
    """Act upon facts while they come in; at the end, go on until the last is done."""
    over = asyncio.Event()

    async def tell() -> None:
        while await _tell_once(engine, sender) or not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), PAUSE_SECONDS)

    task = asyncio.create_task(tell())
    try:
        yield
        over.set()
        await task
    finally:
        task.cancel()


async def _tell_once(engine: Engine, sender: senders.Sender) -> int:
    return await reactions.react(engine) + await push.run_once(engine, sender)


async def refuse_a_shop(engine: Engine) -> None:
    """Raise BadSettings where another program was ever published, or members are not the demo's."""
    ours = program.parse(PROGRAM.read_text(encoding="utf-8")).id
    owner = None
    for version in await program.versions(engine):
        if version.published_at is not None and version.program.id != ours:
            owner = f"the program `{version.program.id}`"
    if owner is None and await members.newest(engine, Walk(1)):
        showcase = await members.find_by_external_id(engine, person(1).external_id)
        owner = None if showcase else "members who are not the demo's"
    if owner is not None:
        raise BadSettings(
            f"this database belongs to {owner}, and the demo would take it over: give the demo a "
            "directory of its own with --data-dir DIRECTORY, and unset STAMKUND_MONGO_URL or name "
            "an unused database in STAMKUND_MONGO_DATABASE"
        )


async def publish(engine: Engine) -> None:
    """Publish the demo's program, unless it, or what somebody made of it, is active already."""
    if await program.find_active(engine, fresh=True) is None:
        await program.publish(engine, PROGRAM.read_text(encoding="utf-8"))


async def find_anchor(engine: Engine) -> datetime:
    """Give the day on which the year ended: that of the first filling, so that dates stay."""
    first = await members.find_by_external_id(engine, person(1).external_id)
    if first is not None:
        return members.profile_of(first).enrolled_at + timedelta(days=SHOWCASE_DAYS)
    return engine.clock().replace(hour=0, minute=0, second=0, microsecond=0)


async def enrol(engine: Engine, count: int, anchor: datetime) -> list[Planned]:
    """Enrol the people and plan what they bought."""
    people = [person(number) for number in range(1, count + 1)]
    enrolments = [
        Enrolment(
            external_id=one.external_id, profile=one.profile, enrolled_at=anchor - one.member_for
        )
        for one in people
    ]
    plan: list[Planned] = []
    for start in range(0, count, ENROL_BATCH):
        batch = enrolments[start : start + ENROL_BATCH]
        for enrolled in await members.enrol_many(engine, batch):
            number = len(plan) + 1
            one = people[number - 1]
            sales = tuple(
                Sale((), one.external_id, purchase) for purchase in purchases(one, number, anchor)
            )
            plan.append(Planned(one, enrolled.member_id, sales))
    return plan


async def _live(engine: Engine, one: Planned, anchor: datetime) -> None:
    """Let a person write reviews, and the one to show spend some points."""
    for event in reviews(one.person, one.member_id, anchor):
        await activities.record_event(engine, event)
    if one.person.external_id == person(1).external_id:
        spending = wallets.Spending(
            one.member_id, "points", SPENT, "demo-00001-spending", "A bag of coffee"
        )
        await wallets.spend(engine, spending)


async def _settle_in(engine: Engine, one: Planned) -> None:
    """Register a person's devices and note their consent, unless they were asked before."""
    state = await members.require(engine, one.member_id)
    if members.profile_of(state).consents:
        return
    for device in one.person.devices:
        await push.devices.register(engine, one.member_id, device)
    now, granted = engine.clock(), one.person.wants_marketing
    consent = Consent(Purpose.MARKETING, Channel.PUSH, granted, now, "demo: the app's first screen")
    await members.set_consents(engine, one.member_id, [consent])


async def _each(plan: list[Planned], work: Callable[[Planned], Awaitable[None]]) -> None:
    """Do the work for everybody, some at once."""
    waiting = iter(plan)

    async def go_on() -> None:
        for one in waiting:
            await work(one)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(go_on())
