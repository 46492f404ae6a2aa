"""One door of the graph: who comes in, what may be run there, and how it is run; no transport."""

import hashlib
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import strawberry
import structlog
from graphql import execute
from starlette.requests import ClientDisconnect

from api.documents import Document, DocumentRefused, Documents, Operation
from api.explorer import Door
from api.graphql_requests import BadRequest, Parameters
from api.identity import Unauthenticated
from api.installation import Installation
from api.limits import Limits
from api.reception import Reception
from api.visitors import Visit, Visitor
from loyalty.errors import Unavailable
from schema import core_schema
from schema.context import Context, MemberCodes
from schema.errors import INTERNAL, Shown, show

COSTS: dict[Door, int] = {"app": 5_000, "staff": 20_000}
RETRY_AFTER = {"Retry-After": "1"}

FAILURES = (BadRequest, Unauthenticated, Unavailable, TimeoutError, ClientDisconnect)

_log = structlog.get_logger()


@dataclass(slots=True)
class Answer:
    """What is sent: a body, its status, and what it comes to in one word for the metrics."""

    body: dict[str, Any]
    code: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may be run, with what it was asked with."""

    document: Document
    operation: Operation
    parameters: Parameters


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

    @property
    def seconds(self) -> float:
        """Give how long an operation may take."""
        return self.house.settings.request_timeout_ms / 1_000

    async def admit(self, visitor: Visitor) -> Visit:
        """Tell who asks. Raises Unauthenticated, BadRequest."""
        return await self._reception.admit(self.door, visitor)

    def prepare(self, visit: Visit, parameters: Parameters) -> Prepared:  # noqa: ARG002
        """Find the operation and hold it to the limits. Raises DocumentRefused."""
        document = self._documents.prepare(parameters.query)
        operation = document.operation(parameters.operation_name)
        operation.check_cost(parameters.variables)
        return Prepared(document, operation, parameters)

    def context(self, visit: Visit) -> Context:
        """Make what the resolvers are given."""
        engine, visitor = self.house.engine, visit.visitor
        return Context(
            engine,
            visit.caller,
            engine.clock(),
            visitor.request_id,
            visitor.language,
            self._codes,
        )

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
        errors = [show(e, context.request_id, context.locale) for e in result.errors or ()]
        self._log_bugs(errors)
        if result.data is None and all(error.path is None for error in result.errors or ()):
            return not_executed(errors)
        body: dict[str, Any] = {"data": result.data}
        if errors:
            body["errors"] = [shown.body for shown in errors]
        return Answer(body, errors[0].code if errors else _outcome(result.data))

    def _log_bugs(self, errors: list[Shown]) -> None:
        for shown in errors:
            if shown.bug is not None:
                _log.error("graph_field_failed", door=self.door, exc_info=shown.bug)

    def note(self, kind: str, answer: Answer, parameters: Parameters, seconds: float) -> None:
        """Count it; a document that is refused is logged by its hash alone."""
        self.house.metrics.operation(self.door, kind, answer.code, seconds)
        if answer.code not in ("OK", "REFUSED", INTERNAL):
            digest = hashlib.sha256(parameters.query.encode("utf-8", "replace")).hexdigest()
            _log.info("graph_error", door=self.door, code=answer.code, hash=digest[:12])

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
            case ClientDisconnect():
                return _failure(400, "The request ended early.", "BAD_USER_INPUT", {})
        return _failure(503, "Not possible right now.", "UNAVAILABLE", RETRY_AFTER)


def refused(error: DocumentRefused) -> Answer:
    """Say why a document is not executed."""
    return not_executed([show(each, "") for each in error.errors])


def not_executed(errors: list[Shown]) -> Answer:
    """Answer with errors alone."""
    return Answer({"errors": [shown.body for shown in errors]}, errors[0].code)


def _failure(status: int, message: str, code: str, headers: dict[str, str]) -> Answer:
    extensions: dict[str, Any] = {"code": code}
    if code == "UNAVAILABLE":
        extensions["retryAfterMs"] = 1_000
    error = {"message": message, "extensions": extensions}
    return Answer({"errors": [error]}, code, status, headers)


def _outcome(data: Any) -> str:
    """Tell a mutation that the rules refused from one that was done."""
    payloads = [value for value in data.values() if isinstance(value, dict)]
    return "REFUSED" if any(payload.get("userErrors") for payload in payloads) else "OK"
