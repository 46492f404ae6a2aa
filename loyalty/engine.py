"""What every verb is given: database, clock, queue of commands; nothing is looked up elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loyalty.group_commit import GroupCommit
from loyalty.live import Hub
from loyalty.mongo import Mongo


@dataclass(frozen=True, slots=True)
class Engine:
    """Hold what the verbs need, made once per process.

    `clock` gives naive UTC instants of millisecond precision; `new_id` gives a UUIDv7 in its
    canonical text, so that ids and the keys the engine makes itself sort by time.
    `live` tells what changes. `cache` keeps what is read rarely and changes rarely (the active
    program).
    """

    mongo: Mongo
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    commits: GroupCommit
    live: Hub
    cache: dict[str, Any] = field(default_factory=dict)


def open_engine(
    mongo: Mongo,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    on_batch: Callable[[int], None] | None = None,
) -> Engine:
    """Make an engine on an open database."""
    return Engine(mongo, clock, new_id, GroupCommit(mongo, clock, on_batch=on_batch), Hub(mongo))
