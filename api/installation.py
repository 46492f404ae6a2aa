"""What a process runs on: its settings, the database (its own or a given one) and the engine."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api import clock, rate_limits
from api.embedded_mongo import DataDirInUse, EmbeddedMongo, kept_running
from api.embedded_mongo.replica_set import NAME as REPLICA_SET
from api.metrics import Metrics
from api.settings import BadSettings, Settings
from loyalty import migrations
from loyalty.engine import Engine, open_engine
from loyalty.mongo import BadAddress, Mongo, MongoOptions

NEIGHBOUR_SECONDS = 20.0  # a first start takes two to five
NEIGHBOUR_POLL_SECONDS = 0.05
UNHURRIED_MS = 10_000  # for what one operation may take where nobody waits for an answer
START_SECONDS = 30  # for a database that starts, or elects its primary, beside what will stay
ANSWER_SECONDS = 4  # for one that somebody waits for who may have mistyped its address


@dataclass(frozen=True, slots=True)
class Installation:
    """Hold what every part of the process is given."""

    settings: Settings
    engine: Engine
    metrics: Metrics

    @property
    def mongo(self) -> Mongo:
        """Return the database."""
        return self.engine.mongo


@asynccontextmanager
async def open_installation(
    settings: Settings,
    now: Callable[[], datetime] = clock.now,
    *,
    timeout_ms: int = 2_000,
    patience: int = START_SECONDS,
) -> AsyncIterator[Installation]:
    """Open the database, starting the embedded one where no address is set, and prepare it.

    It has `patience` seconds to answer at first; later an operation on it may take `timeout_ms`:
    short where requests wait for it. At the end everything that was submitted is committed before
    the connections close.
    Raises EmbeddedMongoUnavailable (later as well, having cancelled what runs inside, when the
    embedded database ends and cannot be started again), or Unavailable when the database does not
    answer.
    """
    metrics = Metrics()
    async with _database_url(settings) as url:
        options = MongoOptions(
            url,
            settings.mongo_database,
            settings.mongo_driver,
            timeout_ms=timeout_ms,
            lean=settings.mongo_lean,
        )
        mongo = _open_mongo(options)
        try:
            engine = open_engine(mongo, now, clock.new_id, on_batch=metrics.batch)
            metrics.watch_queue(lambda: engine.commits.waiting)
            await mongo.ping_primary(patience)
            await migrations.prepare(engine)
            await rate_limits.prepare(mongo)
            try:
                yield Installation(settings, engine, metrics)
            finally:
                await engine.live.close()
            await engine.commits.drain()
        finally:
            await mongo.close()


def _open_mongo(options: MongoOptions) -> Mongo:
    """Open the door to the database. Raises BadSettings when its address cannot be used."""
    try:
        return Mongo(options)
    except BadAddress as error:
        raise BadSettings(
            f"STAMKUND_MONGO_URL cannot be used: {error}. Write mongodb://HOST:PORT/?replicaSet="
            "NAME; in a user name or a password write : as %3A, / as %2F and @ as %40"
        ) from None


@asynccontextmanager
async def _database_url(settings: Settings) -> AsyncIterator[str]:
    """Give the address that is set, or that of an embedded server, ours or a neighbour's."""
    if settings.mongo_url is not None:
        yield settings.mongo_url
        return
    embedded = EmbeddedMongo(settings.data_dir)
    neighbour = await _start_or_join(embedded, settings.data_dir)
    if neighbour is not None:
        yield neighbour
        return
    url = embedded.url
    try:
        async with kept_running(embedded):
            yield url
    finally:
        await embedded.stop()


async def _start_or_join(embedded: EmbeddedMongo, data_dir: Path) -> str | None:
    """Start the server and return None, or return the address of a neighbour's.

    A neighbour that starts for the first time says its port only when it is ready: wait for that,
    or for the directory to become free. Raises DataDirInUse when neither happens.
    """
    deadline = time.monotonic() + NEIGHBOUR_SECONDS
    while True:
        try:
            await embedded.start()
        except DataDirInUse:
            url = _neighbour_url(data_dir)
            if url is not None:
                return url
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(NEIGHBOUR_POLL_SECONDS)
        else:
            return None


def _neighbour_url(data_dir: Path) -> str | None:
    """Find the server that another process runs on the same directory, for as long as it does."""
    try:
        port = int((data_dir / "mongo" / "port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"
