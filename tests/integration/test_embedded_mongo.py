"""The embedded mongod and what happens to it: stops, kills, rivals, machines that lack things."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient, WriteConcern

from api.embedded_mongo import DataDirInUse, EmbeddedMongo, EmbeddedMongoUnavailable
from api.embedded_mongo.binary import find_mongod
from api.embedded_mongo.guard import OPEN_FILES
from api.embedded_mongo.ports import is_free
from tests.conftest import Databases

ROOT = Path(__file__).parents[2]
OWNER = """
import asyncio, sys
from pathlib import Path
from api.embedded_mongo import EmbeddedMongo

async def own():
    mongo = EmbeddedMongo(Path(sys.argv[1]))
    print(await mongo.start(), mongo.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(own())
"""

Eventually = Callable[[Callable[[], bool]], Awaitable[None]]

only_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, patches ELF")


@contextmanager
def connected(url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5_000) as client:
        yield client


def write(url: str, count: int) -> None:
    with connected(url) as client:
        numbers = client["shop"].get_collection(
            "numbers", write_concern=WriteConcern(w="majority", j=True)
        )
        for number in range(count):
            numbers.insert_one({"_id": number})


def read(url: str) -> list[int]:
    with connected(url) as client:
        return [document["_id"] for document in client["shop"]["numbers"].find().sort("_id")]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def open_files_of(pid: int | None) -> int:
    limits = Path("/proc", str(pid), "limits").read_text()
    return int(limits.partition("Max open files")[2].split()[0])


def parent_of(pid: int) -> int:
    status = Path("/proc", str(pid), "status").read_text()
    return int(status.partition("PPid:")[2].split()[0])


def port_of(mongo: EmbeddedMongo) -> int:
    return int(mongo.url.partition("127.0.0.1:")[2].partition("/")[0])


@pytest.fixture(autouse=True)
def _leave_no_databases_behind(tmp_path: Path) -> Iterator[None]:
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has an embedded MongoDB in `tmp_path`."""
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def started(owner: subprocess.Popen[str]) -> tuple[str, int]:
    assert owner.stdout is not None
    url, pid = owner.stdout.readline().split()
    return url, int(pid)


async def test_data_is_there_after_a_clean_stop_and_a_start(tmp_path: Path) -> None:
    mongo = EmbeddedMongo(tmp_path)
    url = await mongo.start()
    assert mongo.is_running()
    assert is_alive(mongo.pid)
    write(url, 3)
    await mongo.stop()
    assert not mongo.is_running()
    assert '"exitCode":0' in (tmp_path / "mongo" / "mongod.log").read_text()
    async with EmbeddedMongo(tmp_path) as again:
        assert again.url == url
        assert read(again.url) == [0, 1, 2]


async def test_a_start_of_what_runs_and_a_stop_of_what_does_not_change_nothing(
    tmp_path: Path,
) -> None:
    mongo = EmbeddedMongo(tmp_path)
    await mongo.stop()
    url = await mongo.start()
    pid = mongo.pid
    assert await mongo.start() == url
    assert mongo.pid == pid
    await mongo.stop()
    await mongo.stop()
    assert not is_alive(pid)


async def test_it_listens_on_the_loopback_interface_alone_and_without_compression(
    tmp_path: Path,
) -> None:
    async with EmbeddedMongo(tmp_path) as mongo:
        with connected(mongo.url) as client:
            options = client.admin.command("getCmdLineOpts")["parsed"]
    assert options["net"]["bindIp"] == "127.0.0.1"
    assert options["net"]["compression"]["compressors"] == "disabled"
    assert options["security"]["javascriptEnabled"] is False


@only_posix
async def test_what_a_majority_acknowledged_survives_kill_9_of_mongod(
    tmp_path: Path, eventually: Eventually
) -> None:
    mongo = EmbeddedMongo(tmp_path)
    url = await mongo.start()
    write(url, 100)
    os.kill(mongo.pid, signal.SIGKILL)
    await eventually(lambda: not mongo.is_running())
    assert await mongo.start() == url
    assert read(url) == list(range(100))
    await mongo.stop()


@only_posix
async def test_mongod_goes_when_its_owner_is_killed(
    tmp_path: Path, owner: subprocess.Popen[str], eventually: Eventually
) -> None:
    url, pid = started(owner)
    write(url, 100)
    owner.kill()
    await eventually(lambda: not is_alive(pid))
    async with EmbeddedMongo(tmp_path) as mongo:
        assert read(mongo.url) == list(range(100))


@only_posix
async def test_a_start_right_after_the_owner_was_killed_waits_for_the_old_mongod(
    tmp_path: Path, owner: subprocess.Popen[str]
) -> None:
    url, pid = started(owner)
    write(url, 100)
    owner.kill()
    owner.wait()
    async with EmbeddedMongo(tmp_path) as mongo:
        assert not is_alive(pid)
        assert mongo.url == url
        assert read(url) == list(range(100))


@only_linux
async def test_mongod_goes_when_its_guard_is_killed(tmp_path: Path, eventually: Eventually) -> None:
    mongo = EmbeddedMongo(tmp_path)
    url = await mongo.start()
    write(url, 3)
    pid = mongo.pid
    os.kill(parent_of(pid), signal.SIGKILL)
    await eventually(lambda: not is_alive(pid))
    assert not mongo.is_running()
    assert await mongo.start() == url
    assert read(url) == [0, 1, 2]
    await mongo.stop()


async def test_mongod_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    mongo = EmbeddedMongo(tmp_path)
    thread = threading.Thread(target=lambda: asyncio.run(mongo.start()))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert mongo.is_running()
    write(mongo.url, 3)
    assert read(mongo.url) == [0, 1, 2]
    await mongo.stop()


async def test_a_cancelled_start_leaves_nothing_behind(
    tmp_path: Path, eventually: Eventually
) -> None:
    mongo = EmbeddedMongo(tmp_path)
    start = asyncio.create_task(mongo.start())
    await eventually((tmp_path / "mongo" / "mongod.out").exists)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    await mongo.stop()
    assert not mongo.is_running()
    async with EmbeddedMongo(tmp_path) as again:
        assert again.is_running()


@only_linux
async def test_mongod_may_open_more_files_than_processes_are_given(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    mongo = EmbeddedMongo(tmp_path)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
    try:
        await mongo.start()
        assert open_files_of(mongo.pid) == min(OPEN_FILES, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        await mongo.stop()


async def test_two_on_one_machine_do_not_collide(tmp_path: Path) -> None:
    one, two = EmbeddedMongo(tmp_path / "one"), EmbeddedMongo(tmp_path / "two")
    await asyncio.gather(one.start(), two.start())
    assert one.url != two.url
    write(one.url, 1)
    write(two.url, 2)
    assert (read(one.url), read(two.url)) == ([0], [0, 1])
    await asyncio.gather(one.stop(), two.stop())


async def test_a_directory_in_use_is_refused_with_the_process_that_has_it(
    tmp_path: Path, owner: subprocess.Popen[str]
) -> None:
    url, pid = started(owner)
    with pytest.raises(DataDirInUse, match=f"in use by process {owner.pid}:") as refused:
        await EmbeddedMongo(tmp_path).start()
    assert refused.value.pid == owner.pid
    assert is_alive(pid)
    assert read(url) == []


@pytest.mark.parametrize("kept", ["taken", "unreadable"])
async def test_another_port_is_found_when_the_kept_one_cannot_be_had(
    tmp_path: Path, kept: str
) -> None:
    mongo = EmbeddedMongo(tmp_path)
    write(await mongo.start(), 3)
    taken = port_of(mongo)
    await mongo.stop()
    if kept == "unreadable":
        (tmp_path / "mongo" / "port").write_text("")
    with socket.create_server(("127.0.0.1", taken)) as rival:
        answering = threading.Thread(target=_turn_away, args=(rival,))
        answering.start()
        assert not is_free(taken)
        url = await mongo.start()
        assert port_of(mongo) != taken
        assert read(url) == [0, 1, 2]
        write_once_more(url)
        rival.shutdown(socket.SHUT_RDWR)
        answering.join()
    await mongo.stop()
    assert await mongo.start() == url
    assert read(url) == [0, 1, 2, 99]
    await mongo.stop()


def write_once_more(url: str) -> None:
    with connected(url) as client:
        client["shop"]["numbers"].insert_one({"_id": 99})


def _turn_away(rival: socket.socket) -> None:
    """Answer every connection as a server that does not speak MongoDB would: by closing it."""
    while True:
        try:
            connection, _ = rival.accept()
        except OSError:
            return
        connection.close()


async def test_a_machine_without_mongod_is_told_the_three_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedMongoUnavailable) as refused:
        await EmbeddedMongo(tmp_path).start()
    message = str(refused.value)
    assert message.startswith("There is no mongod on this machine.")
    assert "stamkund[embedded]" in message
    assert "`mongod` is on the PATH" in message
    assert "STAMKUND_MONGO_URL" in message
    assert not (tmp_path / "mongo").exists()


@only_posix
def test_a_mongod_on_the_path_is_found_when_there_is_none_in_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mongod").symlink_to(find_mongod())
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_mongod() == tmp_path / "mongod"


@only_linux
async def test_a_missing_library_is_named_with_the_package_that_holds_it(tmp_path: Path) -> None:
    program = find_mongod().read_bytes()
    broken = tmp_path / "mongod"
    broken.write_bytes(program.replace(b"libcrypto.so.3\0", b"libcrypto.so.9\0"))
    broken.chmod(0o700)
    with pytest.raises(EmbeddedMongoUnavailable) as refused:
        await EmbeddedMongo(tmp_path, binary=broken).start()
    message = str(refused.value)
    assert message.startswith(f"{broken} needs libcrypto.so.9, which is not installed: install")
    assert "OpenSSL 3 (Debian and Ubuntu: libssl3;" in message
    assert "STAMKUND_MONGO_URL" in message
    async with EmbeddedMongo(tmp_path) as mongo:
        assert mongo.is_running()


@only_posix
async def test_a_binary_for_another_machine_is_told_apart(tmp_path: Path) -> None:
    foreign = tmp_path / "mongod"
    foreign.write_bytes(b"\x7fELF not for this machine")
    foreign.chmod(0o700)
    with pytest.raises(EmbeddedMongoUnavailable, match=r"cannot be executed: .*Exec format error"):
        await EmbeddedMongo(tmp_path, binary=foreign).start()


async def test_damaged_data_is_reported_in_the_words_of_the_log(tmp_path: Path) -> None:
    async with EmbeddedMongo(tmp_path):
        pass
    (tmp_path / "mongo" / "db" / "WiredTiger.turtle").write_bytes(b"no turtle")
    with pytest.raises(EmbeddedMongoUnavailable, match="mongod ended with status") as refused:
        await EmbeddedMongo(tmp_path).start()
    assert "WiredTiger" in str(refused.value)
    assert str(tmp_path / "mongo" / "mongod.log") in str(refused.value)


async def test_a_place_that_cannot_hold_data_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(EmbeddedMongoUnavailable, match=r"cannot use .*file"):
        await EmbeddedMongo(file).start()


def test_a_test_has_a_primary_and_an_empty_database(mongo_url: str) -> None:
    with connected(mongo_url) as client:
        assert client.admin.command("hello")["isWritablePrimary"] is True
        databases = Databases(client)
        name = databases.lend()
        client[name]["things"].insert_one({})
        databases.take_back(name)
        assert databases.lend() == name
        assert client[name]["things"].find_one() is None
        databases.drop()
        assert name not in client.list_database_names()


def test_the_wheel_wins_over_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fiftyone" / "db" / "bin"
    package.mkdir(parents=True)
    name = "mongod.exe" if sys.platform == "win32" else "mongod"
    shutil.copy(sys.executable, package / name)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert find_mongod() == package / name
