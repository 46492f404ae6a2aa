"""One door of the graph: who comes in, what may be run there, and how it is run; no transport."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import strawberry
import structlog
from graphql import ExecutionResult, GraphQLError, create_source_event_stream, execute
from starlette.requests import ClientDisconnect

from api.documents import Document, DocumentRefused, Documents, Operation
from api.explorer import Door
from api.graphql_requests import BadRequest, Parameters
from api.identity import Unauthenticated
from api.installation import Installation
from api.limits import Limits
from api.persisted import open_register
from api.rate_limits import RateLimited
from api.reception import REFUSED_COST, Reception
from api.statuses import NOT_EXECUTED, NOT_VALID, PARTIAL_SUCCESS
from api.visitors import Visit, Visitor
from loyalty.errors import Unavailable
from schema import core_schema
from schema.context import Context, MemberCodes
from schema.errors import INTERNAL, Shown, show

COSTS: dict[Door, int] = {"app": 5_000, "staff": 20_000}
RETRY_AFTER = {"Retry-After": "1"}

FAILURES = (
    BadRequest,
    Unauthenticated,
    RateLimited,
    Unavailable,
    TimeoutError,
    ClientDisconnect,
)

_log = structlog.get_logger()


@dataclass(slots=True)
class Answer:
    """What is sent: a body, its status, and what it comes to in one word for the metrics.

    `is_request` tells that it was a request of the graph, whatever came of it.
    """

    body: dict[str, Any]
    code: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_request: bool = True


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may be run, with what it was asked with, and what it costs."""

    document: Document
    operation: Operation
    parameters: Parameters
    bill: Mapping[str, int | None]


class Graph:
    """What every way into one door does in the same order: admit, prepare, execute, note."""

    def __init__(
        self,
        door: Door,
        house: Installation,
        reception: Reception,
        schema: strawberry.Schema,
        codes: MemberCodes | None,
    ) -> None:
        self.door = door
        self.house = house
        self._reception = reception
        self._codes = codes
        self._schema = core_schema(schema)
        self._executor = schema.execution_context_class
        introspection = house.settings.introspection
        self._documents = Documents(
            self._schema, introspection=introspection, limits=Limits(cost=COSTS[door])
        )
        self._register = open_register(door, house.settings)
        self._register.compile(self._documents)

    @property
    def has_explorer(self) -> bool:
        """Tell whether the explorer is served: not where it could run nothing."""
        return self.house.settings.graphiql and self._register.runs_any

    @property
    def seconds(self) -> float:
        """Give how long anything may take that is no operation yet."""
        return self.house.settings.request_timeout_ms / 1_000

    def seconds_for(self, operation: Operation) -> float:
        """Give how long an operation may take: over all transports, and for each of its events."""
        own = self.house.settings.operation_timeouts_ms.get(operation.name)
        return self.seconds if own is None else own / 1_000

    async def admit(self, visitor: Visitor) -> Visit:
        """Tell who asks. Raises Unauthenticated, BadRequest."""
        return await self._reception.admit(self.door, visitor)

    def charge_unread(self, visitor: Visitor) -> None:
        """Charge for a request that was read in vain. Raises RateLimited."""
        self._reception.charge_unknown(visitor)

    def prepare(self, visit: Visit, parameters: Parameters) -> Prepared:
        """Find the operation, hold it to the limits and charge for it.

        Raises DocumentRefused, RateLimited.
        """
        try:
            document = self._documents.prepare(self._register.document(parameters))
            operation = document.operation(parameters.operation_name)
            self._reception.check_client(visit, document, operation)
            cost = operation.check_cost(parameters.variables)
        except DocumentRefused:
            self._reception.charge(visit, REFUSED_COST)
            raise
        left = self._reception.charge(visit, cost)
        bill = {"requested": cost, "maximum": operation.limits.cost, "remaining": left}
        return Prepared(document, operation, parameters, bill)

    def context(self, visit: Visit) -> Context:
        """Make what the resolvers are given."""
        engine, visitor = self.house.engine, visit.visitor
        return Context(
            engine,
            visit.caller,
            engine.clock(),
            visitor.request_id,
            visitor.languages,
            self._codes,
            self._reception.app_of(visit),
        )

    async def run(self, visit: Visit, prepared: Prepared, began: float) -> Answer:
        """Run a query or a mutation, in the time that it has since it `began` (perf_counter)."""
        left = self.seconds_for(prepared.operation) - (time.perf_counter() - began)
        try:
            async with asyncio.timeout(left):
                return await self.execute(prepared, self.context(visit))
        except TimeoutError:
            return self._too_late(prepared)

    async def execute(self, prepared: Prepared, context: Context, root: object = None) -> Answer:
        """Run an operation, or show `root`, one event of a subscription; errors are in the body."""
        done = execute(
            self._schema,
            prepared.document.node,
            root,
            context_value=context,
            variable_values=prepared.parameters.variables,
            operation_name=prepared.parameters.operation_name,
            executor_class=self._executor,
            hide_suggestions=not self.house.settings.introspection,
        )
        result = await done if isawaitable(done) else done
        errors = [show(e, context.request_id, context.known_locale) for e in result.errors or ()]
        self._log_bugs(errors)
        if result.data is None and all(error.path is None for error in result.errors or ()):
            return not_executed(errors)
        body: dict[str, Any] = {"data": result.data}
        if root is None:
            body["extensions"] = {"cost": prepared.bill}
        if not errors:
            return Answer(body, _outcome(result.data))
        body["errors"] = [shown.body for shown in errors]
        return Answer(body, errors[0].code, PARTIAL_SUCCESS)

    async def follow(self, visit: Visit, prepared: Prepared) -> AsyncGenerator[Answer, None]:
        """Run a subscription: an answer for each event. One without data is the last."""
        started, noted = time.perf_counter(), False
        async with aclosing(self._answers(prepared, self.context(visit))) as answers:
            async for answer in answers:
                if not noted:
                    seconds = time.perf_counter() - started
                    self.note(visit, "subscription", answer, prepared.parameters, seconds)
                noted = True
                yield answer

    async def _answers(self, prepared: Prepared, context: Context) -> AsyncGenerator[Answer, None]:
        seconds = self.seconds_for(prepared.operation)
        try:
            async with asyncio.timeout(seconds):
                source = await self._source(prepared, context)
            if isinstance(source, ExecutionResult):
                yield self._not_executed(source.errors or [], context)
                return
            async with aclosing(source) as events:
                async for event in events:
                    async with asyncio.timeout(seconds):
                        answer = await self.execute(prepared, context.renewed(), event)
                    yield answer
                    del event, answer  # nothing is held while nothing happens
        except TimeoutError:
            yield self._too_late(prepared)
        except Exception as error:  # noqa: BLE001 - shown as every other: masked where it is a bug
            met = GraphQLError("The subscription ended.", original_error=error)
            yield self._not_executed([met], context)

    async def _source(
        self, prepared: Prepared, context: Context
    ) -> AsyncGenerator[object, None] | ExecutionResult:
        """Ask the resolver for its events, or tell why there are none."""
        executor = self._executor.build(
            self._schema,
            prepared.document.node,
            None,
            context,
            prepared.parameters.variables,
            prepared.parameters.operation_name,
            hide_suggestions=not self.house.settings.introspection,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        found: Any = create_source_event_stream(executor)
        source: AsyncGenerator[object, None] | ExecutionResult
        source = await found if isawaitable(found) else found
        return source

    def _too_late(self, prepared: Prepared) -> Answer:
        """Count and log an operation that took too long; what it did stays done."""
        kind, asked = prepared.operation.kind, prepared.parameters
        self.house.metrics.operation_timed_out(self.door, kind)
        seconds = self.seconds_for(prepared.operation)
        hashed = asked.digest[:12]
        _log.warning("operation_timed_out", door=self.door, hash=hashed, seconds=seconds)
        return self.fail(TimeoutError())

    def _not_executed(self, errors: list[GraphQLError], context: Context) -> Answer:
        shown = [show(error, context.request_id, context.known_locale) for error in errors]
        self._log_bugs(shown)
        return not_executed(shown)

    def _log_bugs(self, errors: list[Shown]) -> None:
        for shown in errors:
            if shown.bug is not None:
                _log.error("graph_field_failed", door=self.door, exc_info=shown.bug)

    def note(
        self, visit: Visit, kind: str, answer: Answer, asked: Parameters, seconds: float
    ) -> None:
        """Count it; a document that is refused is logged by its hash alone."""
        self.house.metrics.operation(self.door, kind, answer.code, seconds)
        client, is_known = visit.visitor.client, visit.caller.kind != "anonymous"
        self.house.metrics.client(client.name, client.version, learn=is_known)
        if answer.code not in ("OK", "REFUSED", INTERNAL):
            _log.info("graph_error", door=self.door, code=answer.code, hash=asked.digest[:12])

    def fail(self, error: Exception) -> Answer:
        """Say why nothing was executed; `error` is one of `FAILURES`."""
        match error:
            case BadRequest():
                return _failure(error.status, error.message, error.code, error.headers)
            case Unauthenticated():
                self.house.metrics.sign_in_refused(self.door, error.reason)
                _log.info("sign_in_refused", door=self.door, reason=error.reason)
                headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return _failure(401, "The credentials are not valid.", "UNAUTHENTICATED", headers)
            case RateLimited():
                _log.info("rate_limited", door=self.door, kind=error.kind)
                return _too_many(error.retry_after_ms)
            case ClientDisconnect():
                return _failure(400, "The request ended early.", "BAD_USER_INPUT", {})
            case TimeoutError():
                return _failure(503, "It took too long.", "UNAVAILABLE", RETRY_AFTER)
        return _failure(503, "Not possible right now.", "UNAVAILABLE", RETRY_AFTER)


def refused(error: DocumentRefused) -> Answer:
    """Say why a document is not executed."""
    return not_executed([show(each, "") for each in error.errors])


def not_executed(errors: list[Shown]) -> Answer:
    """Answer with errors alone."""
    code = errors[0].code
    return Answer(
        {"errors": [shown.body for shown in errors]}, code, NOT_EXECUTED.get(code, NOT_VALID)
    )


def _too_many(retry_after_ms: int) -> Answer:
    """Say when something will be in the bucket again; the header is in whole seconds."""
    headers = {"Retry-After": str(-(-retry_after_ms // 1_000))}
    answer = _failure(429, "Too much was asked in too little time.", "RATE_LIMITED", headers)
    answer.body["errors"][0]["extensions"]["retryAfterMs"] = retry_after_ms
    return answer


def _failure(status: int, message: str, code: str, headers: dict[str, str]) -> Answer:
    extensions: dict[str, Any] = {"code": code}
    if code == "UNAVAILABLE":
        extensions["retryAfterMs"] = 1_000
    error = {"message": message, "extensions": extensions}
    return Answer({"errors": [error]}, code, status, headers, is_request=False)


def _outcome(data: Any) -> str:
    """Tell a mutation that the rules refused from one that was done."""
    payloads = [value for value in data.values() if isinstance(value, dict)]
    return "REFUSED" if any(payload.get("userErrors") for payload in payloads) else "OK"
