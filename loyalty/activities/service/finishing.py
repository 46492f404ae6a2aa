"""Finish activities whose recorder died after it claimed their ids; whoever comes by may do it."""

from loyalty import claims, program
from loyalty.activities import store
from loyalty.activities.service.recording import record
from loyalty.activities.service.refunding import refund_checked
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused, Unavailable
from loyalty.mongo import Document
from loyalty.program import Version


async def finish_open(engine: Engine, limit: int = 200) -> int:
    """Finish activities whose recorder died between claiming the id and the commit.

    Safe to run at any time: an activity that was committed is found by its key and only noted.
    One that cannot be finished is set aside with its reason; the shop may send it again. Returns
    how many were looked at.
    """
    left = await claims.left_open(engine.mongo, store.ACTIVITIES, engine.clock(), limit)
    version = await program.find_active(engine)
    if version is None:
        return 0
    for document in left:
        try:
            await _finish(engine, version, document)
        except Unavailable:
            break
        except Exception as error:  # noqa: BLE001 - one that is damaged must not stop the others
            reason = _reason(error)
            await claims.set_aside(engine.mongo, store.ACTIVITIES, document["_id"], reason)
    return len(left)


async def _finish(engine: Engine, version: Version, document: Document) -> None:
    if document["kind"] == "refund":
        await refund_checked(engine, store.refund_from_document(document))
    else:
        await record(engine, version, store.from_document(document))


def _reason(error: Exception) -> str:
    match error:
        case Refused():
            return type(error.refusal).__name__
        case BadInput():
            return error.message
        case _:
            return type(error).__name__
