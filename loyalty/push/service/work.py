"""One round of a worker's work on push; when the next round begins is the worker's business."""

from loyalty.engine import Engine
from loyalty.push import store
from loyalty.push.fcm import Sender
from loyalty.push.service import dispatch, sending


async def prepare(engine: Engine) -> None:
    """Create the indexes, and let changes of campaigns be told."""
    await store.prepare(engine.mongo)
    engine.live.cover(store.campaigns.CAMPAIGNS)


async def run_once(engine: Engine, sender: Sender) -> int:
    """Send what is due, and take every campaign's turn one step further.

    Any number of workers may do so at once, and any may die at any moment. Returns how much was
    done; 0 when there was nothing to do. Raises Unavailable.
    """
    done = await dispatch.deliver_due(engine, sender)
    return done + await sending.advance(engine, sender)
