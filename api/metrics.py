"""What the process counts and times, in Prometheus' form; labels are from closed lists only."""

from collections.abc import Callable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from loyalty import chores
from loyalty.jobs import Result, Status, Tally

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

DOORS = frozenset({"app", "staff", "health", "explorer", "demo"})
OPERATIONS = frozenset({"query", "mutation", "subscription"})
CODES = frozenset(
    {
        *("OK", "REFUSED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"),
        *("UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "RATE_LIMITED", "QUERY_TOO_COMPLEX"),
        *("PERSISTED_QUERY_NOT_FOUND", "OPERATION_RESOLUTION_FAILURE", "CLIENT_UPGRADE_REQUIRED"),
        *("OPERATION_NOT_REGISTERED", "UNAVAILABLE", "INTERNAL_SERVER_ERROR"),
    }
)
COMMITS = frozenset({"applied", "replayed", "refused", "unavailable", "failed"})
SIGN_INS_REFUSED = frozenset(
    {
        *("malformed", "issuer", "algorithm", "unknown_key", "signature", "audience", "claims"),
        *("expired", "not_yet_valid", "integration_key", "revoked"),
    }
)
BUCKETS = frozenset({"member", "device", "address", "staff", "integration"})
CLIENTS_LIMIT = 50  # names with their versions: shops have a few apps, of a few versions each
JOBS = frozenset(chores.kinds())
RESULTS = frozenset(result.value for result in Result)
LOOPS = frozenset({"news", "push", "jobs", "chunks"})
PUSHES = frozenset({"sent", "failed", "unknown", "suppressed", "device_gone", "retried"})

WAITING = Status.WAITING

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Hold the instruments of one process.

    A label from outside its closed list is counted as `other`, so that nobody can grow the
    number of series by what they send.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._known_clients = {("none", "none")}
        self._requests = Counter(
            "stamkund_http_requests", "HTTP requests answered.", ["door", "status"],
            registry=registry,
        )  # fmt: skip
        self._operations = Histogram(
            "stamkund_graph_operation_seconds", "Time of a graph operation, by its outcome.",
            ["door", "operation", "code"], buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._timed_out = Counter(
            "stamkund_graph_operations_timed_out", "Graph operations that took too long.",
            ["door", "operation"], registry=registry,
        )  # fmt: skip
        self._refused_sign_ins = Counter(
            "stamkund_sign_ins_refused", "Credentials that were not accepted.", ["door", "reason"],
            registry=registry,
        )  # fmt: skip
        self._clients = Counter(
            "stamkund_client_operations", "Graph operations, by the program that asked.",
            ["client", "version"], registry=registry,
        )  # fmt: skip
        self._rate_limited = Counter(
            "stamkund_rate_limited", "Requests refused because a bucket was empty.", ["kind"],
            registry=registry,
        )  # fmt: skip
        self._unshared = Counter(
            "stamkund_rate_limit_unshared", "Spendings that other processes could not be told of.",
            registry=registry,
        )  # fmt: skip
        self._commits = Counter(
            "stamkund_commits", "Changes asked of the ledger.", ["outcome"], registry=registry
        )
        self._batch = Histogram(
            "stamkund_commit_batch_size", "Changes written together.", buckets=_SIZES,
            registry=registry,
        )  # fmt: skip
        self._queue = Gauge(
            "stamkund_commit_queue_length", "Changes that wait to be written.", registry=registry
        )
        self._live = Gauge(
            "stamkund_live_connections", "Sockets and streams that are open.", registry=registry
        )
        self._watch_workers(registry)

    def _watch_workers(self, registry: CollectorRegistry) -> None:
        """Make the instruments of what is done in the background."""
        self._pushes = Counter(
            "stamkund_pushes", "Push messages, by what came of them.", ["outcome"],
            registry=registry,
        )  # fmt: skip
        self._lag = Gauge(
            "stamkund_outbox_lag_seconds", "Age of the oldest fact not yet acted upon.",
            registry=registry,
        )  # fmt: skip
        self._jobs_run = Counter(
            "stamkund_jobs_run", "Runs of jobs, by what came of them.", ["kind", "result"],
            registry=registry,
        )  # fmt: skip
        self._jobs = Gauge(
            "stamkund_jobs", "Jobs that are not done, by where they stand.", ["kind", "status"],
            registry=registry,
        )  # fmt: skip
        self._jobs_failing = Gauge(
            "stamkund_jobs_failing", "Jobs that wait to be tried again after a failure.", ["kind"],
            registry=registry,
        )  # fmt: skip
        self._jobs_overdue = Gauge(
            "stamkund_jobs_overdue_seconds", "How long the oldest job that waits is due.", ["kind"],
            registry=registry,
        )  # fmt: skip

        self._turned = Gauge(
            "stamkund_worker_turned_timestamp_seconds", "When a loop of the worker last turned.",
            ["loop"], registry=registry,
        )  # fmt: skip

    def request(self, door: str, status: int) -> None:
        """Count an answered HTTP request."""
        known = str(status) if 100 <= status <= 599 else "other"
        self._requests.labels(_known(door, DOORS), known).inc()

    def operation(self, door: str, operation: str, code: str, seconds: float) -> None:
        """Count and time a graph operation; `code` is OK, REFUSED or the first error's code."""
        labels = (_known(door, DOORS), _known(operation, OPERATIONS), _known(code, CODES))
        self._operations.labels(*labels).observe(seconds)

    def operation_timed_out(self, door: str, operation: str) -> None:
        """Count a graph operation, or an event of one, that took too long."""
        self._timed_out.labels(_known(door, DOORS), _known(operation, OPERATIONS)).inc()

    def sign_in_refused(self, door: str, reason: str) -> None:
        """Count credentials that were not accepted, by the reason."""
        self._refused_sign_ins.labels(_known(door, DOORS), _known(reason, SIGN_INS_REFUSED)).inc()

    def client(self, name: str, version: str, *, learn: bool) -> None:
        """Count an operation of a program; `learn` where who asks may bring a new one."""
        known = (name or "none", version or "none")
        if known not in self._known_clients:
            if not learn or len(self._known_clients) >= CLIENTS_LIMIT:
                known = ("other", "other")
            self._known_clients.add(known)
        self._clients.labels(*known).inc()

    def rate_limited(self, kind: str) -> None:
        """Count a request that was refused because a bucket was empty."""
        self._rate_limited.labels(_known(kind, BUCKETS)).inc()

    def rate_limit_unshared(self) -> None:
        """Count a spending that the other processes could not be told of."""
        self._unshared.inc()

    def commit(self, outcome: str) -> None:
        """Count a change asked of the ledger, by its outcome."""
        self._commits.labels(_known(outcome, COMMITS)).inc()

    def batch(self, size: int) -> None:
        """Note how many changes were written together."""
        self._batch.observe(size)

    def watch_queue(self, length: Callable[[], int]) -> None:
        """Ask `length` for the length of the commit queue at every reading."""
        self._queue.set_function(length)

    def watch_connections(self, count: Callable[[], int]) -> None:
        """Ask `count` for the number of sockets and streams at every reading."""
        self._live.set_function(count)

    def push(self, outcome: str, count: int = 1) -> None:
        """Count push messages, by their outcome."""
        self._pushes.labels(_known(outcome, PUSHES)).inc(count)

    def outbox_lag(self, seconds: float) -> None:
        """Note the age of the oldest fact that was not acted upon."""
        self._lag.set(max(seconds, 0))

    def job(self, kind: str, result: str) -> None:
        """Count a run of a job, by what came of it."""
        self._jobs_run.labels(_known(kind, JOBS), _known(result, RESULTS)).inc()

    def worker_turned(self, loop: str) -> None:
        """Note that a loop of the worker turns now."""
        self._turned.labels(_known(loop, LOOPS)).set_to_current_time()

    def jobs(self, tallies: Sequence[Tally], now: datetime) -> None:
        """Note the jobs that are not done, in the place of what was noted before."""
        for gauge in (self._jobs, self._jobs_failing, self._jobs_overdue):
            gauge.clear()
        for tally in tallies:
            kind = _known(tally.kind, JOBS)
            self._jobs.labels(kind, tally.status.value).inc(tally.count)
            self._jobs_failing.labels(kind).inc(tally.failing if tally.status is WAITING else 0)
            if tally.status is WAITING and tally.oldest_due_at is not None:
                overdue = (now - tally.oldest_due_at).total_seconds()
                self._jobs_overdue.labels(kind).set(max(overdue, 0))

    def render(self) -> bytes:
        """Return every value in the text format of `CONTENT_TYPE`."""
        return generate_latest(self.registry)


def _known(label: str, labels: frozenset[str]) -> str:
    return label if label in labels else "other"
