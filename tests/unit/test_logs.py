"""Log lines: one shape for all, a request id on each, and nothing about a person in any."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog

from api.logs import bound, configure_logs, request_id

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtYnJfMSJ9.c2lnbmF0dXJl"
KEY = "stk_0123456789ab_" + "A" * 43
DEVICE = "dGhpc19pc19h:APA91bH_9xyz-123"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lines(stream: io.StringIO) -> Iterator[Lines]:
    """Configure logs as the process does, and put every logger back: other tests read them too."""
    root = logging.getLogger()
    handlers, before = root.handlers[:], [(log, log.level, log.disabled) for log in loggers()]
    configure_logs("info", "json", stream)
    known = {log for log, _, _ in before}
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    new = [(log, logging.NOTSET, False) for log in loggers() if log not in known]
    for log, level, disabled in before + new:
        log.setLevel(level)
        log.disabled = disabled
    structlog.reset_defaults()


def loggers() -> list[logging.Logger]:
    """Give every logger there is, the root first."""
    named = logging.root.manager.loggerDict.values()
    return [logging.root, *(log for log in named if isinstance(log, logging.Logger))]


def test_a_line_is_json_with_level_and_utc_time(lines: Lines) -> None:
    structlog.get_logger().info("campaign_sent", count=3)
    (line,) = lines()
    at = datetime.fromisoformat(line.pop("timestamp"))
    assert line == {"event": "campaign_sent", "count": 3, "level": "info"}
    offset = at.utcoffset()
    assert offset is not None
    assert offset.total_seconds() == 0


def test_every_line_of_a_request_has_its_id(lines: Lines) -> None:
    with bound(request_id="r-1"):
        structlog.get_logger().info("inside")
        logging.getLogger("uvicorn.error").warning("inside too")
    structlog.get_logger().info("outside")
    assert [line.get("request_id") for line in lines()] == ["r-1", "r-1", None]


@pytest.mark.parametrize(
    "sent", [None, "", "short", "a" * 65, "a b c d e f", "id\nforged line", "ü" * 9]
)
def test_an_id_that_cannot_be_trusted_is_replaced(sent: str | None) -> None:
    made = request_id(sent)
    assert made != sent
    assert len(made) == 16


def test_an_id_of_the_balancer_is_kept() -> None:
    assert request_id("0196a1b2-c3d4-7e8f") == "0196a1b2-c3d4-7e8f"


@pytest.mark.parametrize(
    "field",
    [
        "token", "deviceToken", "device_token", "fcmToken", "Authorization", "email", "userEmail",
        "e_mail", "phone", "phoneNumber", "name", "first_name", "lastName", "variables", "password",
        "client_secret", "Cookie", "address", "ip", "clientIP", "birthday", "body", "mongo_url",
    ],
)  # fmt: skip
def test_private_fields_are_removed(lines: Lines, field: str) -> None:
    structlog.get_logger().info("x", **{field: "Anna", "deep": {"list": [{field: {"a": "Anna"}}]}})
    (line,) = lines()
    assert line[field] == "[removed]"
    assert line["deep"] == {"list": [{field: "[removed]"}]}


@pytest.mark.parametrize("field", ["query", "query_text", "documentBody", "subject"])
def test_query_text_is_never_written(lines: Lines, stream: io.StringIO, field: str) -> None:
    structlog.get_logger().info("x", **{field: '{ memberFind(email: "Anna") { id } }'})
    assert lines()[0]["event"] == "x"
    assert "memberFind" not in stream.getvalue()


def test_one_query_can_be_found_again_by_its_hash(lines: Lines) -> None:
    for query in ("{ me { id } }", "{ me { id } }", "{ program { id } }"):
        structlog.get_logger().info("x", query=query)
    first, again, other = (line["query"] for line in lines())
    assert first == again != other
    assert first.startswith("sha256:")


def test_what_operators_need_is_kept(lines: Lines) -> None:
    kept = {"operation_name": "HomeScreen", "client_name": "ios", "member_id": "mbr_01", "ms": 1.5}
    structlog.get_logger().info(
        "x", **kept, operationName="Me", roles=["ADMIN"], none=None, ok=True
    )
    (line,) = lines()
    assert kept.items() <= line.items()
    assert (line["operationName"], line["roles"], line["ok"]) == ("Me", ["ADMIN"], True)


@pytest.mark.parametrize(
    "private",
    [
        "anna.ek+shop@mail.example.se", "+46 70-123 45 67", "+15551234567", JWT, KEY, DEVICE,
        f"Bearer {JWT}", "Basic dTpwYXNz",
    ],
)  # fmt: skip
def test_private_text_is_removed_wherever_it_stands(
    lines: Lines, stream: io.StringIO, private: str
) -> None:
    structlog.get_logger().info(f"saw {private}", note=f"a {private} b", deep=[{private: private}])
    logging.getLogger("some.library").error("saw %s", private)
    assert len(lines()) == 2
    assert private not in stream.getvalue()
    assert lines()[1]["event"] == "saw [removed]"


def test_the_password_of_a_url_is_removed(lines: Lines) -> None:
    structlog.get_logger().info("x", at="mongodb://stamkund:sesame@db.example:27017/x")
    assert lines()[0]["at"] == "mongodb://[removed]db.example:27017/x"


def test_an_object_is_named_and_not_shown(lines: Lines, stream: io.StringIO) -> None:
    class Member:
        def __repr__(self) -> str:
            return "Member(Anna)"

    structlog.get_logger().info("x", who=Member(), also=[Member()], data=b"Anna")
    (line,) = lines()
    assert "Anna" not in stream.getvalue()
    assert line["data"] == "<bytes>"


@pytest.mark.parametrize(
    "value", ["a\ud800b", "a\nb", 2**70, float("nan"), [[[[[[["deep"]]]]]]], "x" * 10**6]
)
def test_no_value_breaks_or_floods_a_line(lines: Lines, stream: io.StringIO, value: Any) -> None:
    structlog.get_logger().info("x", value=value)
    assert lines()[0]["event"] == "x"
    assert len(stream.getvalue()) < 2_000


def fail() -> None:
    try:
        json.loads("{}")["anna"]
    except KeyError as error:
        raise ValueError("bad value 'Anna Ek' for anna@mail.example\nquery: { me }") from error


@pytest.mark.parametrize("logger", ["ours", "theirs"])
def test_an_exception_says_what_and_where_but_not_about_whom(
    lines: Lines, stream: io.StringIO, logger: str
) -> None:
    try:
        fail()
    except ValueError:
        log = structlog.get_logger() if logger == "ours" else logging.getLogger("uvicorn.error")
        log.exception("it broke")
    (line,) = lines()
    first, *frames = line["exception"].split("\n")
    assert first == "ValueError: bad value '…' for [removed]"
    assert frames[0].startswith("  at tests/unit/test_logs.py:")
    assert "KeyError: '…'" in frames
    assert "exc_info" not in line
    for private in ("Anna", "anna", "{ me }"):
        assert private not in stream.getvalue()


def test_an_exception_group_shows_what_is_inside(lines: Lines) -> None:
    structlog.get_logger().error("x", exc_info=ExceptionGroup("two", [ValueError("one")]))
    assert lines()[0]["exception"].split("\n")[1] == "ValueError: one"


@pytest.mark.parametrize("name", ["uvicorn.access", "aiohttp.access", "strawberry.execution"])
def test_lines_per_request_and_query_text_of_libraries_are_off(lines: Lines, name: str) -> None:
    logging.getLogger(name).error("GET /graphql?query={me{id}}")
    assert lines() == []


def test_the_driver_does_not_log_commands_even_when_all_is_logged(
    stream: io.StringIO, lines: Lines
) -> None:
    configure_logs("debug", "json", stream)
    logging.getLogger("pymongo.command").debug('{"find": "members", "filter": {"_id": 1}}')
    structlog.get_logger().debug("ours")
    assert [line["event"] for line in lines()] == ["ours"]


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    structlog.get_logger().debug("x")
    logging.getLogger("some.library").debug("x")
    assert lines() == []


def test_people_can_read_the_console_format(stream: io.StringIO, lines: Lines) -> None:
    configure_logs("info", "console", stream)
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("it broke", email="anna@mail.example")
    assert "it broke" in stream.getvalue()
    assert "tests/unit/test_logs.py:" in stream.getvalue()
    assert "Anna" not in stream.getvalue()
    assert "anna@" not in stream.getvalue()


def test_the_console_format_shows_no_locals_even_of_an_error_that_comes_undescribed() -> None:
    configure_logs("info", "console", io.StringIO())
    formatter = logging.getLogger().handlers[0].formatter
    assert isinstance(formatter, structlog.stdlib.ProcessorFormatter)
    secret = "anna-was-" + "here"
    try:
        raise ValueError(len(secret))
    except ValueError as error:
        told = {"event": "it broke", "level": "error", "exc_info": error}
    shown = formatter.processors[-1](None, "error", told)
    assert "ValueError" in str(shown)
    assert "anna-was-here" not in str(shown)
