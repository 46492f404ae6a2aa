"""What the process writes about itself: one line per event, without personal data; not an audit."""

import hashlib
import logging
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from enum import Enum
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from loyalty.privacy import REMOVED, clean, describe

LIST_LIMIT = 50
DEPTH_LIMIT = 5
FRAME_LIMIT = 30
CAUSE_LIMIT = 5

# Words of a field's name: `deviceToken`, `device_token` and `token` all hold a token.
PRIVATE_WORDS = frozenset(
    {
        *("token", "tokens", "authorization", "password", "secret", "cookie", "credentials"),
        *("email", "mail", "phone", "mobile", "name", "address", "ip", "birthday", "birth"),
        *("body", "headers", "input", "payload", "profile", "text", "title", "url", "variables"),
    }
)
HASHED_WORDS = frozenset({"query", "document", "subject"})  # the same one can be found again
SAFE_FIELDS = frozenset({"operation_name", "client_name"})

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_INTERNAL = ("_record", "_from_structlog", "exc_info")  # read by later steps, never written

# Silent: one line per request, or the text of queries. Their news is logged by us, with care.
_SILENT = ("uvicorn.access", "aiohttp.access", "strawberry.execution")
_WARNINGS_ONLY = ("pymongo", "motor", "google", "urllib3", "httpx", "httpcore")


def configure_logs(
    level: str = "info",
    log_format: Literal["json", "console"] = "json",
    stream: TextIO | None = None,
) -> None:
    """Send every log line of the process, ours and the libraries', to `stream` (standard error)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_personal_data,
        describe_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: Processor = structlog.processors.JSONRenderer()
    if log_format == "console":
        # Its own way with errors prints the locals of their frames: people's data among them.
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _SILENT:
        logging.getLogger(name).disabled = True
    for name in _WARNINGS_ONLY:
        logging.getLogger(name).setLevel(logging.WARNING)


def request_id(sent: str | None = None) -> str:
    """Return the id the request came with if it can be trusted to be one, or else a new one."""
    if sent is not None and re.fullmatch(r"[A-Za-z0-9._-]{8,64}", sent):
        return sent
    return secrets.token_hex(8)


def bound(**fields: str) -> AbstractContextManager[None]:
    """Add fields (the request id first of all) to every line that is logged inside."""
    return structlog.contextvars.bound_contextvars(**fields)


def without_personal_data(_: Any, __: str, event: EventDict) -> EventDict:
    """Remove what may name a person or open a door, by the field's name and by the text's form."""
    return {**_clean_fields(event, 0), **{key: event[key] for key in _INTERNAL if key in event}}


def describe_exception(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by type, place and message, without the values quoted in the message."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_describe(error))
    return event


def _describe(error: BaseException | None) -> Iterator[str]:
    for _ in range(CAUSE_LIMIT):
        if error is None:
            return
        yield describe(error)
        yield from _frames(error.__traceback__)
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        else:
            error = error.__cause__ or error.__context__


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    """Say where it happened, innermost last, and by which file rather than which machine."""
    for frame in extract_tb(traceback)[-FRAME_LIMIT:]:
        yield f"  at {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"


def _clean_fields(fields: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    for field, value in fields.items():
        name = clean(str(field))
        words = [word.lower() for word in _WORD.findall(name)]
        if value is None or "_".join(words) in SAFE_FIELDS:
            cleaned[name] = _clean(value, depth + 1)
        elif not PRIVATE_WORDS.isdisjoint(words):
            cleaned[name] = REMOVED
        elif not HASHED_WORDS.isdisjoint(words):
            digest = hashlib.sha256(str(value).encode("utf-8", "replace")).hexdigest()
            cleaned[name] = f"sha256:{digest[:12]}"
        else:
            cleaned[name] = _clean(value, depth + 1)
    return cleaned


def _clean(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | date | Path | Enum):
        return clean(str(value))
    if depth < DEPTH_LIMIT and isinstance(value, Mapping):
        return _clean_fields(value, depth)
    if depth < DEPTH_LIMIT and isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth + 1) for item in list(value)[:LIST_LIMIT]]
    return f"<{type(value).__qualname__}>"  # its repr may hold anything
