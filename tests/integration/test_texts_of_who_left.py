"""The texts of a member who left: deleted also where a message was open as they did."""

from collections.abc import Sequence
from typing import Any

import pytest

from loyalty import members, push, reactions, segments
from loyalty.engine import Engine
from loyalty.push import Brief, DeliveryStatus
from loyalty.push.fcm import Heard, Outcome, Outgoing, Receipt, Sender, to_nobody
from loyalty.push.rules.briefs import Variant
from loyalty.walks import Walk
from tests.engines import Clock
from tests.phones import Person, enrol, launch, open_shop, phones, work

BRIEF = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "!"}),))


class Leaving:
    """Send after the member has left; the first `busy` times Firebase is too busy."""

    def __init__(self, sender: Sender, leave: Any, busy: int, leave_at: int) -> None:
        self.project, self.limits, self.room = sender.project, sender.limits, sender.room
        self._sender, self._leave = sender, leave
        self._busy, self._leave_at = busy, leave_at
        self.sent = 0

    async def send(self, outgoing: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        self.sent += 1
        if self.sent == self._leave_at:
            await self._leave()
        if self.sent <= self._busy:
            return [Receipt(one.device_id, Outcome.TRANSIENT, "UNAVAILABLE") for one in outgoing]
        return list(await self._sender.send(outgoing))

    async def aclose(self) -> None:
        await self._sender.aclose()


@pytest.mark.parametrize(
    ("busy", "leave_at", "status"),
    [
        (0, 1, DeliveryStatus.SENT),
        (1, 2, DeliveryStatus.SENT),
        (1, 1, DeliveryStatus.SUPPRESSED),
    ],
    ids=["as it is sent", "as it is sent again", "before it is sent again"],
)
async def test_no_text_is_left_of_what_was_open_as_a_member_left(
    engine: Engine, clock: Clock, busy: int, leave_at: int, status: DeliveryStatus
) -> None:
    async with phones() as (_, sender):
        await open_shop(engine)
        anna = await enrol(engine, Person("anna", tokens=["anna"]))

        async def leave() -> None:
            ruling = members.statuses.Ruling(anna, "leave", "as asked", "member")
            await members.statuses.close(engine, ruling)
            while await reactions.react(engine):
                pass

        await launch(engine, BRIEF)
        slow = Leaving(sender, leave, busy, leave_at)
        for _ in range(3):
            await work(engine, slow)
            clock.advance(minutes=30)
        (left,) = await push.inbox.all_of(engine, anna, Walk(10))
        assert (left.status, left.title, left.body, left.data) == (status, None, None, {})
