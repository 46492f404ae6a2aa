"""One round of a worker's work on push; when the next round begins is the worker's business."""

from collections.abc import Awaitable, Callable

from loyalty.engine import Engine
from loyalty.jobs import Every, Handler, Schedule
from loyalty.push import store
from loyalty.push.fcm import Sender
from loyalty.push.service import (
    devices,
    dispatch,
    enclosures,
    inbox,
    rounds,
    sending,
    snapshots,
    trials,
    watching,
)

KINDS = frozenset(
    {
        rounds.KIND,
        sending.CHUNK_KIND,
        sending.AUDIENCE_KIND,
        sending.WATCH_KIND,
        trials.TRIAL_KIND,
        trials.VALIDATE_KIND,
    }
)


def recurring() -> dict[str, tuple[Schedule, Callable[[Engine, int], Awaitable[int]]]]:
    """Name what comes back for ever: when, and how up to a limit is done, counting what was."""
    return {
        "push.devices": (Every(3_600), devices.forget_unseen),
        "push.messages": (Every(600), inbox.forget_older),
        "push.nudges": (Every(60), rounds.begin),
        "push.offers": (Every(10), enclosures.take_back),
    }


def handlers(sender: Sender) -> dict[str, Handler]:
    """Name the kinds of jobs that send, those of KINDS, and how each is done."""
    return {
        rounds.KIND: rounds.go,
        sending.CHUNK_KIND: sending.chunks(sender),
        sending.AUDIENCE_KIND: snapshots.takers(sender),
        sending.WATCH_KIND: watching.watch,
        trials.TRIAL_KIND: trials.senders(sender),
        trials.VALIDATE_KIND: trials.validators(sender),
    }


async def prepare(engine: Engine) -> None:
    """Create the indexes, and let changes of campaigns be told."""
    await store.prepare(engine.mongo)
    engine.live.cover(store.campaigns.CAMPAIGNS)


async def run_once(engine: Engine, sender: Sender) -> int:
    """Send what is due, and begin the campaigns whose time has come.

    Any number of workers may do so at once, and any may die at any moment. Returns how much was
    done; 0 when there was nothing to do. Raises Unavailable.
    """
    done = await dispatch.deliver_due(engine, sender)
    return done + await sending.begin(engine)
