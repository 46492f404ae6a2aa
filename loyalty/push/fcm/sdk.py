"""The sender on firebase-admin's own `send_each_async`, fenced in; the worker's is the lean one.

Found by running firebase-admin 7.7: it blocks while it builds its client and refreshes a token; it
never closes the answers it retries, so the hundredth 5xx on an app hangs for ever; cancelling a
batch poisons the connection; closing starts an event loop of its own. So every app lives in a
thread with its own loop, serves a bounded number of messages, and goes at the first trouble.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import firebase_admin
import httpx
from firebase_admin import exceptions, messaging

from loyalty.push.fcm.answers import Outcome, Receipt, classify
from loyalty.push.fcm.credentials import AccessTokens, Project, TokenRefused
from loyalty.push.fcm.port import Limits, Outgoing, encode, made

# A retried answer keeps one of the connection's 100 streams for ever. Four retries of every message
# in a batch keep 96, so a batch that meets nothing but 503 still ends.
BATCH_COUNT = 24
# One retry of every message keeps 96 too, and is not to be seen from here. A second one shows in
# the time taken, so an app can serve this many before it goes; building one costs 0.13 s of CPU.
APP_MESSAGE_COUNT = 96
SECOND_RETRY_SECONDS = 1.0
RETRY_SECONDS = 7.0  # 0 + 1 + 2 + 4 between the five attempts

_APP_NUMBERS = itertools.count(1)
_NEVER_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class SdkSender:
    """Send in batches over as many apps as `limits.connections` asks for.

    A batch may take `limits.total_seconds` beyond firebase-admin's own pauses between retries.
    """

    def __init__(self, project: Project, limits: Limits | None = None) -> None:
        self.project = project
        self.limits = limits = limits or Limits()
        tokens = AccessTokens(project.credential)
        lane_count = max(1, limits.connections // BATCH_COUNT)
        self._idle: asyncio.LifoQueue[_Lane] = asyncio.LifoQueue()
        self._lanes = [_Lane(project, tokens, limits.total_seconds) for _ in range(lane_count)]
        for lane in self._lanes:
            self._idle.put_nowait(lane)

    async def send(self, messages: Sequence[Outgoing]) -> list[Receipt]:
        """Return one receipt per message, in their order; what fails is a receipt, never raised."""
        receipts: dict[int, Receipt] = {}
        sound: list[int] = []
        for index, message in enumerate(messages):
            encoded = encode(message)
            if isinstance(encoded, Receipt):
                receipts[index] = encoded
            else:
                sound.append(index)
        batches = [sound[i : i + BATCH_COUNT] for i in range(0, len(sound), BATCH_COUNT)]
        answers = await asyncio.gather(
            *(self._send_batch([messages[index] for index in batch]) for batch in batches)
        )
        for batch, answer in zip(batches, answers, strict=True):
            receipts.update(zip(batch, answer, strict=True))
        return [receipts[index] for index in range(len(messages))]

    async def _send_batch(self, batch: list[Outgoing]) -> list[Receipt]:
        lane = await self._idle.get()
        try:
            return await lane.send(batch)
        finally:
            self._idle.put_nowait(lane)

    async def aclose(self) -> None:
        """Close the connections; the sender is not used again."""
        await asyncio.gather(*(lane.aclose() for lane in self._lanes))


class _Lane:
    """One thread, with one loop and one app at a time."""

    def __init__(self, project: Project, tokens: AccessTokens, total_seconds: float) -> None:
        self._project = project
        self._tokens = tokens
        self._total_seconds = total_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fcm-sdk")
        self._runner: asyncio.Runner | None = None
        self._app: firebase_admin.App | None = None
        self._message_count = 0

    async def send(self, batch: list[Outgoing]) -> list[Receipt]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._send, batch)

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._discard)
        self._thread.shutdown(wait=False)

    def _send(self, batch: list[Outgoing]) -> list[Receipt]:
        started = time.monotonic()
        receipts = self._attempt(batch)
        self._message_count += len(batch)
        worn = self._message_count + BATCH_COUNT > APP_MESSAGE_COUNT
        slow = time.monotonic() - started >= SECOND_RETRY_SECONDS
        troubled = any(r.outcome in (Outcome.UNKNOWN, Outcome.TRANSIENT) for r in receipts)
        if worn or slow or troubled:
            self._discard()
        return receipts

    def _attempt(self, batch: list[Outgoing]) -> list[Receipt]:
        def all_of(outcome: Outcome, code: str) -> list[Receipt]:
            return [Receipt(outgoing.device_id, outcome, code) for outgoing in batch]

        try:
            self._tokens.fetch()
            runner, app = self._open()
            look = all(outgoing.validate_only for outgoing in batch)
            response = runner.run(self._call([made(outgoing) for outgoing in batch], app, look))
        except TokenRefused as refused:
            return all_of(refused.outcome, refused.code)
        except (TimeoutError, exceptions.FirebaseError) as error:
            return all_of(Outcome.UNKNOWN, type(error).__name__)
        pairs = zip(batch, response.responses, strict=True)
        return [_receipt(outgoing.device_id, answer) for outgoing, answer in pairs]

    async def _call(
        self, messages: list[messaging.Message], app: firebase_admin.App, only_look: bool
    ) -> messaging.BatchResponse:
        async with asyncio.timeout(self._total_seconds + RETRY_SECONDS):
            return await messaging.send_each_async(messages, dry_run=only_look, app=app)

    def _open(self) -> tuple[asyncio.Runner, firebase_admin.App]:
        if self._runner is None or self._app is None:
            self._runner = asyncio.Runner()
            options = {
                "projectId": self._project.project_id,
                "httpTimeout": self._total_seconds,
            }
            name = f"stamkund-{next(_APP_NUMBERS)}"
            self._app = firebase_admin.initialize_app(self._project.credential, options, name)
        return self._runner, self._app

    def _discard(self) -> None:
        if self._app is not None:
            with suppress(OSError, RuntimeError, httpx.HTTPError):  # it is on its way out
                firebase_admin.delete_app(self._app)
        if self._runner is not None:
            self._runner.close()
        self._app = self._runner = None
        self._message_count = 0


def _receipt(device_id: str, answer: messaging.SendResponse) -> Receipt:
    error = answer.exception
    if error is None:
        return Receipt(device_id, Outcome.SENT, name=answer.message_id)
    response = error.http_response
    if response is not None:
        retry_after = response.headers.get("retry-after")
        return classify(device_id, response.status_code, response.content, retry_after)
    written = not isinstance(error.cause, _NEVER_WRITTEN)
    outcome = Outcome.UNKNOWN if written else Outcome.TRANSIENT
    return Receipt(device_id, outcome, type(error.cause or error).__name__)
