"""The worker: reacts to facts, sends, and does jobs beside each other; each is its noun's work."""

import asyncio
import random
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import structlog

from api import memory
from api.crew import Crew
from api.health import Health, Pulse
from api.installation import Installation
from api.postage import CountedSender
from api.probes import answered
from api.settings import BadSettings, Settings, is_loopback
from loyalty import chores, push, reactions
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import senders

IDLE_FIRST_SECONDS = 0.02
IDLE_LONGEST_SECONDS = 0.25
TROUBLE_SECONDS = 1.0
SLOW_SECONDS = 0.25
POSTS_AT_ONCE = 16

Chore = Callable[[], Awaitable[int]]
Turn = Callable[[], None]

_log = structlog.get_logger()


@dataclass(slots=True)
class Outage:
    """Know which chores wait for the database, and say when the first begins and the last ends."""

    _waiting: set[str] = field(default_factory=set)
    _since: float = 0.0

    def met(self, chore: str, reason: Unavailable) -> None:
        """Note that the database did not answer a chore."""
        if not self._waiting:
            self._since = time.monotonic()
            _log.warning("worker_waits", chore=chore, reason=str(reason))
        self._waiting.add(chore)

    def over(self, chore: str) -> None:
        """Note that the database answered a chore."""
        if self._waiting == {chore}:
            seconds = round(time.monotonic() - self._since, 1)
            _log.warning("worker_goes_on", waited_seconds=seconds)
        self._waiting.discard(chore)


Loop = tuple[asyncio.Event, Outage, Turn]
"""What a loop of a worker ends by, tells its troubles to, and is seen to turn by."""


class NoPushCredentials(BadSettings):
    """Say that pushes cannot be sent with these settings, and what to set."""


def open_sender(settings: Settings) -> senders.Sender | None:
    """Open the way to FCM that the settings name; None where no Firebase project is named.

    An endpoint on this machine is a stand-in, and gets no credential. Raises NoPushCredentials.
    """
    if is_loopback(urlsplit(settings.push_endpoint).hostname or ""):
        return _to_the_standin(settings)
    if settings.firebase_project is None and settings.firebase_credentials is None:
        return None
    try:
        ours = senders.project(
            settings.firebase_credentials, settings.firebase_project, settings.push_per_second
        )
    except ValueError as error:
        raise NoPushCredentials(
            f"{error}: set STAMKUND_FIREBASE_CREDENTIALS to the file of a service account"
        ) from error
    if settings.push_transport == "sdk":
        return senders.SdkSender(ours)
    return senders.LeanSender(ours, endpoint=settings.push_endpoint)


def _to_the_standin(settings: Settings) -> senders.Sender:
    demo = senders.Project("demo", senders.FixedToken(), settings.push_per_second)
    try:
        return senders.LeanSender(
            demo, endpoint=settings.push_endpoint, ca_file=settings.push_ca_file
        )
    except OSError as error:
        raise BadSettings(
            f"STAMKUND_PUSH_CA_FILE={settings.push_ca_file} cannot be used: {error.strerror}"
        ) from error


@asynccontextmanager
async def sending(settings: Settings) -> AsyncIterator[senders.Sender | None]:
    """Hold the way to FCM open. Raises NoPushCredentials."""
    sender = open_sender(settings)
    try:
        yield sender
    finally:
        if sender is not None:
            await sender.aclose()


async def run(
    house: Installation,
    sender: senders.Sender | None,
    stopping: asyncio.Event,
    pulse: Pulse | None = None,
) -> None:
    """Work until asked to stop; any number of workers may run beside each other.

    `pulse` feels each turn of its loops. Without a sender nothing is sent, and facts are done with
    all the same.
    """
    if sender is None:
        _log.warning("pushes_are_not_sent", missing="STAMKUND_FIREBASE_PROJECT")
    else:
        sender = CountedSender(sender, house.metrics)
    _log.info("worker_started", pushes=sender is not None)
    outage, pulse = Outage(), pulse or Pulse(house.metrics)
    begin = partial(chores.begin, house.engine)
    while not stopping.is_set() and await _attempt("jobs", begin, outage) is None:
        await _rest(TROUBLE_SECONDS, stopping)
    following = [
        _repeat(name, chore, at_once, (stopping, outage, partial(pulse.turn, name)))
        for name, chore, at_once in _news(house.engine, sender)
    ]
    grace = house.settings.shutdown_grace_seconds
    working = [
        _work(crew, stopping, outage, grace, partial(pulse.turn, name))
        for name, crew in _crews(house, sender).items()
    ]
    await asyncio.gather(*following, *working)
    _log.info("worker_stopped")


def _news(engine: Engine, sender: senders.Sender | None) -> Iterator[tuple[str, Chore, int]]:
    """Name what follows from what has happened, and how often it goes on at once."""
    yield "news", partial(reactions.react, engine, can_send=sender is not None), 1
    if sender is not None:
        yield "push", partial(push.run_once, engine, sender), POSTS_AT_ONCE


async def _repeat(name: str, chore: Chore, at_once: int, on: Loop) -> None:
    """Do a chore again and again, ever more seldom while there is nothing to do.

    Beside one that takes long, as it waits for slow answers, it is begun anew.
    """
    stopping, outage, turn = on
    idle, running = IDLE_FIRST_SECONDS, set[asyncio.Task[int | None]]()
    while not stopping.is_set():
        turn()
        running.add(asyncio.create_task(_attempt(name, chore, outage)))
        patience = SLOW_SECONDS if len(running) < at_once else None
        ended, running = await asyncio.wait(
            running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        counts = [one.result() for one in ended]
        if None in counts:
            await _rest(TROUBLE_SECONDS, stopping)
        elif any(counts) or not counts:
            idle = IDLE_FIRST_SECONDS
        else:
            await _rest(idle, stopping)
            idle = min(idle * 2, IDLE_LONGEST_SECONDS)
    if running:
        await asyncio.wait(running)


def _crews(house: Installation, sender: senders.Sender | None) -> dict[str, Crew]:
    """Give one crew for what comes by the hundred and one for the rest, which need not wait."""
    handlers, settings = chores.handlers(sender), house.settings
    bulk = {kind: handlers.pop(kind) for kind in chores.BULK & handlers.keys()}
    crews = (("jobs", handlers, settings.worker_jobs), ("chunks", bulk, chores.BULK_AT_ONCE))
    return {
        name: Crew(house.engine, house.metrics, part, places, settings.job_lease_seconds)
        for name, part, places in crews
        if part
    }


async def _work(
    crew: Crew, stopping: asyncio.Event, outage: Outage, grace_seconds: int, turn: Turn
) -> None:
    """Do jobs that are due; at the end give back those that are not done."""
    idle = IDLE_FIRST_SECONDS
    while not stopping.is_set():
        turn()
        taken = await _attempt("jobs", crew.take, outage)
        if taken is None:
            await _rest(TROUBLE_SECONDS, stopping)
        elif taken:
            idle = IDLE_FIRST_SECONDS
        else:
            await crew.wait(stopping, idle)
            idle = min(idle * 2, IDLE_LONGEST_SECONDS)
    await crew.drain(grace_seconds)


async def _attempt(name: str, chore: Chore, outage: Outage) -> int | None:
    """Do one chore; None when it failed, so that a fault of one does not stop the others."""
    try:
        done = await chore()
    except Unavailable as reason:
        outage.met(name, reason)
        return None
    except Exception:  # noqa: BLE001 - a bug in one chore must not end the worker
        _log.exception("worker_failed", chore=name)
        return None
    outage.over(name)
    return done


async def _rest(seconds: float, stopping: asyncio.Event) -> None:
    """Wait, a little longer or shorter so that workers do not march in step, or until the end."""
    jittered = seconds * random.uniform(0.75, 1.0)  # noqa: S311 - not a secret
    try:
        async with asyncio.timeout(jittered):
            await stopping.wait()
    except TimeoutError:
        return


async def finish(work: Coroutine[Any, Any, None], stop: Callable[[], object]) -> None:
    """Do the work to its end; a cancellation asks it to `stop`, and waits until it has.

    The work itself is not cancelled: it might be inside of the driver, where Python 3.11's
    `wait_for` can lose a cancellation.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        await task
        raise


async def run_until_signal(house: Installation, listener: socket.socket | None = None) -> None:
    """Work until SIGINT or SIGTERM; what is leased is finished first.

    Whoever asks at the `listener` is told meanwhile how it goes. Raises NoPushCredentials.
    """
    stopping, pulse = asyncio.Event(), Pulse(house.metrics)
    health = Health(house, pulse)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        health.stopping = True
        stopping.set()

    previous = {
        number: signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        async with sending(house.settings) as sender, answered(health, listener):
            memory.settle()
            await finish(run(house, sender, stopping, pulse), stop)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
