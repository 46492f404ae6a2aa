"""Members who have one of everything, and the ids of it all, by what they are of."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.e2e.conftest import Json, Serve, Shop
from tests.e2e.stories import Hero, Story, story
from tests.phones import phones, work

SOURCE = Path(__file__).with_name("everything.yaml").read_text(encoding="utf-8")

OF_A_MEMBER = """
  id
  devices { id }
  inbox(first: 100) { edges { node { id } } }
  wallet {
    id balances { id holds { id } }
    entries(first: 100) { edges { node { id } } }
  }
  activities(first: 100) { edges { node { id } } }
  tiers { id }
  offers { id held { id code } }
  plans { id }
  passes { id }
  cards { id }
  challenges { id submissions { id } }
  referral { id code }
"""


async def with_everything(story: Story) -> Hero:
    """Enrol somebody, and let them have one of everything."""
    hero = await story.enrol(firstName="Bo")
    await hero.attempt("deviceRegister", {"token": uuid4().hex, "platform": "IOS"})
    await hero.buy("200.00")
    await _staff(story, hero, "walletHold", currency="points", points=3, ttlSeconds=900, reason="x")
    for plan, wanted in (("planStart", {"plan": "plus"}), ("passBuy", {"passId": "sauna"})):
        told = {"source": "billing", "id": uuid4().hex, "occurredAt": story.instant()}
        await story.do(plan, {"memberId": hero.id, **told, **wanted})
    await _own(hero, "offerClaim", offer="own")
    await _own(hero, "offerReserve", offer="mug")
    await _own(hero, "challengeSubmit", challenge="photos", text="Look!")
    await hero.attempt("leaderboardJoin", {"challenge": "photos", "alias": f"bo{hero.id[-6:]}"})
    number = f"R-{hero.id[-8:]}"
    sold = {"source": "till-2", "id": uuid4().hex, "occurredAt": story.instant()}
    await story.do("receiptRecord", {**sold, "total": story.amount("9.00"), "number": number})
    done = await hero.attempt("receiptClaim", {"number": number})
    assert done["userErrors"] == []
    return hero


@dataclass(frozen=True, slots=True)
class World:
    """Two members with everything, the ids of what one has, and of what only staff see."""

    story: Story
    anna: Hero
    bo: Hero
    of_bo: dict[str, str]
    of_staff: dict[str, str]

    @property
    def nodes_of_bo(self) -> dict[str, str]:
        """Give the ids of nodes by their type."""
        return {name: id for name, id in self.of_bo.items() if name[0].isupper()}


@asynccontextmanager
async def worlds(serve: Serve, source: str) -> AsyncIterator[World]:
    """Fill a shop, and close it."""
    async with story(serve, source) as played:
        anna, bo = await with_everything(played), await with_everything(played)
        await played.work()
        of_staff = await staff_ids(played, bo)  # what it sends is in bo's inbox
        yield World(played, anna, bo, await ids_of(bo), of_staff)


async def _staff(story: Story, hero: Hero, mutation: str, **wanted: Any) -> None:
    await story.do(mutation, {"memberId": hero.id, "key": uuid4().hex, **wanted})


async def _own(hero: Hero, mutation: str, **wanted: Any) -> None:
    done = await hero.attempt(mutation, {"key": uuid4().hex, **wanted})
    assert done["userErrors"] == [], done


async def ids_of(hero: Hero) -> dict[str, str]:
    """Name one id of every type that a member has, and what else leads to things of theirs."""
    data = await hero.app.ask(
        f"{{ me {{ __typename {OF_A_MEMBER} }} }}".replace("id", "__typename id")
    )
    found: dict[str, str] = {}
    for typename, value, code in _ids(data["me"]):
        found.setdefault(typename, value)
        if code is not None:
            found.setdefault(f"code of a {typename}", code)
    found["receipt"] = f"R-{hero.id[-8:]}"
    return found


def _ids(shown: Any) -> list[tuple[str, str, str | None]]:
    """Find every object with an id, and its code."""
    if isinstance(shown, list):
        return [each for part in shown for each in _ids(part)]
    if not isinstance(shown, dict):
        return []
    inside = [each for part in shown.values() for each in _ids(part)]
    own = [(shown["__typename"], shown["id"], shown.get("code"))] if "id" in shown else []
    return own + inside


async def staff_ids(story: Story, hero: Hero) -> dict[str, str]:
    """Make one of everything that only staff see; name their ids by type."""
    big = {"memberId": hero.id, "currency": "points", "points": 900, "reason": "x", "key": "big"}
    asked = await story.do("walletAdjust", big, "waiting { id }")
    everyone = {"everyone": True}
    words = {"title": [{"locale": "en", "text": "Hi"}], "body": [{"locale": "en", "text": "Ho"}]}
    brief = {"name": "Spring", "audience": everyone, "variants": [words]}
    made = await story.do("campaignCreate", {"key": "spring", "brief": brief}, "campaign { id }")
    sent = made["campaign"]["id"]
    await story.do(
        "campaignLaunch", {"id": sent, "version": 1}, "campaign { id audienceWarnings { name } }"
    )
    meant = {"name": "Everyone", "definition": {"everyone": True}}
    kept = await story.do("segmentCreate", meant, "segment { id }")
    async with phones() as (_, sender):
        await work(story.shop.house.engine, sender)
    listed = await story.staff.ask(
        """
        query ($id: ID!) {
          campaign(id: $id) { deliveries(first: 1) { edges { node { id } } } }
          programVersions(first: 1) { edges { node { id } } }
          offerSupplies { id }
        }
        """,
        {"id": sent},
    )
    return {
        "AdjustmentRequest": asked["waiting"]["id"],
        "Campaign": sent,
        "Delivery": _first(listed["campaign"]["deliveries"]),
        "ProgramVersion": _first(listed["programVersions"]),
        "Segment": kept["segment"]["id"],
        "OfferSupply": listed["offerSupplies"][0]["id"],
    }


def _first(connection: Json) -> str:
    node_id: str = connection["edges"][0]["node"]["id"]
    return node_id


def unknown(node_id: str, shop: Shop) -> str:
    """Give an id of the same form that nobody has."""
    digits = shop.house.engine.new_id().replace("-", "")
    head, _, rest = node_id.partition("_")
    if not rest:
        return digits[: len(node_id)]
    return "_".join((head, digits, *rest.split("_")[1:]))
