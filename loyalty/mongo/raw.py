"""Documents that carry their BSON, so that what is written to two places is encoded once."""

import struct
from typing import Any

import bson

LENGTH = struct.Struct("<i")


class Encoded(dict[str, Any]):
    """A document that nobody changes any more, with its BSON, which is written as it is."""

    __slots__ = ("raw",)
    _type_marker = 101  # how bson knows documents that bring their bytes along

    raw: bytes


def encoded(document: dict[str, Any]) -> Encoded:
    """Give a document with its BSON."""
    made = Encoded(document)
    made.raw = bson.encode(document)
    return made


def joined(first: dict[str, Any], then: dict[str, Any]) -> Encoded:
    """Give one document of the fields of two, which have none in common."""
    made = Encoded(first)
    made.update(then)
    fields = _fields(first) + _fields(then)
    made.raw = LENGTH.pack(len(fields) + 5) + fields + b"\0"
    return made


def _fields(document: dict[str, Any]) -> bytes:
    raw = document.raw if isinstance(document, Encoded) else bson.encode(document)
    return raw[LENGTH.size : -1]
