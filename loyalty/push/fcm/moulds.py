"""Messages that differ in a few words: encoded by firebase-admin once, filled in for each of many.

What a mould casts is what the whole way through `payloads.to_message` gives, at a thirtieth of the
cost; a test holds the two to each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from firebase_admin import messaging

from loyalty.push import payloads
from loyalty.push.payloads import LIMIT_BYTES, Address, AddressKind, Notification, Text
from loyalty.values import value

# No text of anybody's holds these, and a mould in which they are found too often is refused.
_MARK = "mould-5d0c1f7b9e-"
_TITLE, _BODY, _ID, _VALUE = (_MARK + name for name in ("title", "body", "id", "value"))
_PLACES = {_TITLE: 1, _BODY: 1, _ID: 2, _VALUE: 1}


class TooLarge(ValueError):
    """Say that a text does not fit in a message."""


@value
class Cast:
    """One message for one device: as FCM's JSON, and on demand as firebase-admin's."""

    encoded: bytes
    message: Callable[[], messaging.Message]


@dataclass(frozen=True, slots=True)
class Mould:
    """A message with places for title, body, message id and address; of one kind of address.

    `names` says what comes after each of `pieces` but the last; `room` is the bytes that are left
    for title, body and id in APNs's form.
    """

    model: Notification
    kind: AddressKind
    now: datetime
    pieces: tuple[bytes, ...]
    names: tuple[str, ...]
    room: int

    def cast(self, shown: tuple[str, str], message_id: str, value: str) -> Cast:
        """Fill in title and body, the message's id and the device's address. Raises TooLarge."""
        title, body = shown
        if not (1 <= len(title) <= 200 and 1 <= len(body) <= 2_000):
            raise TooLarge("a title has 1 to 200 characters, a body 1 to 2,000")
        words = {
            _TITLE: orjson.dumps(title),
            _BODY: orjson.dumps(body),
            _ID: orjson.dumps(message_id),
            _VALUE: orjson.dumps(value),
        }
        if len(words[_TITLE]) + len(words[_BODY]) + len(words[_ID]) > self.room:
            raise TooLarge(f"at most {LIMIT_BYTES} bytes fit")
        filled = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            filled += (words[name], piece)
        return Cast(b"".join(filled), lambda: self._message(shown, message_id, value))

    def _message(self, shown: tuple[str, str], message_id: str, value: str) -> messaging.Message:
        text = Text(title=shown[0], body=shown[1])
        data = self.model.data.model_copy(update={"message_id": message_id})
        whole = Notification(notification=text, data=data, ttl_seconds=self.model.ttl_seconds)
        return payloads.to_message(whole, Address(value=value, kind=self.kind), self.now)


def mould(model: Notification, kind: AddressKind, now: datetime) -> Mould:
    """Make a mould of a message; its own title, body and message id do not matter.

    Raises ValueError for one that cannot be told from its places.
    """
    data = model.data.model_copy(update={"message_id": _ID})
    text = Text(title=_TITLE, body=_BODY)
    marked = Notification(notification=text, data=data, ttl_seconds=model.ttl_seconds)
    whole = str(payloads.to_message(marked, Address(value=_VALUE, kind=kind), now)).encode()
    found = {name: whole.count(f'"{name}"'.encode()) for name in _PLACES}
    if found != _PLACES or whole.count(_MARK.encode()) != sum(_PLACES.values()):
        raise ValueError("a message holds the marks of its own mould")
    pieces, names = _cut(whole, {f'"{name}"'.encode(): name for name in _PLACES})
    words = sum(len(orjson.dumps(name)) for name in (_TITLE, _BODY, _ID))
    return Mould(model, kind, now, pieces, names, LIMIT_BYTES - marked.size_bytes + words)


def _cut(whole: bytes, marks: Mapping[bytes, str]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    pieces: list[bytes] = []
    names: list[str] = []
    while left := [mark for mark in marks if mark in whole]:
        first = min(left, key=whole.index)
        piece, _, whole = whole.partition(first)
        pieces.append(piece)
        names.append(marks[first])
    return (*pieces, whole), tuple(names)
