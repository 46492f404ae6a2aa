"""What the lean sender makes of answers that break off, never end, or are not FCM's at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from loyalty.push.fcm import FixedToken, LeanSender, Limits, Outcome, Outgoing, Project, Receipt
from loyalty.push.payloads import Address, Notification, PointsEarned, Text, to_message

END = b"\r\n\r\n"
BLOCK = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
NOW = datetime(2026, 11, 21, 12, 0, 0)
LIMITS = Limits(connections=1, connect_seconds=3.0, total_seconds=3.0)
MESSAGE = to_message(
    Notification(
        notification=Text(title="42 points", body="From your purchase."),
        data=PointsEarned(message_id="msg_1", deep_link="stamkund://wallet", entry_id="ent_1"),
        ttl_seconds=3_600,
    ),
    Address(value="fid-1"),
    NOW,
)


@dataclass
class Server:
    """A server that answers every request alike, and breaks off; with `endless`, it never does."""

    answer: bytes
    endless: bool = False
    written: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(END)
        [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-len")]
        await reader.readexactly(int(length.partition(b":")[2]))
        writer.write(self.answer)
        while self.endless and not writer.is_closing():
            writer.write(BLOCK)
            self.written += len(BLOCK)
            try:
                await writer.drain()
            except ConnectionError:
                break
        writer.close()


@asynccontextmanager
async def served(server: Server) -> AsyncIterator[LeanSender]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    sender = LeanSender(Project("demo", FixedToken()), LIMITS, f"http://127.0.0.1:{port}")
    async with listener:
        yield sender
        await sender.aclose()


async def send(server: Server) -> Receipt:
    async with served(server) as sender:
        [receipt] = await sender.send([Outgoing("dev_1", MESSAGE)])
        return receipt


@pytest.mark.parametrize(
    ("status", "outcome", "pause"),
    [
        (200, Outcome.UNKNOWN, None),
        (401, Outcome.TRANSIENT, 3),
        (404, Outcome.TRANSIENT, 3),
        (429, Outcome.THROTTLED, 3),
        (503, Outcome.TRANSIENT, 3),
    ],
)
async def test_an_answer_that_breaks_off_has_said_whether_it_refused(
    status: int, outcome: Outcome, pause: int | None
) -> None:
    head = f"HTTP/1.1 {status} X\r\nretry-after: 3\r\ncontent-length: 100".encode()
    receipt = await send(Server(head + END + b'{"er'))
    assert (receipt.outcome, receipt.retry_after_seconds) == (outcome, pause)


async def test_a_page_that_is_not_fcms_is_not_taken_for_a_message_sent() -> None:
    page = b"<html>Sign in</html>"
    receipt = await send(Server(b"HTTP/1.1 200 OK\r\ncontent-length: %d" % len(page) + END + page))
    assert receipt == Receipt("dev_1", Outcome.UNKNOWN, "NO_NAME")


async def test_no_more_of_an_answer_is_read_than_one_may_be_long() -> None:
    server = Server(b"HTTP/1.1 500 X\r\ntransfer-encoding: chunked" + END, endless=True)
    assert (await send(server)).outcome is Outcome.TRANSIENT
    assert server.written < 32 * 1_024 * 1_024  # most of it in the sockets' own memory
