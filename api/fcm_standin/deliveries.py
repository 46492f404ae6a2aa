"""What the stand-in accepted: all of it counted, the newest kept; no socket is touched here."""

import asyncio
import datetime as dt
import itertools
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from api.fcm_standin import messages

LISTED_AT_MOST = 1_000
REPEATED_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted message; `sequence` counts from one, `token` is its target of any kind."""

    sequence: int
    received_at: dt.datetime
    name: str
    token: str
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """Read the message out of the request's body, in FCM's spelling with underscores."""
        return messages.read(self.body).message.model_dump(exclude_unset=True)

    def as_document(self) -> dict[str, Any]:
        """Give all of it, as it is listed and logged."""
        return {
            "sequence": self.sequence,
            "received_at": self.received_at,
            "name": self.name,
            "token": self.token,
            "message": self.message,
        }


class Deliveries:
    """Keep the newest `keep_count` messages, count all, and write each to `log_file`."""

    def __init__(self, keep_count: int, log_file: Path | None) -> None:
        self.last = 0
        self._kept: deque[Delivery] = deque(maxlen=keep_count)
        self._log_file = log_file
        self._by_target: Counter[str] = Counter()
        self._by_message: Counter[tuple[str, str]] = Counter()
        self._arrived = asyncio.Event()

    def take(self, name: str, request: messages.SendRequest, body: bytes) -> None:
        """Keep a message that was accepted under a name."""
        self.last += 1
        target = request.message.target
        delivery = Delivery(self.last, dt.datetime.now(dt.UTC), name, target, body)
        self._kept.append(delivery)
        self._by_target[target] += 1
        if message_id := (request.message.data or {}).get("messageId"):
            self._by_message[target, message_id] += 1
        if self._log_file:
            with self._log_file.open("ab") as log:
                document = delivery.as_document()
                log.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
        self._arrived.set()

    def listed(self, since: int = 0, token: str | None = None) -> Iterator[Delivery]:
        """List what is kept of what came after sequence `since`, oldest first."""
        kept = self._kept
        passed = max(0, since + 1 - kept[0].sequence) if kept else 0
        for delivery in itertools.islice(kept, passed, None):
            if token in (None, delivery.token):
                yield delivery

    async def follow(self, since: int = 0) -> AsyncIterator[Delivery]:
        """Give what came after sequence `since`, and then for ever what comes, each once."""
        while True:
            for delivery in list(self.listed(since)):
                yield delivery
                since = delivery.sequence
            if since >= self.last:
                await self.wait()

    async def wait(self) -> None:
        """Wait until one more message is taken."""
        self._arrived.clear()
        await self._arrived.wait()

    def counts(self, *, by_target: bool = False) -> dict[str, Any]:
        """Count messages and targets; `duplicates` are those a target took before, by messageId.

        The first of them are listed as `repeated`, each with how often it was taken.
        """
        again = {key: count for key, count in self._by_message.items() if count > 1}
        counted: dict[str, Any] = {
            "accepted": self.last,
            "targets": len(self._by_target),
            "duplicates": sum(again.values()) - len(again),
            "repeated": [
                {"token": token, "messageId": message_id, "count": count}
                for (token, message_id), count in itertools.islice(again.items(), REPEATED_AT_MOST)
            ],
        }
        return counted | ({"byTarget": dict(self._by_target)} if by_target else {})
