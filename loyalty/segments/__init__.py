"""Segments: which members are meant, said as data, and why each of them is or is not."""

# fmt: off

from loyalty.segments.rules import EVERYONE, Definition, dump, parse
from loyalty.segments.service import matches, page

__all__ = ["EVERYONE", "Definition", "dump", "matches", "page", "parse"]
