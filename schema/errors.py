"""What the errors of a request look like from outside: a code on each, and no inside of ours.

Expected refusals are no errors: they are data, in `refusals`.
"""

from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from loyalty import messages
from loyalty.errors import BadInput, Refusal, Refused, Unavailable
from schema.refusals import MAPPED, code_of

INTERNAL = "INTERNAL_SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class Shown:
    """An error as it is sent; `bug` is what has to be logged, None where nobody is to blame."""

    body: dict[str, Any]
    bug: Exception | None = None

    @property
    def code(self) -> str:
        """Give the code of the error."""
        code: str = self.body["extensions"]["code"]
        return code


def show(error: GraphQLError, request_id: str, locale: str = "") -> Shown:
    """Turn an error of the execution into what is sent; what is not known is masked.

    graphql-core itself says, without a path, that variables cannot be read, and with a path
    that an argument cannot.
    """
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    match cause:
        case BadInput():
            where = {"inputPath": list(cause.path)} if cause.path else {}
            return _shown(error, cause.message, "BAD_USER_INPUT", where)
        case Refused():
            said = messages.describe(cause.refusal, locale or messages.FALLBACK)
            extensions = {"refusal": code_of(cause.refusal), **_where(error, cause.refusal)}
            return _shown(error, said, "BAD_USER_INPUT", extensions)
        case Unavailable():
            again = {"retryAfterMs": cause.retry_after_ms}
            said = "Not possible right now: send it again, with the same key."
            return _shown(error, said, "UNAVAILABLE", again)
        case TimeoutError():
            return _shown(error, "It took too long.", "UNAVAILABLE", {"retryAfterMs": 1_000})
    code = (error.extensions or {}).get("code")
    if code is not None:
        return _shown(error, error.message, code, error.extensions or {})
    if isinstance(error, GraphQLSyntaxError):
        return _shown(error, error.message, "GRAPHQL_PARSE_FAILED", {})
    is_graphqls = cause is None or isinstance(cause, GraphQLError)
    if is_graphqls and (error.path is None or error.message.startswith("Argument ")):
        return _shown(error, error.message, "BAD_USER_INPUT", {})
    said = f"Internal error, reference {request_id}."
    return Shown(
        _body(error, said, {"code": INTERNAL, "requestId": request_id}), bug=cause or error
    )


def _where(error: GraphQLError, refusal: Refusal) -> dict[str, Any]:
    """Say which argument a refusal of a query is about, where it was sent; it is below no input."""
    _, *path = MAPPED[type(refusal)].path_for(refusal) or ("",)
    sent = {
        argument.name.value
        for node in error.nodes or ()
        if isinstance(node, FieldNode)
        for argument in node.arguments or ()
    }
    if not path or path[0] not in sent:
        return {}
    return {"inputPath": [int(part) if part.isdigit() else part for part in path]}


def _shown(error: GraphQLError, said: str, code: str, extensions: dict[str, Any]) -> Shown:
    return Shown(_body(error, said, {**extensions, "code": code}))


def _body(error: GraphQLError, said: str, extensions: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"message": said}
    if error.locations:
        body["locations"] = [location.formatted for location in error.locations]
    if error.path is not None:
        body["path"] = error.path
    body["extensions"] = extensions
    return body
