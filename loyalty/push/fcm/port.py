"""The port through which push reaches FCM: what a sender takes and promises, not how it sends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firebase_admin import messaging

from loyalty.push.fcm.answers import Outcome, Receipt
from loyalty.push.fcm.credentials import Project
from loyalty.push.fcm.rooms import Room
from loyalty.values import value


class Cast(Protocol):
    """A message that is encoded already, and firebase-admin's own on demand."""

    @property
    def encoded(self) -> bytes:
        """Give it as FCM's JSON."""

    @property
    def message(self) -> Callable[[], messaging.Message]:
        """Give what makes it."""


@value
class Outgoing:
    """One message for one device; FCM only looks at one that is `validate_only`."""

    device_id: str
    message: messaging.Message | Cast
    validate_only: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How many messages are under way at once, and the seconds one of them may take."""

    connections: int = 256
    connect_seconds: float = 3.0
    total_seconds: float = 10.0


Heard = Callable[[int, Receipt], object]


def to_nobody(_place: int, _receipt: Receipt) -> None:
    """Do nothing about answers as they come."""


class Sender(Protocol):
    """Send messages of one project, each once; as many at once as its limits say."""

    @property
    def project(self) -> Project:
        """Give whose messages they are."""

    @property
    def limits(self) -> Limits:
        """Give how many are under way at once."""

    @property
    def room(self) -> Room:
        """Give the places for messages under way, taken before they are claimed."""

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        """Return one receipt per message, in their order; what fails is a receipt, never raised.

        `heard` is given each as it comes, with its place among them.
        """

    async def aclose(self) -> None:
        """Close the connections; the sender is not used again."""


def encode(outgoing: Outgoing) -> bytes | Receipt:
    """Encode the message as FCM's JSON, or say in a receipt that firebase-admin cannot."""
    if not isinstance(outgoing.message, messaging.Message):
        return outgoing.message.encoded
    try:
        return str(outgoing.message).encode()
    except (ValueError, TypeError, AttributeError) as error:
        return Receipt(
            outgoing.device_id, Outcome.REJECTED, "UNENCODABLE", detail=type(error).__name__
        )


def made(outgoing: Outgoing) -> messaging.Message:
    """Give firebase-admin's message."""
    message = outgoing.message
    return message if isinstance(message, messaging.Message) else message.message()
