"""What leaves for phones, counted by outcome, and the alarm where nothing may leave any more."""

from collections import Counter
from collections.abc import Mapping, Sequence

import structlog

from api.metrics import Metrics
from loyalty.push import senders

NAMES: Mapping[senders.Outcome, str] = {
    senders.Outcome.SENT: "sent",
    senders.Outcome.DEAD_DEVICE: "device_gone",
    senders.Outcome.REJECTED: "failed",
    senders.Outcome.HALT: "failed",
    senders.Outcome.THROTTLED: "retried",
    senders.Outcome.TRANSIENT: "retried",
    senders.Outcome.UNKNOWN: "unknown",
}

_log = structlog.get_logger()


class CountedSender:
    """Send as another sender does, and count what came of it."""

    def __init__(self, sender: senders.Sender, metrics: Metrics) -> None:
        self._sender = sender
        self._metrics = metrics

    @property
    def project(self) -> senders.Project:
        """Give whose messages they are."""
        return self._sender.project

    @property
    def limits(self) -> senders.Limits:
        """Give how many are under way at once."""
        return self._sender.limits

    @property
    def room(self) -> senders.Room:
        """Give the places for messages under way."""
        return self._sender.room

    async def send(
        self, messages: Sequence[senders.Outgoing], heard: senders.Heard = senders.to_nobody
    ) -> list[senders.Receipt]:
        """Return one receipt per message, in their order; what fails is a receipt, never raised.

        An error is logged for each code by which Firebase says that it will take nothing from us.
        """
        receipts = await self._sender.send(messages, heard)
        for outcome, count in Counter(receipt.outcome for receipt in receipts).items():
            self._metrics.push(NAMES[outcome], count)
        halts = {receipt.code for receipt in receipts if receipt.outcome is senders.Outcome.HALT}
        for code in sorted(str(code) for code in halts):
            _log.error("pushes_are_refused", code=code, project=self.project.project_id)
        return receipts

    async def aclose(self) -> None:
        """Close the connections; the sender is not used again."""
        await self._sender.aclose()
