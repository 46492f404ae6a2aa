"""What leaves for phones is counted, and it is told aloud when Firebase takes nothing from us."""

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from api.metrics import Metrics
from api.postage import NAMES, CountedSender
from loyalty.push.fcm import (
    FixedToken,
    Heard,
    Limits,
    Outcome,
    Outgoing,
    Project,
    Receipt,
    Room,
    to_nobody,
)

pytestmark = pytest.mark.anyio


class Answering:
    """A sender whose answers are known."""

    project = Project("shop-1", FixedToken())
    limits = Limits()
    room = Room(1)

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        outcomes = [*Outcome, Outcome.SENT, Outcome.HALT]
        return [Receipt(f"dev_{n}", one, code=one.name) for n, one in enumerate(outcomes)]

    async def aclose(self) -> None:
        return None


async def test_messages_are_counted_by_their_outcome_and_a_refusal_of_all_is_an_error() -> None:
    metrics = Metrics()
    assert NAMES.keys() == set(Outcome)
    with capture_logs() as told:
        await CountedSender(Answering(), metrics).send([])
    counted = metrics.render().decode()
    for line in ('"sent"} 2.0', '"failed"} 3.0', '"retried"} 2.0', '"unknown"} 1.0'):
        assert f"stamkund_pushes_total{{outcome={line}" in counted
    [alarm] = [line for line in told if line["log_level"] == "error"]
    assert (alarm["event"], alarm["code"]) == ("pushes_are_refused", "HALT")
    assert alarm["project"] == "shop-1"
