"""Who knocks at a door, as a request or the opening of a socket tells it; verifies nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import Scope

from api.graphql_requests import wanted_languages
from api.identity import Caller
from api.logs import request_id

CLIENT_HEADERS = ("apollographql-client-", "graphql-client-")
DEVICE_HEADER = "stamkund-device-id"

_CLIENT_TEXT = re.compile(r"[\w.+()/:@ -]{1,64}", re.ASCII)
_DEVICE_ID = re.compile(r"[\w.:-]{8,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Client:
    """The program that asks, as it calls itself; '' for what it does not tell."""

    name: str = ""
    version: str = ""

    @property
    def noted(self) -> dict[str, str]:
        """Give what a line of the log says of it."""
        said = {"client_name": self.name, "client_version": self.version}
        return {name: text for name, text in said.items() if text}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Hold what is known before anybody is asked for their credentials.

    `languages` are BCP 47, most wanted first; `device` is what the app calls the phone it runs on.
    """

    request_id: str
    authorization: str | None = None
    languages: tuple[str, ...] = ()
    address: str = ""
    device: str = ""
    client: Client = Client()


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor who was let in, and who they are."""

    visitor: Visitor
    caller: Caller


def visitor_of(connection: HTTPConnection, told: Mapping[str, str] | None = None) -> Visitor:
    """Read what a request, or the opening of a socket, tells.

    What a browser cannot say in the headers of a socket may be `told` under their names.
    """
    headers = {**headers_of(connection.scope), **(told or {})}
    state = connection.scope.get("state") or {}
    device = headers.get(DEVICE_HEADER, "")
    return Visitor(
        request_id=state.get("request_id") or request_id(),
        authorization=headers.get("authorization"),
        languages=wanted_languages(headers.get("accept-language")),
        address=connection.client.host if connection.client else "",
        device=device if _DEVICE_ID.fullmatch(device) else "",
        client=client_of(headers),
    )


def headers_of(scope: Scope) -> dict[str, str]:
    """Read every header once, the first where one is repeated; names are in small letters."""
    pairs = reversed(scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


def client_of(headers: Mapping[str, str]) -> Client:
    """Read the headers by which Apollo's clients, and others, tell what they are."""
    return Client(_told(headers, "name"), _told(headers, "version"))


def _told(headers: Mapping[str, str], what: str) -> str:
    """Read the first of the headers that is there, if it can be trusted to be a name."""
    for prefix in CLIENT_HEADERS:
        text = headers.get(prefix + what, "").strip()
        if text:
            return text if _CLIENT_TEXT.fullmatch(text) else ""
    return ""
