"""What the shop's billing tells of plans and passes, each once for its source and id."""

from datetime import datetime, timedelta
from enum import StrEnum

from loyalty.errors import BadInput
from loyalty.values import value

TEXT_LIMIT = 200
EARLIEST = datetime(1970, 1, 1)
FUTURE_ALLOWED = timedelta(hours=24)


class EventKind(StrEnum):
    """Name what happened to a plan, or to a pass: BUY and RETURN."""

    START = "START"
    RENEW = "RENEW"
    CANCEL = "CANCEL"
    RESUME = "RESUME"
    REFUND = "REFUND"
    BUY = "BUY"
    RETURN = "RETURN"


PAYMENTS = frozenset({EventKind.START, EventKind.RENEW, EventKind.BUY})
"""What money was paid for; all share their ids, so that one payment is never counted twice."""

REFUNDS = frozenset({EventKind.REFUND, EventKind.RETURN})
OF_PASSES = frozenset({EventKind.BUY, EventKind.RETURN})


@value
class PlanEvent:
    """Something that happened to a member's plan or pass, which `plan` names; naive UTC."""

    kind: EventKind
    source: str
    id: str
    member_id: str
    plan: str
    occurred_at: datetime

    @property
    def reference(self) -> str:
        """Give what it is known by: a payment, refund, cancellation or resumption, and its id."""
        what = self.kind.value.lower()
        if self.kind in PAYMENTS:
            what = "payment"
        elif self.kind in REFUNDS:
            what = "refund"
        return f"{what}:{self.source}:{self.id}"


def check(event: PlanEvent, now: datetime) -> None:
    """Refuse what cannot have happened. Raises BadInput."""
    for name, text in (("source", event.source), ("id", event.id)):
        if not 1 <= len(text) <= TEXT_LIMIT:
            raise BadInput(f"1 to {TEXT_LIMIT} characters", (name,))
    if ":" in event.source:
        raise BadInput("the name of a source has no colon", ("source",))
    if not EARLIEST <= event.occurred_at <= now + FUTURE_ALLOWED:
        raise BadInput("before 1970, or more than a day in the future", ("occurredAt",))
