"""What workers do in the background, kind by kind: recurring jobs, and how each job is done.

A recurring job is one document for ever, held by one worker at a time, so that of any number of
workers one does each sweep; it does a bounded part, and comes back at once where there is more.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from loyalty import activities, jobs, offers, plans, program, push, referrals, tiers, wallets
from loyalty.engine import Engine
from loyalty.jobs import Daily, Every, Handler, Held, Job, Schedule

SWEEP_LIMIT = 200
MORE_AFTER = timedelta(milliseconds=100)
UNWANTED_FOR = timedelta(minutes=1)
AT_NIGHT = Daily(time(4))
BULK = frozenset({"campaign.chunk"})  # what comes by the hundred, and must not hold up the rest
BULK_AT_ONCE = 16  # most of them wait for answers, which now and then are slow

Sweep = Callable[[Engine, int], Awaitable[int]]

SWEEPS: Mapping[str, tuple[Schedule, Sweep]] = {
    "wallets.adjustments": (Every(5), wallets.adjustments.finish_open),
    "wallets.expiry": (Every(5), wallets.expire_due),
    "offers.win_back": (Every(10), offers.personal.win_back_due),
    "plans.lapse": (Every(5), plans.lapse_due),
    "activities.birthdays": (Every(10), activities.occasions.celebrate),
    "referrals.confirm": (Every(5), referrals.confirm_due),
    "activities.finish": (Every(5), activities.finish_open),
    "offers.sweep": (Every(2), partial(offers.sweep, plans_of=plans.active)),
    "tiers.validity": (Every(5), tiers.sweep),
    "plans.finish": (Every(5), plans.finish_open),
}


def recurring() -> dict[str, Handler]:
    """Name the jobs that come back for ever, and how each is done."""
    sweeps = {**SWEEPS, **push.work.recurring()}
    swept: dict[str, Handler] = {
        kind: partial(_sweep, schedule=schedule, sweep=sweep)
        for kind, (schedule, sweep) in sweeps.items()
    }
    return {**swept, "activities.similar": _learn}


def handlers(sender: push.senders.Sender | None) -> dict[str, Handler]:
    """Name every kind of job that a worker does; without a sender those that send are left."""
    return {**recurring(), **(push.work.handlers(sender) if sender else {})}


def kinds() -> list[str]:
    """List every kind of job there is."""
    return sorted({*recurring(), *push.work.KINDS})


async def begin(engine: Engine) -> int:
    """Make the recurring jobs that are not there yet, and count them. Raises Unavailable."""
    now = engine.clock()
    wanted = [Job(kind, kind, now, recurs=True) for kind in recurring()]
    return await jobs.begin_recurring(engine.mongo, wanted)


async def sweep(engine: Engine) -> int:
    """Do a part of everything that is due; return how much was done. Raises Unavailable."""
    return sum([await due(engine, SWEEP_LIMIT) for _, due in SWEEPS.values()])


async def _sweep(engine: Engine, held: Held, schedule: Schedule, sweep: Sweep) -> datetime:
    """Do a bounded part, and give when the next is due.

    What is due at a local time waits for it first, and anew when the program moves to another zone.
    """
    zone = await _zone(engine)
    if isinstance(schedule, Daily) and held.job.data.get("zone") != zone.key:
        await held.progress({"zone": zone.key})
    elif await sweep(engine, SWEEP_LIMIT) >= SWEEP_LIMIT:
        return engine.clock() + MORE_AFTER
    return jobs.next_run(schedule, engine.clock(), zone)


async def _learn(engine: Engine, _held: Held) -> datetime:
    """Learn similar products once a night; at once where a program begins to ask for them."""
    if not await activities.similar.learn(engine):
        return engine.clock() + UNWANTED_FOR
    return jobs.next_run(AT_NIGHT, engine.clock(), await _zone(engine))


async def _zone(engine: Engine) -> ZoneInfo:
    """Give the zone of the active program; before there is one, UTC."""
    version = await program.find_active(engine)
    return version.program.zone if version else ZoneInfo("UTC")
