"""The worker's sender: aiohttp on FCM's HTTP v1 API with deadlines of its own; no SDK transport."""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from loyalty.push.fcm.answers import THIRD_PARTY, Outcome, Receipt, classify
from loyalty.push.fcm.credentials import AccessTokens, Project, TokenRefused
from loyalty.push.fcm.port import Heard, Limits, Outgoing, encode, to_nobody
from loyalty.push.fcm.rooms import Room

FCM = "https://fcm.googleapis.com"

_UNASKED = ("accept", "accept-encoding", "user-agent")
_SEND, _ONLY_LOOK = b'{"message":%b}', b'{"validate_only":true,"message":%b}'

_BODY_BYTES = 65_536  # no answer of FCM's is nearly as long

# Nothing of the request had left when these were raised.
_NEVER_WRITTEN = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


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
        # The queue is here and not in aiohttp's pool, where waiting would count as sending.
        self._slots = asyncio.Semaphore(limits.connections)
        self._timeout = aiohttp.ClientTimeout(
            total=limits.total_seconds, connect=limits.connect_seconds
        )
        self._session: aiohttp.ClientSession | None = None

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        """Return one receipt per message, in their order; what fails is a receipt, never raised."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self.limits.connections, ssl=self._trusting),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                headers={"content-type": "application/json"},
                skip_auto_headers=_UNASKED,
            )
        session = self._session

        async def send_one(place: int, message: Outgoing) -> Receipt:
            receipt = await self._send_one(session, message)
            heard(place, receipt)
            return receipt

        return await asyncio.gather(*(send_one(*one) for one in enumerate(messages)))

    async def aclose(self) -> None:
        """Close the connections; the sender is not used again."""
        if self._session:
            await self._session.close()

    async def _send_one(self, session: aiohttp.ClientSession, outgoing: Outgoing) -> Receipt:
        encoded = encode(outgoing)
        if isinstance(encoded, Receipt):
            return encoded
        async with self._slots:
            try:
                token = await self._tokens.get()
                body = (_ONLY_LOOK if outgoing.validate_only else _SEND) % encoded
                receipt = await self._post(session, outgoing.device_id, body, token)
                # Nothing was taken; where the token was to blame, there is another by now.
                if receipt.outcome is Outcome.HALT and (new := await self._tokens.get()) != token:
                    receipt = await self._post(session, outgoing.device_id, body, new)
                return receipt
            except TokenRefused as refused:
                return Receipt(outgoing.device_id, refused.outcome, refused.code)
            except _NEVER_WRITTEN as error:
                return Receipt(outgoing.device_id, Outcome.TRANSIENT, type(error).__name__)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                return Receipt(outgoing.device_id, Outcome.UNKNOWN, type(error).__name__)

    async def _post(
        self, session: aiohttp.ClientSession, device_id: str, request: bytes, token: str
    ) -> Receipt:
        headers = {"authorization": f"Bearer {token}"}
        async with session.post(
            self._url, data=request, headers=headers, allow_redirects=False
        ) as answer:
            body = await _read(answer)
        receipt = classify(device_id, answer.status, body, answer.headers)
        if answer.status == 401 and receipt.code != THIRD_PARTY:
            self._tokens.refuse(token)
        return receipt


async def _read(answer: aiohttp.ClientResponse) -> bytes | None:
    """Read the body of an answer; None for one that breaks off, or does not end."""
    body = b""
    try:
        while block := await answer.content.readany():
            body += block
            if len(body) > _BODY_BYTES:
                break
        else:
            return body
    except (aiohttp.ClientError, TimeoutError, OSError):
        pass
    answer.close()
    return None
