"""A lean way to the primary for single commands, on sockets that the driver made and signed in.

Not a driver: it knows one topology, one kind of message and no retries. Whatever it does not know,
and everything for a moment after anything went wrong, is left to the driver.
"""

import asyncio
import contextlib
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import bson
from pymongo import ReadPreference
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
)

Document = dict[str, Any]
Verb = Literal["insert", "update"]

REST_SECONDS = 1.0  # in which the driver, whose monitor asks as often, finds out what is wrong
SIGN_INS = {None, "DEFAULT", "SCRAM-SHA-1", "SCRAM-SHA-256"}  # those that never ask again

MESSAGE_LIMIT = 48_000_000
BATCH = 5_000
COMMAND_LIMIT = 16 * 1024 * 1024
OP_MSG = 2013
HEADER = struct.Struct("<iiiiIB")  # length, id, id answered, kind of message, flags, kind of part
ITEMS: dict[Verb, str] = {"insert": "documents", "update": "updates"}
TIME_LIMIT = 50
NOT_PRIMARY = {91, 189, 10058, 10107, 11600, 11602, 13435, 13436}


class Unsupported(Exception):
    """Say what about the installation the channel does not know."""


class Wire(asyncio.Protocol):
    """One socket, with at most one command under way; whatever disturbs it ends it."""

    def __init__(self, address: tuple[str, int], transport: Any) -> None:
        self.address = address
        self.ended = False
        self._transport = transport
        self._received = bytearray()
        self._sent = 0
        self._answer: asyncio.Future[bytes] | None = None

    async def ask(self, body: bytes, seconds: float) -> bytes:
        """Send one command and return the document that answers it.

        Raises NetworkTimeout, AutoReconnect. Then, and when the caller goes away, the socket is
        given up: the next command must not meet the answer to this one.
        """
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._sent = self._sent % 0x7FFFFFFF + 1
        header = HEADER.pack(HEADER.size + len(body), self._sent, 0, OP_MSG, 0, 0)
        timer = loop.call_later(seconds, self.end, NetworkTimeout("no answer in time"))
        try:
            self._transport.write(header + body)
            return await self._answer
        except BaseException:
            self.end(AutoReconnect("given up"))
            raise
        finally:
            timer.cancel()
            self._answer = None

    def end(self, error: Exception) -> None:
        """Close the socket at once, and fail the command that waits for an answer."""
        if not self.ended:
            self.ended = True
            self._transport.abort()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def data_received(self, data: bytes) -> None:
        """Put an answer together."""
        self._received += data
        if len(self._received) < HEADER.size:
            return
        length, _, answered, kind, flags, part = HEADER.unpack_from(self._received)
        waiting = self._answer is not None and not self._answer.done()
        known = (answered, kind, flags, part) == (self._sent, OP_MSG, 0, 0)
        if not known or not waiting or not HEADER.size < length <= MESSAGE_LIMIT:
            self.end(AutoReconnect("not an answer to what was asked"))
        elif len(self._received) > length:
            self.end(AutoReconnect("more than one answer"))
        elif len(self._received) == length and self._answer is not None:
            self._answer.set_result(bytes(memoryview(self._received)[HEADER.size :]))
            self._received = bytearray()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that no answer will come."""
        self.end(AutoReconnect(f"the connection was closed: {exc}"))


class Channel:
    """Send commands to the primary on wires of its own, or answer None: then the driver does it.

    Wires are opened in the background when none is free, so nobody waits for one. `off` says why
    the channel leaves everything to the driver, None while it does not.
    """

    def __init__(self, client: Any, database: Any, timeout_ms: int, off: str | None = None) -> None:
        self.off = off
        self._client = client
        self._codec = database.codec_options
        self._seconds = timeout_ms / 1_000
        self._ending = {"maxTimeMS": timeout_ms, "$db": database.name}
        self._reading = {"readConcern": database.read_concern.document, **self._ending}
        self._free: list[Wire] = []
        self._opening: asyncio.Task[None] | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._topology: object = None
        self._primary: tuple[str, int] | None = None

    @property
    def wires(self) -> int:
        """Count the wires that are free."""
        return len(self._free)

    async def close(self) -> None:
        """Close every wire; from now on the channel is off."""
        self.off = "closed"
        if self._rest is not None:
            self._rest.cancel()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        self._drop()

    async def write(
        self,
        verb: Verb,
        collection: str,
        items: Sequence[Mapping[str, Any]],
        concern: Mapping[str, Any],
    ) -> Document | None:
        """Send an unordered write command and return its answer.

        Raises what the driver would. After ConnectionFailure it may have been done all the same.
        """
        wire = self._take()
        if wire is None:
            return None
        what: Document = {verb: collection, ITEMS[verb]: items, "ordered": False}
        return await self._ask(wire, {**what, "writeConcern": concern, **self._ending})

    async def find(
        self,
        collection: str,
        where: Mapping[str, Any],
        projection: Mapping[str, Any] | None,
        *,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
    ) -> list[Document] | None:
        """Return every match, or the first `limit`; None also where one answer cannot hold them.

        A read may be repeated: what went wrong is for the driver to try, unless time is up.
        """
        wire = self._take()
        if wire is None:
            return None
        more: Document = {"batchSize": BATCH}  # more than a limit, whose last match ends the cursor
        if limit:
            more["limit"] = limit
        if sort is not None:
            more["sort"] = dict(sort)
        if projection is not None:
            more["projection"] = projection
        command = {"find": collection, "filter": where, **more, **self._reading}
        try:
            answer = await self._ask(wire, command)
        except (NetworkTimeout, ExecutionTimeout):
            raise
        except PyMongoError:
            return None
        cursor: Document = answer["cursor"]
        if cursor["id"] == 0:
            found: list[Document] = cursor["firstBatch"]
            return found
        await self._forget(collection, cursor["id"])
        return None

    async def _forget(self, collection: str, cursor: int) -> None:
        """Tell the server that nobody will fetch the rest."""
        wire = self._take()
        if wire is not None:
            command = {"killCursors": collection, "cursors": [cursor], **self._ending}
            with contextlib.suppress(PyMongoError):
                await self._ask(wire, command)

    async def _ask(self, wire: Wire, command: Document) -> Document:
        try:
            body = bson.encode(command, codec_options=self._codec)
            if len(body) > COMMAND_LIMIT:
                raise DocumentTooLarge("a command takes 16 MiB")
            answer: Document = bson.decode(await wire.ask(body, self._seconds), self._codec)
            _check(answer)
        except ConnectionFailure:
            self._pause()
            raise
        finally:
            self._put_back(wire)
        return answer

    def _take(self) -> Wire | None:
        """Take a free wire to the primary of now; where there is none, have one opened."""
        if self.off or self._rest is not None:
            return None
        topology = self._client.topology_description
        if topology is not self._topology:
            self._topology = topology
            self._follow(_primary_of(topology))
        while self._free:
            wire = self._free.pop()
            if not wire.ended:
                return wire
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self.open_one_more())
        return None

    def _put_back(self, wire: Wire) -> None:
        if self.off or self._rest is not None or wire.address != self._primary:
            wire.end(AutoReconnect("no longer wanted"))
        elif not wire.ended:
            self._free.append(wire)

    def _follow(self, primary: tuple[str, int] | None) -> None:
        if primary != self._primary:
            self._primary = primary
            self._drop()

    def _drop(self) -> None:
        for wire in self._free:
            wire.end(AutoReconnect("no longer wanted"))
        self._free.clear()

    def _pause(self) -> None:
        """Leave everything to the driver for a moment."""
        self._drop()
        if self._rest is None and not self.off:
            self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._resume)

    def _resume(self) -> None:
        self._rest = None

    async def open_one_more(self) -> None:
        """Open one more wire, and try it; off for good if the driver is not as it was."""
        try:
            wire = await self._wire()
            hello = bson.decode(
                await wire.ask(bson.encode({"hello": 1, "$db": "admin"}), self._seconds)
            )
            self._follow(_primary_of(self._client.topology_description))
            if hello.get("isWritablePrimary"):
                self._put_back(wire)
            else:
                wire.end(AutoReconnect("not the primary"))
                self._pause()
        except (PyMongoError, OSError):
            self._pause()
        except Exception as error:  # noqa: BLE001 - private names of the driver may go any day
            self.off = f"{type(error).__name__}: {error}"
            self._drop()
        finally:
            self._opening = None

    async def _wire(self) -> Wire:
        """Have the driver connect and sign in, and take the socket over. Raises Unsupported."""
        _refuse_unknown(self._client.options)
        choose = self._client._select_server  # noqa: SLF001 - no public name gives a socket
        server = await choose(ReadPreference.PRIMARY, None, "hello")
        if server.description.server_type_name != "RSPrimary":
            raise Unsupported(server.description.server_type_name)
        connection = await server.pool.connect()
        server.pool.active_contexts.discard(connection.cancel_context)  # it will not come back
        try:
            transport, _ = connection.conn.conn
            wire = Wire(server.description.address, transport)
            transport.pause_reading()
            transport.set_protocol(wire)
            transport.resume_reading()
        except BaseException:
            await connection.close_conn(None)
            raise
        return wire


def _primary_of(topology: Any) -> tuple[str, int] | None:
    for address, server in topology.server_descriptions().items():
        if server.server_type_name == "RSPrimary":
            found: tuple[str, int] = address
            return found
    return None


def _check(answer: Document) -> None:
    """Raise what the driver raises for an answer that is an error."""
    if answer["ok"] == 1:
        return
    code, text = answer.get("code"), answer.get("errmsg", "")
    if code in NOT_PRIMARY:
        raise NotPrimaryError(text, answer)
    if code == TIME_LIMIT:
        raise ExecutionTimeout(text, code, answer)
    raise OperationFailure(text, code, answer)


def _refuse_unknown(options: Any) -> None:
    """Raise Unsupported for whatever makes the driver say more than plain commands."""
    pool = options.pool_options
    credentials = pool._credentials  # noqa: SLF001 - the driver shows them nowhere else
    said = {
        "TLS": pool._ssl_context,  # noqa: SLF001
        "compression": pool._compression_settings and pool._compression_settings.compressors,  # noqa: SLF001
        "listeners": pool._event_listeners and pool._event_listeners.enabled_for_commands,  # noqa: SLF001
        "a version of the API": pool.server_api,
        "a load balancer": pool.load_balanced,
        "encryption": options.auto_encryption_opts,
        "a way of signing in": credentials and credentials.mechanism not in SIGN_INS,
        "reading from secondaries": options.read_preference != ReadPreference.PRIMARY,
    }
    unknown = [name for name, value in said.items() if value]
    if unknown:
        raise Unsupported(", ".join(unknown))
