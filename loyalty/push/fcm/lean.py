"""The worker's sender: FCM's HTTP v1 API over aiohttp's connections; no SDK transport."""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

from loyalty.push.fcm.answers import THIRD_PARTY, Outcome, Receipt, classify
from loyalty.push.fcm.credentials import AccessTokens, Project, TokenRefused
from loyalty.push.fcm.lines import BROKEN, Lines, NeverWritten
from loyalty.push.fcm.port import Heard, Limits, Outgoing, encode, to_nobody
from loyalty.push.fcm.rooms import Room

FCM = "https://fcm.googleapis.com"

_SEND, _ONLY_LOOK = b'{"message":%b}', b'{"validate_only":true,"message":%b}'


class LeanSender:
    """Send over keep-alive connections, `limits.connections` at once; `endpoint` has no path.

    `ca_file` names the only authorities that are trusted, in place of the system's. Raises OSError
    when it cannot be read.
    """

    def __init__(
        self,
        project: Project,
        limits: Limits | None = None,
        endpoint: str = FCM,
        ca_file: Path | None = None,
    ) -> None:
        self.project = project
        self.limits = limits = limits or Limits()
        self.room = Room(limits.connections)
        self._trusting = ssl.create_default_context(cafile=ca_file) if ca_file else True
        self._url = f"{endpoint}/v1/projects/{project.project_id}/messages:send"
        self._tokens = AccessTokens(project.credential)
        # The queue is here and not at the connections, where waiting would count as sending.
        self._slots = asyncio.Semaphore(limits.connections)
        self._lines: Lines | None = None

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        """Return one receipt per message, in their order; what fails is a receipt, never raised."""
        if self._lines is None:
            self._lines = Lines(self._url, self.limits, self._trusting)
        lines = self._lines

        async def send_one(place: int, message: Outgoing) -> Receipt:
            receipt = await self._send_one(lines, message)
            heard(place, receipt)
            return receipt

        return await asyncio.gather(*(send_one(*one) for one in enumerate(messages)))

    async def aclose(self) -> None:
        """Close the connections; the sender is not used again."""
        if self._lines:
            await self._lines.aclose()

    async def _send_one(self, lines: Lines, outgoing: Outgoing) -> Receipt:
        encoded = encode(outgoing)
        if isinstance(encoded, Receipt):
            return encoded
        async with self._slots:
            try:
                token = await self._tokens.get()
                body = (_ONLY_LOOK if outgoing.validate_only else _SEND) % encoded
                receipt = await self._post(lines, outgoing.device_id, body, token)
                # Nothing was taken; where the token was to blame, there is another by now.
                if receipt.outcome is Outcome.HALT and (new := await self._tokens.get()) != token:
                    receipt = await self._post(lines, outgoing.device_id, body, new)
                return receipt
            except TokenRefused as refused:
                return Receipt(outgoing.device_id, refused.outcome, refused.code)
            except NeverWritten as error:
                return Receipt(outgoing.device_id, Outcome.TRANSIENT, str(error))
            except BROKEN as error:
                return Receipt(outgoing.device_id, Outcome.UNKNOWN, type(error).__name__)

    async def _post(self, lines: Lines, device_id: str, body: bytes, token: str) -> Receipt:
        answer = await lines.post(body, token)
        receipt = classify(device_id, answer.status, answer.body, answer.headers)
        if answer.status == 401 and receipt.code != THIRD_PARTY:
            self._tokens.refuse(token)
        return receipt
