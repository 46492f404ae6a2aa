"""What staff approve of what members submitted, recorded as the event that it stands for."""

from loyalty.activities.service.recording import record_event
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.mongo import Document
from loyalty.program import Event

SOURCE = "submission"


async def record_approved(engine: Engine, fact: Document) -> None:
    """React to a decision on a submission: an approved one is an event, once, when it was made.

    Of a member who takes no part any more nothing is recorded. Raises Unavailable.
    """
    told = fact["data"]
    if told["status"] != "APPROVED" or told.get("event") is None:
        return
    event = Event(SOURCE, told["id"], fact["member"], told["at"], told["event"])
    try:
        await record_event(engine, event)
    except Refused:
        return
