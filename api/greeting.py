"""What the explorer says to who opens it: who they are, and examples of what they may do here.

It executes nothing; the page itself is in `explorer`.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypedDict

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.explorer import Door
from api.graphql_requests import BadRequest
from api.identity import Caller, Unauthenticated
from api.installation import Installation
from api.rate_limits import RateLimited
from api.reception import Reception
from api.visitors import Visitor, visitor_of
from loyalty import members, program, push
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.program import Program
from loyalty.walks import Walk
from schema.context import Context
from schema.enums import CurrencyKind
from schema.permissions import APPROVE_ADJUSTMENTS, READ_MEMBERS, RECORD_PURCHASES, SEND_CAMPAIGNS
from schema.scalars import instant_text

EXAMPLES_DIR = Path(__file__).parent / "examples"
DEMO_MEMBER = "demo-00001"  # as api/demo enrols its first
NOT_ACCEPTED = "This token is not accepted here: it is over, or it was not made for this server."
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Authorization",
}

# What staff and keys must be allowed to be shown the examples of a kind of user.
KINDS_OF_STAFF = {
    "marketing": SEND_CAMPAIGNS,
    "support": APPROVE_ADJUSTMENTS,
    "till": RECORD_PURCHASES,
}


class Example(TypedDict):
    """An operation the explorer opens in a tab."""

    title: str
    query: str
    variables: dict[str, object] | None


class Known(TypedDict):
    """Who is signed in: a first name, an id or nothing; roles or scopes; RFC 3339 or for ever."""

    name: str
    rights: list[str]
    expiresAt: str | None


class Greeting(TypedDict):
    """What the page is told: who is there, why nobody is, and examples by kind of user."""

    viewer: Known | None
    refused: str | None
    examples: dict[str, object]


def greeting_route(path: str, door: Door, house: Installation, reception: Reception) -> BaseRoute:
    """Tell the page who asks, beside the door's own path."""

    async def answer(request: Request) -> Response:
        try:
            said = await greet(door, house, reception, visitor_of(request))
        except (RateLimited, Unavailable):
            return Response(status_code=503, headers={**HEADERS, "Retry-After": "1"})
        return Response(orjson.dumps(said), media_type="application/json", headers=HEADERS)

    return Route(f"{path}/examples.json", answer)


async def greet(
    door: Door, house: Installation, reception: Reception, visitor: Visitor
) -> Greeting:
    """Say who asks, and find examples for them; at the staff door, none for strangers.

    Raises RateLimited, Unavailable.
    """
    try:
        visit = await reception.admit(door, visitor)
    except Unauthenticated as error:
        house.metrics.sign_in_refused(door, error.reason)
        return Greeting(viewer=None, refused=NOT_ACCEPTED, examples={})
    except BadRequest as error:
        refused = error.message if visitor.authorization else None
        return Greeting(viewer=None, refused=refused, examples={})
    engine, caller = house.engine, visit.caller
    context = Context(engine, caller, engine.clock(), visitor.request_id)
    own = await context.member()
    values = await example_values(engine, caller)
    kinds = kinds_of_staff(caller) if door == "staff" else ["member" if own else "newcomer"]
    return Greeting(
        viewer=_known(caller, members.profile_of(own).first_name if own else None),
        refused=None,
        examples={kind: filled(examples(door, kind), values) for kind in kinds},
    )


def kinds_of_staff(caller: Caller) -> list[str]:
    """List the kinds of user that somebody at the staff door is; a key is a till at least."""
    kinds = [kind for kind, right in KINDS_OF_STAFF.items() if right.opens_for(caller)]
    return kinds or ["till"]


async def example_values(engine: Engine, caller: Caller) -> Mapping[str, object]:
    """Say what the placeholders of the examples stand for here; what is not known is left out.

    A member is only named to who may read members, a campaign to who sends them.

    Raises Unavailable.
    """
    values: dict[str, object] = {
        "$newId": engine.new_id,
        "$purchaseId": engine.new_id(),
        "$now": instant_text(engine.clock()),
    }
    if version := await program.find_active(engine):
        values |= _of_program(version.program)
    if READ_MEMBERS.opens_for(caller) and (member_id := await _some_member(engine)):
        values["$memberId"] = member_id
    if SEND_CAMPAIGNS.opens_for(caller) and (
        newest := await push.campaigns.newest(engine, Walk(1))
    ):
        values["$campaignId"] = newest[0].id
    return values


def _of_program(active: Program) -> dict[str, object]:
    """Name its money, what is spent in it, and the cheapest of what is bought for that."""
    spent = (c.id for c in active.currencies if c.kind is CurrencyKind.REDEEMABLE)
    prices = {offer.id: offer.price.points for offer in active.offers if offer.price}
    found = {
        "$money": active.money,
        "$currencyId": next(spent, None),
        "$offerId": min(prices, key=prices.__getitem__, default=None),
    }
    return {name: value for name, value in found.items() if value}


async def _some_member(engine: Engine) -> str | None:
    """Find the demo's first member, who has points to spend; else the newest of all."""
    known = await members.find_by_external_id(engine, DEMO_MEMBER)
    found = [known] if known else await members.newest(engine, Walk(1))
    return found[0].member_id if found else None


def _known(caller: Caller, first_name: str | None) -> Known | None:
    match caller.kind:
        case "anonymous":
            return None
        case "member":
            name, rights = first_name or caller.member_id or "", []
        case "staff":
            name, rights = "", sorted(caller.roles)
        case "integration":
            name, rights = f"key {caller.subject}", sorted(caller.scopes)
    expires_at = instant_text(caller.expires_at) if caller.expires_at else None
    return Known(name=name, rights=rights, expiresAt=expires_at)


@lru_cache
def examples(door: Door, kind: str) -> tuple[Example, ...]:
    """Read the examples for a kind of user in the order of their file names.

    The title is the first comment line; variables are in the `.json` file of the same name, if any.
    """
    return tuple(_example(path) for path in sorted((EXAMPLES_DIR / door / kind).glob("*.graphql")))


def _example(path: Path) -> Example:
    query = path.read_text(encoding="utf-8")
    variables = path.with_suffix(".json")
    return Example(
        title=query.partition("\n")[0].lstrip("# "),
        query=query,
        variables=orjson.loads(variables.read_bytes()) if variables.is_file() else None,
    )


def filled(part: object, values: Mapping[str, object]) -> object:
    """Put values in the place of the texts that name them; a name without a value stays.

    A value that can be called is another one in each place.
    """
    match part:
        case str():
            value = values.get(part, part)
            return value() if callable(value) else value
        case dict():
            return {name: filled(inner, values) for name, inner in part.items()}
        case list() | tuple():
            return [filled(inner, values) for inner in part]
        case _:
            return part
