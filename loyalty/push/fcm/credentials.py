"""Who we are to FCM: a firebase-admin credential and its access tokens; nothing of people."""

import asyncio
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from firebase_admin import credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import Request

from loyalty.push.fcm.answers import Outcome

_REFRESH_TIMEOUT_SECONDS = 10
PER_SECOND = 10_000  # messages: FCM's default is 600,000 a minute


@dataclass(frozen=True, slots=True)
class Project:
    """A Firebase project, the firebase-admin credential that may send for it, and its quota."""

    project_id: str
    credential: credentials.Base
    per_second: int = PER_SECOND


class TokenRefused(Exception):
    """Say that there is no access token, and what that means for a message: TRANSIENT or HALT."""

    def __init__(self, outcome: Outcome, code: str) -> None:
        super().__init__(code)
        self.outcome = outcome
        self.code = code


def refused(error: GoogleAuthError) -> TokenRefused:
    """Tell what it means that google-auth has no access token for us."""
    passing = isinstance(error, TransportError) or error.retryable
    return TokenRefused(Outcome.TRANSIENT if passing else Outcome.HALT, type(error).__name__)


class _Fixed(Credentials):
    def __init__(self, token: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.token = token

    def refresh(self, request: object) -> None:
        """Keep the token: there is no other."""


class FixedToken(credentials.Base):  # type: ignore[misc]
    """Be a credential with one token for ever, which is what the stand-in accepts."""

    def __init__(self, token: str = "standin") -> None:  # noqa: S107 - guards nothing
        self._fixed = _Fixed(token)

    def get_credential(self) -> Credentials:
        """Return the credential in google-auth's form."""
        return self._fixed


def project(
    service_account_file: Path | None = None,
    project_id: str | None = None,
    per_second: int = PER_SECOND,
) -> Project:
    """Open a service account's file, or Google's application default credentials.

    Raises ValueError when the credential cannot be read or names no project and none is given.
    """
    try:
        if service_account_file:
            credential = credentials.Certificate(str(service_account_file))
        else:
            credential = credentials.ApplicationDefault()
        found = project_id or credential.project_id
    except (OSError, GoogleAuthError) as error:
        raise ValueError(f"the Firebase credential cannot be used: {error}") from error
    if not found:
        raise ValueError("the Firebase credential names no project; give the project id")
    return Project(found, credential, per_second)


class AccessTokens:
    """Hold the current access token of a credential, refreshed by one caller at a time."""

    def __init__(self, credential: credentials.Base) -> None:
        self._credential = credential
        self._google: Any = None
        self._refused: str | None = None
        self._one_thread = threading.Lock()
        self._one_task = asyncio.Lock()

    def _current(self) -> str | None:
        if self._google is None or not self._google.valid or self._google.token == self._refused:
            return None
        return str(self._google.token)

    def fetch(self) -> str:
        """Return a valid token, blocking for some seconds if need be; raises TokenRefused."""
        with self._one_thread:
            try:
                self._google = self._google or self._credential.get_credential()
                if self._current() is None:
                    self._google.refresh(partial(Request(), timeout=_REFRESH_TIMEOUT_SECONDS))
            except GoogleAuthError as error:
                raise refused(error) from error
            return str(self._google.token)

    async def get(self) -> str:
        """Return a valid token without blocking the event loop; raises TokenRefused."""
        if token := self._current():
            return token
        async with self._one_task:
            token = self._current()  # fetched by the caller before us
            return await asyncio.to_thread(self.fetch) if token is None else token

    def refuse(self, token: str) -> None:
        """Note that FCM answered 401 to this token, so the next caller fetches another."""
        if token == self._current():
            self._refused = token
