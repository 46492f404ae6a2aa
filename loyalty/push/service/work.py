"""One round of a worker's work on push; when the next round begins is the worker's business."""

from loyalty import outbox
from loyalty.engine import Engine
from loyalty.push import store
from loyalty.push.fcm import Sender
from loyalty.push.service import dispatch, marketing, nudges


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


async def run_once(engine: Engine, sender: Sender | None) -> int:
    """Take facts to nudges, send what is due, and every campaign's turn one step further.

    Without a sender facts are still taken, so that none pile up: what they would have been sent
    as is noted as suppressed, and stays unsent. What waits to be sent waits for a sender.
    Any number of workers may do so at once, and any may die at any moment. Returns how much was
    done; 0 when there was nothing to do. Raises Unavailable.
    """
    done = await outbox.relay(engine.mongo, engine.clock())
    done += await nudges.react(engine, can_send=sender is not None)
    if sender is None:
        return done
    done += await dispatch.deliver_due(engine, sender)
    return done + await marketing.advance(engine, sender)
