"""The embedded MongoDB as the process sees it: an address between a start and a stop."""

import asyncio
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pymongo.errors import PyMongoError

from api.embedded_mongo import ownership, replica_set
from api.embedded_mongo.binary import EmbeddedMongoUnavailable, explain_exit, find_mongod
from api.embedded_mongo.child import Child, ChildEnded
from api.embedded_mongo.ports import becomes_free, free_ports, is_listening

# After kill -9 the journal and the oplog are replayed first; and a mongod whose port is now that of
# a server that never answers gives it 30 seconds to turn out to be the mongod itself.
_START_SECONDS = 90.0
_POLL_SECONDS = 0.005
_PORT_TAKEN = 48
_WRITTEN_FIRST = "WiredTiger"  # the file of the storage engine that a new database begins with


class DataGone(EmbeddedMongoUnavailable):
    """Say that the data is no longer where it was while mongod ran on it."""


class EmbeddedMongo:
    """Run mongod on `data_dir` from `start` to `stop`, or for the length of an `async with`.

    It ends with this process, however that ends, and loses nothing it acknowledged. `binary`
    replaces the search of `find_mongod`.
    """

    def __init__(self, data_dir: Path, *, binary: Path | None = None) -> None:
        self._home = data_dir.absolute() / "mongo"
        self._binary = binary
        self._lock: IO[str] | None = None
        self._child: Child | None = None
        self._port: int | None = None
        self._given_up = threading.Event()
        self._turn = threading.Lock()  # a stop waits for a start that is under way

    async def start(self) -> str:
        """Start mongod, wait until it takes writes, and return its address.

        Raises `DataDirInUse`, or `EmbeddedMongoUnavailable` with a message that says what to do.
        """
        self._given_up.clear()
        try:
            return await asyncio.to_thread(self._start)
        except asyncio.CancelledError:
            self._given_up.set()  # a thread cannot be cancelled: it sees this, and cleans up
            raise

    async def restart(self) -> None:
        """Start mongod, which has ended, again on the same port and the same data.

        Drivers that know its address go on with it. Raises `DataGone`, after which another attempt
        is no use, or `EmbeddedMongoUnavailable`; the directory stays ours until `stop`.
        """
        self._given_up.clear()
        try:
            await asyncio.to_thread(self._restart)
        except asyncio.CancelledError:
            self._given_up.set()
            raise

    async def stop(self) -> None:
        """Stop mongod in order, by force after 20 seconds; do nothing when it does not run."""
        await asyncio.to_thread(self._stop)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Return the address for drivers; the next start keeps it, unless its port is taken."""
        if self._port is None:
            raise RuntimeError("the embedded MongoDB has not been started")
        return f"mongodb://127.0.0.1:{self._port}/?replicaSet={replica_set.NAME}"

    @property
    def pid(self) -> int:
        """Return the process id of mongod."""
        if self._child is None:
            raise RuntimeError("the embedded MongoDB does not run")
        return self._child.pid

    def is_running(self) -> bool:
        """Tell whether mongod runs, without asking it anything."""
        return self._child is not None and self._child.is_running()

    def why_ended(self) -> str:
        """Tell what is known about the end of a mongod; empty while it runs or was stopped."""
        try:
            if self._child is not None:
                self._child.check()
        except ChildEnded as ended:
            return explain_exit(ended.status, self._binary or find_mongod(), self._home)
        return ""

    def _start(self) -> str:
        with self._turn:
            if not self.is_running():
                self._release()
                try:
                    self._acquire()
                except OSError as error:
                    self._release()
                    raise EmbeddedMongoUnavailable(f"cannot use {self._home}: {error}") from error
                except BaseException:
                    self._release()
                    raise
            return self.url

    def _restart(self) -> None:
        with self._turn:
            if self._port is None or self._lock is None:
                raise EmbeddedMongoUnavailable("the embedded MongoDB was stopped")
            self._end_child()
            try:
                self._relaunch(self._port)
            except BaseException as error:
                self._end_child()
                if isinstance(error, OSError):
                    raise EmbeddedMongoUnavailable(f"cannot use {self._home}: {error}") from error
                raise

    def _relaunch(self, port: int) -> None:
        """Start on what is there: an empty directory would become an empty database, silently."""
        database = self._home / "db"
        if not (database / _WRITTEN_FIRST).exists():
            raise DataGone(
                f"the data of the embedded MongoDB is no longer in {database}: put it back, from a"
                " backup if need be, or begin anew there; then start again"
            )
        ownership.wait_for_predecessor(database / "mongod.lock")
        if not becomes_free(port):
            raise EmbeddedMongoUnavailable(f"another process has taken port {port} of 127.0.0.1")
        self._launch(self._binary or find_mongod(), [port])

    def _stop(self) -> None:
        with self._turn:
            self._release()

    def _acquire(self) -> None:
        binary = self._binary or find_mongod()
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._home / "db").mkdir(exist_ok=True)
        self._lock = ownership.own(self._home / "owner.lock")
        ownership.wait_for_predecessor(self._home / "db" / "mongod.lock")
        self._launch(binary, free_ports(self._home / "port"))

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def _release(self) -> None:
        self._end_child()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def _launch(self, binary: Path, ports: Iterable[int]) -> None:
        log = self._home / "mongod.log"
        if log.exists():
            log.replace(self._home / "mongod.log.1")
        deadline = time.monotonic() + _START_SECONDS
        for port in ports:
            child = self._child = Child(
                [str(binary), *_flags(self._home, port)], self._home / "mongod.out"
            )
            try:
                self._wait_for_primary(child, port, deadline)
            except ChildEnded as ended:
                if ended.status != _PORT_TAKEN:
                    raise EmbeddedMongoUnavailable(
                        explain_exit(ended.status, binary, self._home)
                    ) from None
                child.stop()
                continue
            except PyMongoError as error:
                raise EmbeddedMongoUnavailable(
                    f"mongod did not become a primary: {error} (see {log})"
                ) from error
            (self._home / "port").write_text(f"{port}\n")
            self._port = port
            return
        raise EmbeddedMongoUnavailable("there is no free port on 127.0.0.1 for mongod")

    def _wait_for_primary(self, child: Child, port: int, deadline: float) -> None:
        def wait() -> None:
            child.check()
            if time.monotonic() > deadline:
                raise EmbeddedMongoUnavailable(
                    f"mongod took no writes within {_START_SECONDS:.0f} seconds"
                    f" (see {self._home / 'mongod.log'})"
                )
            if self._given_up.wait(_POLL_SECONDS):
                raise EmbeddedMongoUnavailable("the start was cancelled")

        while not is_listening(port):
            wait()
        replica_set.make_primary(port, child.pid, wait)


def _flags(home: Path, port: int) -> list[str]:
    flags = {
        "--dbpath": str(home / "db"),
        "--logpath": str(home / "mongod.log"),
        "--bind_ip": "127.0.0.1",
        "--port": str(port),
        "--replSet": replica_set.NAME,
        "--oplogSize": "256",
        "--wiredTigerCacheSizeGB": "0.5",
        # 17 MB on disk for an empty database instead of 301
        "--wiredTigerEngineConfigString": "log=(prealloc=false,file_max=16MB)",
        "--networkMessageCompressors": "disabled",  # CVE-2025-14847
    }
    parameters = {
        "diagnosticDataCollectionEnabled": "false",
        "shutdownTimeoutMillisForSignaledShutdown": "0",  # there is no secondary to hand over to
        "transactionLifetimeLimitSeconds": "3",
        # nobody reads the past; five minutes of it would keep every dropped file open
        "minSnapshotHistoryWindowInSeconds": "0",
    }
    switches = ["--logappend", "--noscripting", "--quiet"]
    if sys.platform != "win32":
        switches.append("--nounixsocket")
    for name, value in parameters.items():
        switches += ["--setParameter", f"{name}={value}"]
    return [*(word for flag in flags.items() for word in flag), *switches]
