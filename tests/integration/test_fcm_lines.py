"""Connections to FCM: kept, given up, and never mixed up; one server that says what it is told."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from loyalty.push.fcm.credentials import TokenRefused
from loyalty.push.fcm.lines import BROKEN, Lines, NeverWritten
from loyalty.push.fcm.port import Limits
from tests.processes import free_port

END = b"\r\n\r\n"


def ok(body: bytes, *more: bytes) -> bytes:
    """Give a whole answer."""
    lines = (b"HTTP/1.1 200 OK", b"content-length: %d" % len(body), *more)
    return b"\r\n".join(lines) + END + body


@dataclass
class Server:
    """Answer each body with what `says` makes of it; count connections, keep what was asked."""

    says: Callable[[bytes], bytes]
    greeting: bytes = b""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    late: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connections(self) -> int:
        return len(self.writers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(self.greeting)
        try:
            while True:
                head = await reader.readuntil(END)
                self.heads.append(head)
                self.asked.set()
                length = int(head.rpartition(b"content-length:")[2])
                body = await reader.readexactly(length)
                if body == b"late":
                    await self.late.wait()
                writer.write(self.says(body))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def served(server: Server, seconds: float = 10.0) -> AsyncIterator[Lines]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener:
        limits = Limits(connections=1, total_seconds=seconds)
        lines = Lines(f"http://127.0.0.1:{port}/v1/send?x=1", limits, trusting=True)
        yield lines
        await lines.aclose()


async def test_a_connection_is_used_again_and_each_request_says_all_it_has_to() -> None:
    server = Server(ok)
    async with served(server) as lines:
        answers = [await lines.post(body, "token") for body in (b"one", b"three")]
    assert [(one.status, one.body) for one in answers] == [(200, b"one"), (200, b"three")]
    assert server.connections == 1
    first, *rest = server.heads[1].decode().strip().split("\r\n")
    assert first == "POST /v1/send?x=1 HTTP/1.1"
    assert {name: value for name, _, value in (one.partition(": ") for one in rest)} == {
        "host": server.heads[0].decode().partition("host: ")[2].partition("\r\n")[0],
        "content-type": "application/json",
        "authorization": "Bearer token",
        "content-length": "5",
    }


async def test_a_new_token_is_said_from_the_next_request_on() -> None:
    server = Server(ok)
    async with served(server) as lines:
        for token in ("old", "new", "old"):
            await lines.post(b"{}", token)
    said = [head.partition(b"Bearer ")[2].partition(b"\r\n")[0] for head in server.heads]
    assert said == [b"old", b"new", b"old"]


async def test_a_late_answer_is_not_taken_for_that_to_the_next_request() -> None:
    server = Server(ok)
    async with served(server, seconds=1.0) as lines:
        with pytest.raises(TimeoutError):
            await lines.post(b"late", "token")
        server.late.set()
        answer = await lines.post(b"next", "token")
    assert (answer.body, server.connections) == (b"next", 2)


async def test_more_than_was_asked_for_is_not_taken_for_the_next_answer() -> None:
    server = Server(lambda body: ok(body) + ok(b"nobody asked"))
    async with served(server) as lines:
        answers = [await lines.post(body, "token") for body in (b"one", b"two")]
    assert [one.body for one in answers] == [b"one", b"two"]


async def test_what_is_said_while_nothing_was_asked_is_not_taken_for_the_next_answer() -> None:
    server = Server(ok)
    async with served(server) as lines:
        assert (await lines.post(b"one", "token")).body == b"one"
        server.writers[0].write(b"HTTP/1.1 408 Timeout\r\ncontent-length: 0" + END)
        async with served(Server(ok)) as others:  # by when they are answered, it has come
            await others.post(b"{}", "token")
        with pytest.raises(NeverWritten):
            await lines.post(b"two", "token")
        assert (await lines.post(b"three", "token")).body == b"three"
    assert (len(server.heads), server.connections) == (2, 2)


async def test_a_server_that_speaks_first_is_connected_to_once_for_a_post() -> None:
    server = Server(ok, greeting=b"HTTP/1.1 503 Full\r\nconnection: close\r\n\r\n")
    async with served(server, seconds=1.0) as lines:
        with suppress(NeverWritten, *BROKEN):  # or it is taken for the answer
            await lines.post(b"one", "token")
    assert server.connections == 1


async def test_connecting_is_part_of_the_time_that_a_post_has() -> None:
    deaf = socket.create_server(("127.0.0.1", 0), backlog=0)  # accepts one, and no TLS begins
    url = f"https://127.0.0.1:{deaf.getsockname()[1]}/"
    lines = Lines(url, Limits(connect_seconds=60.0, total_seconds=0.2), trusting=True)
    with deaf, pytest.raises(NeverWritten, match="TimeoutError"):
        await lines.post(b"one", "token")
    await lines.aclose()


async def test_who_goes_away_takes_the_connection_along() -> None:
    server = Server(ok)
    async with served(server) as lines:
        going = asyncio.create_task(lines.post(b"late", "token"))
        await server.asked.wait()
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going
        server.late.set()
        assert (await lines.post(b"next", "token")).body == b"next"


async def test_what_only_says_that_an_answer_will_come_is_passed_over() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: </x>" + END
    server = Server(lambda body: b"HTTP/1.1 100 Continue" + END + hints + ok(body))
    async with served(server) as lines:
        answers = [await lines.post(body, "token") for body in (b"one", b"two")]
    assert [(one.status, one.body) for one in answers] == [(200, b"one"), (200, b"two")]


async def test_a_compressed_answer_is_unpacked_though_nobody_asked_for_it() -> None:
    server = Server(lambda body: ok(gzip.compress(body), b"content-encoding: gzip"))
    async with served(server) as lines:
        assert (await lines.post(b'{"name": 1}', "token")).body == b'{"name": 1}'


async def test_a_change_of_protocol_that_nobody_asked_for_is_an_answer() -> None:
    head = b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade"
    server = Server(lambda _: head + END)
    async with served(server) as lines:
        assert (await lines.post(b"one", "token")).status == 101
        server.says = ok
        assert (await lines.post(b"two", "token")).body == b"two"


@pytest.mark.parametrize("token", ["tök", "a\r\nx-evil: 1", "a\n"])
async def test_a_token_that_is_no_part_of_a_header_is_not_sent(token: str) -> None:
    server = Server(ok)
    async with served(server) as lines:
        with pytest.raises(TokenRefused, match="UNPRINTABLE_TOKEN"):
            await lines.post(b"one", token)
    assert server.connections == 0


async def test_a_server_that_wants_to_close_is_connected_to_anew() -> None:
    server = Server(lambda body: ok(body, b"connection: close"))
    async with served(server) as lines:
        answers = [await lines.post(body, "token") for body in (b"one", b"two")]
    assert ([one.body for one in answers], server.connections) == ([b"one", b"two"], 2)


async def test_a_body_that_does_not_come_leaves_what_the_head_said() -> None:
    server = Server(lambda _: b"HTTP/1.1 503 X\r\nRetry-After: 7\r\ncontent-length: 9" + END)
    async with served(server, seconds=1.0) as lines:
        answer = await lines.post(b"one", "token")
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, None, "7")


@pytest.mark.parametrize("said", [b"", b"no http\r\n\r\n", b"HTTP/1.1 999999 ?" + END])
async def test_what_is_no_answer_says_nothing(said: bytes) -> None:
    server = Server(lambda _: said)
    async with served(server, seconds=1.0) as lines:
        with pytest.raises(BROKEN):
            await lines.post(b"one", "token")
        server.says = ok
        assert (await lines.post(b"two", "token")).body == b"two"


async def test_where_nobody_listens_nothing_is_written() -> None:
    lines = Lines(f"http://127.0.0.1:{free_port()}/", Limits(), trusting=True)
    with pytest.raises(NeverWritten, match="ClientConnectorError"):
        await lines.post(b"one", "token")
    await lines.aclose()
