"""The replica set of one inside an embedded mongod: initiated, moved to its port, made primary."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

NAME = "stamkund"

_NOT_YET_INITIALIZED = 94

_Client = MongoClient[dict[str, Any]]


def make_primary(port: int, pid: int, wait: Callable[[], None]) -> None:
    """Return when the mongod `pid` at `port` takes writes.

    Calls `wait` between attempts, which raises when there is nothing to wait for any more. Raises
    `pymongo.errors.PyMongoError` when mongod refuses.
    """
    while (client := _connect(port, pid)) is None:
        wait()
    with client:
        while not client.admin.command("hello").get("isWritablePrimary"):
            _configure(client, f"127.0.0.1:{port}")
            wait()
        _prefer_the_classic_engine(client)


def _connect(port: int, pid: int) -> _Client | None:
    """Connect to that very process: another one may have taken the port a moment before it."""
    client: _Client = MongoClient(
        "127.0.0.1",
        port,
        directConnection=True,
        serverSelectionTimeoutMS=1_000,
        connectTimeoutMS=1_000,
        socketTimeoutMS=30_000,
    )
    with suppress(ConnectionFailure, OperationFailure):
        if client.admin.command("serverStatus")["pid"] == pid:
            return client
    client.close()
    return None


def _configure(client: _Client, host: str) -> None:
    """Bring the set to one member at `host`; do nothing while its configuration is loaded."""
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        # Asked to initiate while it loads a configuration, mongod would hold the answer back.
        if client["local"]["system.replset"].find_one() is None:
            _initiate(client, host)
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _initiate(client: _Client, host: str) -> None:
    config = {
        "_id": NAME,
        "members": [{"_id": 0, "host": host}],
        "settings": {"electionTimeoutMillis": 1_000, "heartbeatIntervalMillis": 500},
    }
    client.admin.command("replSetInitiate", config)


def _prefer_the_classic_engine(client: _Client) -> None:
    """Choose the faster engine for small reads, by its name in MongoDB 6, else in later ones."""
    choices: dict[str, Any] = {
        "internalQueryForceClassicEngine": True,
        "internalQueryFrameworkControl": "forceClassicEngine",
    }
    for name, value in choices.items():
        with suppress(OperationFailure):
            client.admin.command({"setParameter": 1, name: value})
            return
