"""What a process runs on: its settings, the database (its own or a given one) and the engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from api import clock
from api.embedded_mongo import DataDirInUse, EmbeddedMongo, kept_running
from api.embedded_mongo.replica_set import NAME as REPLICA_SET
from api.metrics import Metrics
from api.settings import Settings
from loyalty import migrations
from loyalty.engine import Engine, open_engine
from loyalty.mongo import Mongo, MongoOptions


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
async def open_installation(settings: Settings) -> AsyncIterator[Installation]:
    """Open the database, starting the embedded one where no address is set, and prepare it.

    At the end everything that was submitted is committed before the connections close.
    Raises EmbeddedMongoUnavailable (later as well, having cancelled what runs inside, when the
    embedded database ends and cannot be started again), or Unavailable when the database does not
    answer.
    """
    metrics = Metrics()
    async with _database_url(settings) as url:
        options = MongoOptions(url, settings.mongo_database, settings.mongo_driver)
        mongo = Mongo(options)
        try:
            engine = open_engine(mongo, clock.now, clock.new_id, on_batch=metrics.batch)
            metrics.watch_queue(lambda: engine.commits.waiting)
            await migrations.prepare(engine)
            yield Installation(settings, engine, metrics)
            await engine.commits.drain()
        finally:
            await mongo.close()


@asynccontextmanager
async def _database_url(settings: Settings) -> AsyncIterator[str]:
    """Give the address that is set, or that of an embedded server, ours or a neighbour's."""
    if settings.mongo_url is not None:
        yield settings.mongo_url
        return
    embedded = EmbeddedMongo(settings.data_dir)
    try:
        url = await embedded.start()
    except DataDirInUse as taken:
        yield _neighbour_url(settings.data_dir, taken)
        return
    try:
        async with kept_running(embedded):
            yield url
    finally:
        await embedded.stop()


def _neighbour_url(data_dir: Path, taken: DataDirInUse) -> str:
    """Find the server that another process runs on the same directory, for as long as it does."""
    try:
        port = int((data_dir / "mongo" / "port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise taken from None
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"
