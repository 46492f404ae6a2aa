"""How much each caller may ask for in a minute, counted in cost; knows no document and no header.

A bucket is one instant: when it will be full again. Each process keeps its own idea of it and
tells the bucket that all share once it has spent a tenth, in the background.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import structlog

from api.metrics import Metrics
from loyalty.errors import Unavailable
from loyalty.mongo import Index, Mongo

COLLECTION = "rate_buckets"
WINDOW = timedelta(minutes=1)
SHARE = 10  # how many times a process tells what it spent, while it spends a whole bucket
KEPT = 50_000  # buckets a process remembers, those used last
PATIENCE_SECONDS = 1.0
REST = timedelta(seconds=5)  # without telling, once it could not be told
KEPT_SECONDS = 60  # a full bucket, before the database removes it: clocks may differ by less

Kind = Literal["member", "device", "address", "staff", "integration"]

_log = structlog.get_logger()


class Bucket(NamedTuple):
    """Whose it is; the name says nothing about a person to who reads it."""

    kind: Kind
    name: str


class RateLimited(Exception):
    """Say that a bucket is empty, and when (in milliseconds) something will be in it again."""

    def __init__(self, kind: Kind, retry_after_ms: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retry_after_ms = retry_after_ms


@dataclass(slots=True)
class _Tab:
    """What this process knows of a bucket, and what it has not told of it yet."""

    full_at: datetime
    untold: int = 0
    telling: bool = False


class RateLimits:
    """Take cost out of buckets, which fill up by `rates` a minute; no rate, no limit.

    Who has anything left may ask; what the answer costs beyond that is waited for afterwards.
    """

    def __init__(
        self,
        mongo: Mongo,
        clock: Callable[[], datetime],
        rates: Mapping[Kind, int],
        metrics: Metrics,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._rates = {kind: rate for kind, rate in rates.items() if rate}
        self._metrics = metrics
        self._tabs: OrderedDict[Bucket, _Tab] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting_until = datetime.min

    def spend(self, buckets: Sequence[Bucket], cost: int) -> int | None:
        """Take the cost out of every bucket; tell what is left in the emptiest, None for no limit.

        Raises RateLimited, having taken nothing, where one of them is empty.
        """
        now = self._clock()
        held = [bucket for bucket in buckets if bucket.kind in self._rates]
        tabs = [self._tab(bucket, now) for bucket in held]
        for bucket, tab in zip(held, tabs, strict=True):
            if self._left(bucket, tab, now) < 1:
                self._metrics.rate_limited(bucket.kind)
                raise RateLimited(bucket.kind, self._wait_ms(bucket, tab, now))
        for bucket, tab in zip(held, tabs, strict=True):
            self._take(bucket, tab, cost, now)
        left = [self._left(bucket, tab, now) for bucket, tab in zip(held, tabs, strict=True)]
        return max(0, min(left)) if left else None

    async def settled(self) -> None:
        """Wait for what is being told."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _tab(self, bucket: Bucket, now: datetime) -> _Tab:
        tab = self._tabs.get(bucket)
        if tab is None:
            tab = self._tabs[bucket] = _Tab(now)
            if len(self._tabs) > KEPT:
                self._tabs.popitem(last=False)
        else:
            self._tabs.move_to_end(bucket)
        return tab

    def _take(self, bucket: Bucket, tab: _Tab, cost: int, now: datetime) -> None:
        tab.full_at = max(tab.full_at, now) + self._time(bucket, cost)
        tab.untold += cost
        due = tab.untold * SHARE >= self._rates[bucket.kind]
        if due and not tab.telling and now >= self._resting_until:
            tab.telling = True
            task = asyncio.create_task(self._tell(bucket, tab))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, bucket: Bucket, tab: _Tab) -> None:
        """Tell the shared bucket, and learn what others took.

        What cannot be told is let go, and nobody is refused for it: each process then goes by
        what it knows itself.
        """
        told, tab.untold = tab.untold, 0
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                full_at = await self._exchange(bucket, told)
        except (Unavailable, TimeoutError):
            self._resting_until = self._clock() + REST
            self._metrics.rate_limit_unshared()
            _log.warning("rate_limit_unshared", kind=bucket.kind)
        else:
            tab.full_at = max(tab.full_at, full_at + self._time(bucket, tab.untold))
        finally:
            tab.telling = False

    async def _exchange(self, bucket: Bucket, cost: int) -> datetime:
        spent = self._time(bucket, cost) // timedelta(milliseconds=1)
        later = {"$add": [{"$max": ["$full_at", self._clock()]}, spent]}
        found = await self._mongo.find_one_and_update(
            COLLECTION, {"_id": ":".join(bucket)}, [{"$set": {"full_at": later}}], upsert=True
        )
        full_at: datetime = (found or {})["full_at"]
        return full_at

    def _time(self, bucket: Bucket, cost: int) -> timedelta:
        """Give how long the bucket needs to fill up by a cost."""
        return WINDOW * cost / self._rates[bucket.kind]

    def _left(self, bucket: Bucket, tab: _Tab, now: datetime) -> int:
        return (now + WINDOW - max(tab.full_at, now)) * self._rates[bucket.kind] // WINDOW

    def _wait_ms(self, bucket: Bucket, tab: _Tab, now: datetime) -> int:
        wait = tab.full_at + self._time(bucket, 1) - WINDOW - now
        return wait // timedelta(milliseconds=1) + 1


async def prepare(mongo: Mongo) -> None:
    """Let the database remove the buckets that are full."""
    index = Index([("full_at", 1)], name="full_buckets_go", expireAfterSeconds=KEPT_SECONDS)
    await mongo.create_indexes(COLLECTION, [index])
