"""GraphiQL at both doors: the built page and its assets; what it greets with is in `greeting`."""

from os import PathLike, stat_result
from pathlib import Path
from typing import Literal

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

Door = Literal["app", "staff"]

BUILT = Path(__file__).parent / "static" / "explorer"

# GraphiQL styles elements in place, and has pictures and a font in its styles; nothing else is
# loosened. The page asks this server alone, a WebSocket of it included, and no form is submitted.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}
NOT_BUILT = "The explorer is not built here. Run make setup, then load this page again.\n"


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


def assets_route() -> BaseRoute:
    """Serve what the page is made of."""
    return Mount("/explorer-assets/assets", Assets(directory=BUILT / "assets", check_dir=False))
