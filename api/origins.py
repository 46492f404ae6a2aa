"""Which web pages may make a browser ask: those of an allow-list, and of this address itself.

There are no cookies here, so a page of another site could only ask what anybody may. It cannot even
do that: a POST has to be JSON, and a GET has to bring a header, which a browser asks leave for.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api.graphql_requests import BadRequest
from api.visitors import CLIENT_HEADERS, DEVICE_HEADER

PREFLIGHT_HEADERS = (
    "apollo-require-preflight",
    "graphql-require-preflight",
    "x-apollo-operation-name",
    "authorization",
    *(prefix + "name" for prefix in CLIENT_HEADERS),
)
ALLOWED_HEADERS = (
    *PREFLIGHT_HEADERS,
    *(prefix + "version" for prefix in CLIENT_HEADERS),
    *("content-type", DEVICE_HEADER, "x-apollo-operation-id", "x-request-id"),
)
SHOWN_HEADERS = ("Retry-After", "X-Request-Id")
PREFLIGHT_SECONDS = 600


def cors(origins: Collection[str]) -> list[Middleware]:
    """Answer browsers that ask whether a page of an origin may ask; without origins, nothing."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST"],
            allow_headers=list(ALLOWED_HEADERS),
            expose_headers=list(SHOWN_HEADERS),
            max_age=PREFLIGHT_SECONDS,
        )
    ]


def is_foreign(headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Tell whether a browser says that a page of another site, which is not listed, made it ask."""
    origin = headers.get("origin")
    if origin in origins:
        return False
    site = headers.get("sec-fetch-site")
    if site is None:
        return origin is not None and urlsplit(origin).netloc != headers.get("host")
    return site not in ("same-origin", "none")


def refuse_foreign(headers: Mapping[str, str], origins: Collection[str]) -> None:
    """Raise BadRequest for a GET of a page of another site that no browser asked leave for."""
    if is_foreign(headers, origins) and not any(name in headers for name in PREFLIGHT_HEADERS):
        raise BadRequest(
            403,
            "A GET from a page of another site needs the header Apollo-Require-Preflight.",
            "FORBIDDEN",
        )
