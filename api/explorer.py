"""GraphiQL at both doors: the built page, its assets and example queries; it executes nothing."""

from collections.abc import Awaitable, Callable, Mapping
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

from api.installation import Installation
from loyalty import members, program
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.walks import Walk
from schema.enums import CurrencyKind
from schema.scalars import instant_text

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


DEMO_MEMBER = "demo-00001"  # as api/demo enrols its first

# What stands for a placeholder such as `"$money"` in the variables of an example.
Values = Callable[[], Awaitable[Mapping[str, object]]]


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


def explorer_routes(values: Values) -> list[BaseRoute]:
    """List the routes the page needs beside itself: its assets, and each door's examples."""
    return [
        Mount("/explorer-assets/assets", Assets(directory=BUILT / "assets", check_dir=False)),
        _examples_route("/graphql/examples.json", "app", values),
        _examples_route("/staff/graphql/examples.json", "staff", values),
    ]


async def example_values(house: Installation) -> Mapping[str, object]:
    """Say what the placeholders of the examples stand for here; what is not known is left out.

    Whoever reads the examples needs no token, so a member is only named in development.
    """
    engine = house.engine
    values: dict[str, object] = {"$newId": engine.new_id(), "$now": instant_text(engine.clock())}
    try:
        if version := await program.find_active(engine):
            values["$money"] = version.program.money
            for currency in version.program.currencies:
                if currency.kind is CurrencyKind.REDEEMABLE:
                    values.setdefault("$currencyId", currency.id)
        if house.settings.profile == "development" and (member_id := await _some_member(engine)):
            values["$memberId"] = member_id
    except Unavailable:
        pass  # the page is of use without them
    return values


async def _some_member(engine: Engine) -> str | None:
    """Find the demo's first member, who has points to spend; else the newest of all."""
    known = await members.find_by_external_id(engine, DEMO_MEMBER)
    found = [known] if known else await members.newest(engine, Walk(1))
    return found[0].member_id if found else None


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


def _examples_route(path: str, door: Door, values: Values) -> Route:
    async def answer(_request: Request) -> Response:
        return Response(
            orjson.dumps(_filled(examples(door), await values())),
            media_type="application/json",
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
        )

    return Route(path, answer)


def _filled(part: object, values: Mapping[str, object]) -> object:
    """Put values in the place of the texts that name them; a name without a value stays."""
    match part:
        case str():
            return values.get(part, part)
        case dict():
            return {name: _filled(inner, values) for name, inner in part.items()}
        case list() | tuple():
            return [_filled(inner, values) for inner in part]
        case _:
            return part
