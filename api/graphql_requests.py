"""What a request for the graph says, read strictly: body, parameters, media type, language.

Raises `BadRequest` for everything malformed; knows no schema and runs nothing.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
DOCUMENT_IDS = ("documentId", "id", "doc_id")
PARAMETERS = ("query", "operationName", "variables", "extensions", *DOCUMENT_IDS)
HASHED = "sha256:"  # in front of an id that is the hash of the text
MALFORMED = "BAD_USER_INPUT"

LANGUAGES_LIMIT = 10
_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<script>[a-z]{4}))?(-(?P<region>[a-z]{2}|\d{3}))?(-\w+)*",
    re.ASCII | re.IGNORECASE,
)


class BadRequest(Exception):
    """Say what is wrong with a request before the graph has seen it.

    Its status is that of the draft of GraphQL over HTTP: 422 for what is JSON and no request.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str = MALFORMED,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Parameters:
    """What is asked of the graph: a document by its text, by an id, or by its hash and both.

    `is_hashed` tells that `document_id` is the hash of `query`.
    """

    query: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    document_id: str = ""
    is_hashed: bool = False

    @property
    def digest(self) -> str:
        """Give by what a log may name the document: its hash, or the id where that is one."""
        if re.fullmatch(r"[0-9a-f]{32,64}", self.document_id):
            return self.document_id
        asked = self.query or self.document_id
        return hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()


async def read_parameters(request: Request, body_limit: int) -> Parameters:
    """Read a GET or POST request. Raises BadRequest."""
    if request.method == "GET":
        return parameters_of(_read_query(request.scope["query_string"], body_limit))
    if request.method != "POST":
        raise BadRequest(405, "Send a POST, or a GET for a query.", headers={"Allow": "GET, POST"})
    _check_content(request)
    return parameters_of(read_json(await _read_body(request, body_limit)))


def _read_query(text: bytes, limit: int) -> dict[str, Any]:
    """Read the query of an address; other parameters are none of ours."""
    if len(text) > limit:
        raise BadRequest(414, f"The query of an address is at most {limit} bytes: send a POST.")
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except ValueError:
        raise BadRequest(400, "The query of the address cannot be read.") from None
    known = [(name, value) for name, value in pairs if name in PARAMETERS]
    given: dict[str, Any] = dict(known)
    if len(given) < len(known):
        raise BadRequest(400, "A parameter is repeated.")
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = read_json(given[name].encode())
        else:
            given.pop(name, None)
    return given


def _check_content(request: Request) -> None:
    """Insist on JSON: a page of another site cannot send that without asking first (CSRF)."""
    media, *options = request.headers.get("content-type", "").lower().split(";")
    charset = [o.partition("=")[2].strip(' "') for o in options if o.strip().startswith("charset=")]
    if media.strip() != JSON or any(name not in ("utf-8", "utf8") for name in charset):
        raise BadRequest(415, "Send the request as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest(415, "Send the request without a content encoding.")


async def _read_body(request: Request, limit: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and len(declared) < 20 and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> BadRequest:
    return BadRequest(413, f"A request is at most {limit} bytes.")


def read_json(text: bytes) -> Any:
    """Read JSON strictly: UTF-8, no repeated names, no lone surrogates, nothing but JSON.

    orjson refuses what is malformed, too deep or no Unicode; the second reading sees repeated
    names and keeps whole numbers whole.
    """
    try:
        orjson.loads(text)
        return json.loads(text, object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError):
        raise BadRequest(400, "The request is not valid JSON.") from None


def _without_repetition(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a name is repeated")
    return read


def parameters_of(given: Any) -> Parameters:
    """Read what is asked, strictly. Raises BadRequest."""
    if not isinstance(given, dict):
        raise BadRequest(422, "A request is one JSON object; batches are not taken.")
    query, variables = given.get("query"), given.get("variables")
    name, extensions = given.get("operationName"), given.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest(422, "`extensions` is an object.")
    document_id, is_hash = _document_id(given, extensions or {})
    if query in (None, "") and document_id:
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise BadRequest(422, "`query` is a GraphQL document.")
    elif is_hash and document_id != hashlib.sha256(query.encode("utf-8", "replace")).hexdigest():
        raise BadRequest(422, "The hash is not that of `query`.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(422, "`variables` is an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest(422, "`operationName` is a text.")
    return Parameters(query, variables or {}, name or None, document_id, bool(query) and is_hash)


def _document_id(given: Mapping[str, Any], extensions: Mapping[str, Any]) -> tuple[str, bool]:
    """Read by which id a document is known, '' for none, and whether that is the hash of its text.

    Apollo's clients send it as a hash among the extensions, Relay's as `doc_id` or `id`, and the
    draft of GraphQL over HTTP calls it `documentId`.
    """
    ids = [given[name] for name in DOCUMENT_IDS if given.get(name) is not None]
    persisted = extensions.get("persistedQuery")
    if persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise BadRequest(422, "`persistedQuery` has the `version` 1, and a `sha256Hash`.")
        ids.append(persisted.get("sha256Hash"))
    if not all(isinstance(each, str) and each for each in ids):
        raise BadRequest(422, "The id of a document is a text.")
    bare = {each.removeprefix(HASHED) for each in ids}
    if len(bare) > 1:
        raise BadRequest(422, "A document is asked for by one id.")
    is_hash = persisted is not None or any(each.startswith(HASHED) for each in ids)
    return next(iter(bare), ""), is_hash


def preferences(header: str) -> list[tuple[str, float]]:
    """Read a header of weighted choices, in its order; a weight that is none counts as 0."""
    found = []
    for part in header.split(","):
        name, *options = (piece.strip() for piece in part.split(";"))
        weight = next((o[2:] for o in options if o.lower().startswith("q=")), "1")
        known = re.fullmatch(r"[01](\.\d{0,3})?", weight)
        if name:
            found.append((name, float(weight) if known else 0.0))
    return found


def choose_media_type(accept: str | None, favourite: str = JSON) -> str:
    """Choose the type of the answer, `favourite` where the client takes anything.

    Raises BadRequest when neither of ours is wanted.
    """
    wanted = {name.lower(): weight for name, weight in preferences(accept or "*/*")}
    ranked = []
    for media in (JSON, RESPONSE_JSON):
        ranges = (media, "application/*", "*/*")
        match = next((place for place, name in enumerate(ranges) if name in wanted), None)
        if match is not None and wanted[ranges[match]] > 0:
            favoured = media == (favourite if match else RESPONSE_JSON)
            ranked.append((wanted[ranges[match]], -match, favoured, media))
    if not ranked:
        raise BadRequest(406, f"The answer is {RESPONSE_JSON} or {JSON}.")
    return max(ranked)[3]


def wants_page(accept: str | None) -> bool:
    """Tell whether a browser asks for a page."""
    wanted = {name.lower(): weight for name, weight in preferences(accept or "")}
    return wanted.get("text/html", 0) > wanted.get(JSON, 0)


def wanted_languages(accept_language: str | None) -> tuple[str, ...]:
    """Give the languages that are wanted, most wanted first, in BCP 47's own letter case."""
    named = [
        (weight, _language(match))
        for name, weight in preferences(accept_language or "")
        if weight > 0 and (match := _LANGUAGE.fullmatch(name))
    ]
    ranked = sorted(named, key=lambda choice: -choice[0])[:LANGUAGES_LIMIT]
    return tuple(dict.fromkeys(language for _, language in ranked))


def _language(match: re.Match[str]) -> str:
    """Keep language, script and region."""
    language, script, region = match["language"], match["script"], match["region"]
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)
