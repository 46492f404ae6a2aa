"""The public keys an issuer signs with: fetched, kept and renewed; not who a token belongs to."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlsplit

import aiohttp
import jwt
import structlog
from jwt.algorithms import AllowedPublicKeys

from api.settings import Algorithm, is_loopback
from loyalty.errors import Unavailable

KeySource = Callable[[], Awaitable[Mapping[str, Any]]]

FRESH_SECONDS = 3_600
STALE_SECONDS = 86_400
COOL_DOWN_SECONDS = 30  # between two fetches that were caused by an unknown key id
RETRY_SECONDS = 2  # between two fetches while the issuer does not answer
PATIENCE_SECONDS = 2.0  # of a request for a fetch; less than the deadline of a request
DOCUMENT_LIMIT_BYTES = 262_144

_DEADLINES = aiohttp.ClientTimeout(total=5, sock_connect=3)
_KEY_TYPES = ("RSA", "EC", "OKP")
_ALGORITHMS = get_args(Algorithm)

_log = structlog.get_logger()


class KeysUnavailable(Unavailable):
    """Say that the issuer's keys cannot be had now, so no token can be judged; not a refusal."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Hold one public key and the algorithm it is bound to, if the issuer names one."""

    public_key: AllowedPublicKeys
    algorithm: str | None


def remote_keys(uri: str) -> KeySource:
    """Read a JWKS document over HTTPS, or over HTTP from this machine; follow no redirects.

    Raises ValueError for any other URI; the source raises aiohttp.ClientError, TimeoutError or
    ValueError when there is no usable answer within 5 s.
    """
    parts = urlsplit(uri)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    ):
        raise ValueError("signing keys are read over https only")

    async def read() -> Mapping[str, Any]:
        async with (
            aiohttp.ClientSession(timeout=_DEADLINES) as session,
            session.get(uri, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"the issuer answered {answer.status}")
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > DOCUMENT_LIMIT_BYTES:
                    raise ValueError("the key document is too large")
        document = json.loads(body)
        if not isinstance(document, dict):
            raise ValueError("the key document is not an object")
        return document

    return read


class SigningKeys:
    """Answer which public key has a key id, with as few fetches as can be.

    Fetches are single-flight. A key is used without question for an hour, and up to a day while
    the issuer does not answer. An unknown key id causes at most one fetch per cool-down.
    """

    def __init__(self, source: KeySource, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._monotonic = monotonic
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at = float("-inf")
        self._next_fetch_at = float("-inf")
        self._failing = False
        self._fetch: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> SigningKey | None:
        """Return the key, or None if the issuer does not know the id.

        Raises `KeysUnavailable` when that cannot be told.
        """
        known = key_id in self._keys
        if known and self._age() < FRESH_SECONDS:
            return self._keys[key_id]
        running = self._start_fetch()
        have_old = known and self._age() < STALE_SECONDS
        if running is not None and not (have_old and self._failing):  # one wait in vain is enough
            await self._wait(running)
        if self._age() >= STALE_SECONDS:
            raise KeysUnavailable("the signing keys of the issuer cannot be read")
        found = self._keys.get(key_id)
        if found is None and self._failing:  # it may be a new key that we could not read
            raise KeysUnavailable("the signing keys of the issuer cannot be renewed")
        return found

    async def close(self) -> None:
        """Stop a fetch that is still running."""
        if self._fetch is not None:
            self._fetch.cancel()
            await asyncio.wait({self._fetch})

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    def _start_fetch(self) -> asyncio.Task[None] | None:
        """Return the running fetch, or a new one if one is due."""
        if self._fetch is not None and not self._fetch.done():
            return self._fetch
        if self._monotonic() < self._next_fetch_at:
            return None
        self._fetch = asyncio.create_task(self._read())
        return self._fetch

    async def _wait(self, fetch: asyncio.Task[None]) -> None:
        """Wait for the fetch as long as a request can; it goes on for the next one."""
        done, _ = await asyncio.wait({fetch}, timeout=PATIENCE_SECONDS)
        if not done:
            self._failing = True

    async def _read(self) -> None:
        try:
            self._keys = _usable(await self._source())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            self._failing = True
            self._next_fetch_at = self._monotonic() + RETRY_SECONDS
            _log.warning("signing_keys_unavailable", reason=type(error).__name__)
        else:
            self._failing = False
            self._fetched_at = self._monotonic()
            self._next_fetch_at = self._fetched_at + COOL_DOWN_SECONDS


def _usable(document: Mapping[str, Any]) -> dict[str, SigningKey]:
    """Keep the asymmetric signing keys that have an id; raise ValueError if there is none."""
    listed = document.get("keys")
    keys: dict[str, SigningKey] = {}
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") not in _KEY_TYPES:
            continue
        key_id, algorithm = entry.get("kid"), entry.get("alg")
        if not isinstance(key_id, str) or entry.get("use", "sig") != "sig":
            continue
        if algorithm is not None and algorithm not in _ALGORITHMS:
            continue
        try:
            keys[key_id] = SigningKey(jwt.PyJWK(entry).key, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue  # one odd key must not take the others away
    if not keys:
        raise ValueError("the key document holds no usable key")
    return keys
