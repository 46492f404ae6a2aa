"""What is kept of a text that may name a person or open a door, and of what an error says."""

import re

REMOVED = "[removed]"
TEXT_LIMIT = 1_000

_PRIVATE = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JWT
    r"|stk_\w{12}_[\w-]+"  # an integration key
    r"|[\w-]{8,}:APA91[\w-]+"  # a device's token
    r"|(?i:bearer|basic)\s+\S+"
    r"|(?<=://)[^/\s@]+@"  # the password in a URL
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\+\d[\d ().-]{6,}\d"
)
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")


def clean(text: str) -> str:
    """Give a text, at most 1,000 characters of it, without what may be personal or secret."""
    return _PRIVATE.sub(REMOVED, text[:TEXT_LIMIT])


def describe(error: BaseException) -> str:
    """Say what an error is: its type and the first line of it, without the values quoted there."""
    said = _QUOTED.sub("'…'", next(iter(str(error).splitlines()), ""))
    return f"{type(error).__qualname__}: {clean(said)}"
