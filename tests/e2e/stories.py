"""A member's story under a program, played through both doors of the graph, with time passing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from loyalty import activities, chores, program, reactions
from tests.e2e.conftest import Json, Person, Serve, Shop
from tests.engines import Clock

EXAMPLES = Path(__file__).parents[2] / "examples" / "programs"


def example(name: str) -> str:
    """Read a program of the examples, such as `coffee`."""
    return (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")


@dataclass(slots=True)
class Story:
    """A shop with a program in force, a clock that the test moves, and members of it."""

    shop: Shop
    clock: Clock
    money: str
    _counted: dict[str, int] = field(default_factory=dict)

    @property
    def staff(self) -> Person:
        """Give somebody who may do everything at the staff door."""
        return self.shop.staff()

    def at(self, instant: str) -> None:
        """Let it be another instant, such as `2026-03-02 10:00` (UTC)."""
        self.clock.present = datetime.fromisoformat(instant)

    def new_id(self, kind: str = "order") -> str:
        """Give an id as a shop would: order-1, order-2."""
        self._counted[kind] = self._counted.get(kind, 0) + 1
        return f"{kind}-{self._counted[kind]}"

    async def enrol(self, external_id: str | None = None, **profile: Any) -> "Hero":
        """Enrol a member at the staff door; `profile` as in the graph (birthDate="1990-05-01")."""
        wanted = {"externalId": external_id or uuid4().hex, "key": str(uuid4()), **profile}
        payload = await self.do("memberEnrol", wanted, "member { id }")
        member_id = payload["member"]["id"]
        return Hero(self, member_id, self.shop.member(member_id))

    async def do(self, mutation: str, wanted: Json, answer: str = "", door: str = "staff") -> Json:
        """Run a staff mutation that must be done; give its payload."""
        payload = await self.attempt(mutation, wanted, answer, by=self.staff)
        assert payload["userErrors"] == [], payload
        return payload

    async def attempt(
        self, mutation: str, wanted: Json, answer: str = "", *, by: Person | None = None
    ) -> Json:
        """Run a mutation that may be refused; give its payload with `userErrors { code ... }`."""
        kind = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation Do($input: {kind}Input!) {{ {mutation}(input: $input) "
            f"{{ {answer} userErrors {{ __typename code message path }} }} }}"
        )
        data = await (by or self.staff).ask(query, {"input": wanted})
        payload: Json = data[mutation]
        return payload

    async def work(self) -> None:
        """Let the worker react to everything that happened and do what the clock made due."""
        engine = self.shop.house.engine
        while await reactions.react(engine) + await chores.sweep(engine):
            pass
        await activities.similar.learn(engine)

    def amount(self, units: str) -> Json:
        """Give an amount of the program's money."""
        return {"amount": units, "currencyCode": self.money}

    def instant(self) -> str:
        """Give the present as the graph writes it."""
        return self.clock.present.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")


@dataclass(slots=True)
class Hero:
    """A member of the story."""

    story: Story
    id: str
    app: Person

    async def buy(self, total: str | None = None, *lines: Json, **more: Any) -> Json:
        """Buy something now: a total, or lines such as `line("9.50", product="latte")`.

        Gives the payload with its entries; `id` names the purchase.
        """
        story = self.story
        wanted: Json = {
            "source": "till-1",
            "id": more.pop("id", None) or story.new_id(),
            "memberId": self.id,
            "occurredAt": story.instant(),
            **more,
        }
        if lines:
            wanted["lines"] = [{**line, "amount": story.amount(line["amount"])} for line in lines]
            total = total or _sum(line["amount"] for line in lines)
        wanted["total"] = story.amount(total or "0")
        return await story.do("purchaseRecord", wanted, ENTRIES)

    async def refund(self, purchase: str, *lines: Json, **more: Any) -> Json:
        """Have a purchase refunded now: all of it, lines such as `{"index": 0}`, or an `amount`."""
        story = self.story
        wanted: Json = {
            "source": "till-1",
            "id": more.pop("id", None) or story.new_id("refund"),
            "occurredAt": story.instant(),
            "purchaseSource": "till-1",
            "purchaseId": purchase,
            "lines": [_priced(line, story) for line in lines],
            **more,
        }
        if "amount" in more:
            wanted["amount"] = story.amount(more["amount"])
        answer = f"refunded {{ amount }} left {{ amount }} {ENTRIES}"
        return await story.do("refundRecord", wanted, answer)

    async def event(self, kind: str, **more: Any) -> Json:
        """Do something else now, such as a `review`."""
        story = self.story
        wanted = {
            "source": "app",
            "id": more.pop("id", None) or story.new_id(kind),
            "memberId": self.id,
            "occurredAt": story.instant(),
            "type": kind,
            **more,
        }
        return await story.do("eventRecord", wanted, ENTRIES)

    async def visit(self, **more: Any) -> Json:
        """Come in now; the payload says whether it `counted`."""
        story = self.story
        wanted = {
            "source": "gate",
            "id": more.pop("id", None) or story.new_id("visit"),
            "memberId": self.id,
            "occurredAt": story.instant(),
            **more,
        }
        return await story.do("visitRecord", wanted, f"counted {ENTRIES}")

    async def balances(self) -> dict[str, int]:
        """Give what is held, by currency."""
        found = await self.ask("wallet { balances { currency { id } balance } }")
        return {b["currency"]["id"]: b["balance"] for b in found["wallet"]["balances"]}

    async def available(self) -> dict[str, int]:
        """Give what can be spent now, by currency."""
        found = await self.ask("wallet { balances { currency { id } available } }")
        return {b["currency"]["id"]: b["available"] for b in found["wallet"]["balances"]}

    async def ask(self, fields: str) -> Json:
        """Ask for fields of `me` at the app door."""
        data = await self.app.ask(f"{{ me {{ {fields} }} }}")
        me: Json = data["me"]
        return me

    async def attempt(self, mutation: str, wanted: Json, answer: str = "") -> Json:
        """Run a mutation at the app door that may be refused."""
        return await self.story.attempt(mutation, wanted, answer, by=self.app)


ENTRIES = """
replayed
entries { id kind currency { id } points balanceAfter explanation { text } }
"""


def line(amount: str, **more: Any) -> Json:
    """Describe a line of a purchase: its amount in units, `product`, `category`, `quantity`."""
    return {"amount": amount, **more}


def _priced(line: Json, story: Story) -> Json:
    return {**line, "amount": story.amount(line["amount"])} if "amount" in line else line


def _sum(amounts: Any) -> str:
    from decimal import Decimal

    return str(sum(map(Decimal, amounts), Decimal(0)))


@asynccontextmanager
async def story(serve: Serve, source: str, at: str = "2026-03-02 12:00") -> AsyncIterator[Story]:
    """Open a shop under a program, at an instant (UTC), and close it."""
    clock = Clock(datetime.fromisoformat(at))
    shop = await serve(now=clock)
    version = await program.publish(shop.house.engine, source)
    yield Story(shop, clock, version.program.money)
    await shop.close()
