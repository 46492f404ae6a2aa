"""Documents that carry their BSON, so that what is written to two places is encoded once."""

import struct
from collections.abc import Callable
from typing import Any

import bson

LENGTH = struct.Struct("<i")
BYTES = b"\x05%b\0%b\0%b"  # a field in BSON: its name, the length, what is in it


class Encoded(dict[str, Any]):
    """A document that nobody changes any more, with its BSON, which is written as it is."""

    __slots__ = ("raw",)
    _type_marker = 101  # how bson knows documents that bring their bytes along

    raw: bytes


def sealed(document: dict[str, Any], name: str, seal: Callable[[bytes], bytes]) -> Encoded:
    """Give a document with one more field: bytes, which `seal` makes of the BSON of the others."""
    raw = bson.encode(document)
    made = Encoded(document)
    made[name] = last = seal(raw)
    made.raw = _whole(raw[LENGTH.size : -1] + BYTES % (name.encode(), LENGTH.pack(len(last)), last))
    return made


def joined(first: dict[str, Any], then: dict[str, Any]) -> Encoded:
    """Give one document of the fields of two, which have none in common."""
    made = Encoded(first)
    made.update(then)
    made.raw = _whole(_fields(first) + _fields(then))
    return made


def _fields(document: dict[str, Any]) -> bytes:
    raw = document.raw if isinstance(document, Encoded) else bson.encode(document)
    return raw[LENGTH.size : -1]


def _whole(fields: bytes) -> bytes:
    return LENGTH.pack(LENGTH.size + len(fields) + 1) + fields + b"\0"
