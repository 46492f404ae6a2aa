"""The sender on firebase-admin's own `send_each_async`, fenced in; the worker's is the lean one.

Found by running firebase-admin 7.7: it blocks while it builds its client and refreshes a token; it
never closes the answers it retries, so the hundredth 5xx on an app hangs for ever; cancelling a
batch poisons the connection; closing starts an event loop of its own. So every app lives in a
thread with its own loop, serves a bounded number of messages, and goes at the first trouble. One
answer that it cannot read loses all of the call, and a call only looks at all of its messages or at
none: so each message has a call of its own, a batch of them at once.
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
from google.auth.exceptions import GoogleAuthError

from loyalty.push.fcm.answers import Outcome, Receipt, classify, taken
from loyalty.push.fcm.credentials import AccessTokens, Project, TokenRefused, refused
from loyalty.push.fcm.port import Heard, Limits, Outgoing, encode, made, to_nobody
from loyalty.push.fcm.rooms import Room

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
        self.room = Room(limits.connections)
        tokens = AccessTokens(project.credential)
        lane_count = max(1, limits.connections // BATCH_COUNT)
        self._idle: asyncio.LifoQueue[_Lane] = asyncio.LifoQueue()
        self._lanes = [_Lane(project, tokens, limits.total_seconds) for _ in range(lane_count)]
        for lane in self._lanes:
            self._idle.put_nowait(lane)

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        """Return one receipt per message, in their order; what fails is a receipt, never raised."""
        receipts: dict[int, Receipt] = {}
        sound: list[int] = []

        def note(index: int, receipt: Receipt) -> None:
            receipts[index] = receipt
            heard(index, receipt)

        for index, message in enumerate(messages):
            encoded = encode(message)
            if isinstance(encoded, Receipt):
                note(index, encoded)
            else:
                sound.append(index)

        async def send_batch(batch: list[int]) -> None:
            for index, receipt in zip(
                batch, await self._send_batch([messages[index] for index in batch]), strict=True
            ):
                note(index, receipt)

        batches = [sound[i : i + BATCH_COUNT] for i in range(0, len(sound), BATCH_COUNT)]
        await asyncio.gather(*(send_batch(batch) for batch in batches))
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
        try:
            self._tokens.fetch()
        except TokenRefused as none:
            return [Receipt(outgoing.device_id, none.outcome, none.code) for outgoing in batch]
        runner, app = self._open()
        return runner.run(self._post_all(batch, app))

    async def _post_all(self, batch: list[Outgoing], app: firebase_admin.App) -> list[Receipt]:
        return await asyncio.gather(*(self._post(outgoing, app) for outgoing in batch))

    async def _post(self, outgoing: Outgoing, app: firebase_admin.App) -> Receipt:
        try:
            async with asyncio.timeout(self._total_seconds + RETRY_SECONDS):
                only_look = outgoing.validate_only
                answered = await messaging.send_each_async([made(outgoing)], only_look, app)
        except TimeoutError as error:
            return Receipt(outgoing.device_id, Outcome.UNKNOWN, type(error).__name__)
        except exceptions.FirebaseError as error:
            return _failed(outgoing.device_id, error)
        [answer] = answered.responses
        if answer.exception is not None:
            return _failed(outgoing.device_id, answer.exception)
        return taken(outgoing.device_id, answer.message_id)

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


def _failed(device_id: str, error: exceptions.FirebaseError) -> Receipt:
    response = error.http_response
    if response is not None:
        return classify(device_id, response.status_code, response.content, response.headers)
    if isinstance(error.cause, GoogleAuthError):  # before the message, or after a 401 to it
        none = refused(error.cause)
        return Receipt(device_id, none.outcome, none.code)
    written = not isinstance(error.cause, _NEVER_WRITTEN)
    outcome = Outcome.UNKNOWN if written else Outcome.TRANSIENT
    return Receipt(device_id, outcome, type(error.cause or error).__name__)
