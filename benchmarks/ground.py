"""What measurements stand on: a command line, a database, the loop of the product; no measuring."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from api.clock import new_id, now
from api.embedded_mongo import EmbeddedMongo
from loyalty import migrations, program
from loyalty.engine import Engine, open_engine
from loyalty.mongo import Mongo, MongoOptions

R = TypeVar("R", bound=Mapping[str, Any])


def command(name: str, about: str | None) -> argparse.ArgumentParser:
    """Describe the command line of a measurement, with what all of them take."""
    described = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}", description=(about or "").partition("\n")[0]
    )
    described.add_argument("--json", action="store_true", help="print the result only")
    where = described.add_mutually_exclusive_group()
    where.add_argument("--data-dir", type=Path, help="of the embedded MongoDB; else temporary")
    where.add_argument("--mongo-url", help="of a replica set that runs already")
    return described


@asynccontextmanager
async def server(given: argparse.Namespace) -> AsyncIterator[str]:
    """Give the address of the MongoDB that was named, or of one of its own."""
    if given.mongo_url is not None:
        yield given.mongo_url
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        async with EmbeddedMongo(given.data_dir or Path(temporary)) as embedded:
            yield embedded.url


@asynccontextmanager
async def database(url: str, timeout_ms: int = 10_000, **options: Any) -> AsyncIterator[Mongo]:
    """Open a new database, and drop it in the end."""
    mongo = Mongo(MongoOptions(url, f"bench_{uuid4().hex}", timeout_ms=timeout_ms, **options))
    try:
        yield mongo
    finally:
        await mongo.drop_database()
        await mongo.close()


@dataclass(frozen=True, slots=True)
class Ground:
    """A shop that was just opened, and a folder for what its processes keep."""

    engine: Engine
    folder: Path


@asynccontextmanager
async def opened(given: argparse.Namespace, source: str, timeout_ms: int) -> AsyncIterator[Ground]:
    """Open a shop with a program on a database of its own, and leave nothing behind."""
    async with server(given) as url, database(url, timeout_ms) as mongo:
        engine = open_engine(mongo, now, new_id)
        await migrations.prepare(engine)
        await program.publish(engine, source)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield Ground(engine, Path(folder))


def _lines(result: Mapping[str, Any]) -> Iterable[str]:
    for name, value in result.items():
        said = f"{value:,}" if isinstance(value, int | float) else value
        yield f"{name:>16}  {said}"


def run(
    work: Coroutine[Any, Any, R],
    given: argparse.Namespace,
    lines: Callable[[R], Iterable[str]] = _lines,
) -> None:
    """Measure on the loop of the product, and print the result: for people, then as JSON."""
    result = _on_the_loop_of_the_product(work)
    if not given.json:
        sys.stdout.writelines(f"{line}\n" for line in lines(result))
    sys.stdout.write(json.dumps(result) + "\n")


def _on_the_loop_of_the_product(work: Coroutine[Any, Any, R]) -> R:
    """Run on uvloop where there is one, as the process does."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
