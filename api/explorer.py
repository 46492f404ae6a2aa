"""GraphiQL at both doors: the built page, its assets and example queries; it executes nothing."""

from functools import lru_cache
from os import PathLike, stat_result
from pathlib import Path
from typing import Literal, TypedDict

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

Door = Literal["app", "staff"]

BUILT = Path(__file__).parent / "static" / "explorer"
EXAMPLES_DIR = Path(__file__).parent / "examples"

# GraphiQL styles elements in place and starts its editors' workers; nothing else is loosened.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}
NOT_BUILT = "The explorer is not built here. Run make setup, then load this page again.\n"


class Example(TypedDict):
    """A query the explorer opens in a tab."""

    title: str
    query: str
    variables: dict[str, object] | None


class Assets(StaticFiles):
    """The built files, whose names carry the hash of their content."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with one file, to be cached for a year."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def explorer_page(_request: Request) -> Response:
    """Answer with the explorer, or with 503 and what to do where it was never built."""
    page = BUILT / "index.html"
    if not page.is_file():
        return PlainTextResponse(NOT_BUILT, status_code=503, headers=PAGE_HEADERS)
    return FileResponse(page, media_type="text/html", headers=PAGE_HEADERS)


def explorer_routes() -> list[BaseRoute]:
    """List the routes the page needs beside itself: its assets, and each door's examples."""
    return [
        Mount("/explorer-assets/assets", Assets(directory=BUILT / "assets", check_dir=False)),
        Route("/graphql/examples.json", lambda _request: _examples_answer("app")),
        Route("/staff/graphql/examples.json", lambda _request: _examples_answer("staff")),
    ]


@lru_cache
def examples(door: Door) -> tuple[Example, ...]:
    """Read a door's examples in the order of their file names.

    The title is the first comment line; variables are in the `.json` file of the same name, if any.
    """
    return tuple(_example(path) for path in sorted((EXAMPLES_DIR / door).glob("*.graphql")))


def _example(path: Path) -> Example:
    query = path.read_text(encoding="utf-8")
    first_line = query.partition("\n")[0]
    title = first_line.lstrip("# ") if first_line.startswith("#") else path.stem
    variables = path.with_suffix(".json")
    return Example(
        title=title,
        query=query,
        variables=orjson.loads(variables.read_bytes()) if variables.is_file() else None,
    )


def _examples_answer(door: Door) -> Response:
    return Response(
        orjson.dumps(examples(door)),
        media_type="application/json",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"},
    )
