"""What a member holds and every movement of it: balances, and the ledger newest first."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import wallets
from loyalty.engine import Engine
from loyalty.program import Version
from loyalty.walks import Walk
from loyalty.wallets import PostedEntry
from schema.context import Info, View
from schema.enums import EntryKind
from schema.nodes import Node, part_id
from schema.pagination import (
    PAGE_LIMIT,
    Connection,
    Paged,
    PositionPage,
    connection,
    cursor,
    is_number,
)
from schema.program import PointsCurrency, show_currency
from schema.scalars import Money, Points
from schema.wallets.balances import Balance, as_money, show_balances
from schema.wallets.explanations import EntryExplanation, Told, explain

_ENTRIES = "entries"
LEDGER_PAGES = 10


@strawberry.type(description="One movement of points. Never changes; corrected only by another.")
class LedgerEntry(Node):
    """One movement."""

    kind: EntryKind = strawberry.field(description="What moved them.")
    points: Points = strawberry.field(description="Whole points; negative when they were taken.")
    balance_after: Points = strawberry.field(
        description="The balance in this currency after it, pending points included."
    )
    occurred_at: datetime = strawberry.field(description="When what moved them happened.")
    recorded_at: datetime = strawberry.field(description="When it was written.")
    posted: strawberry.Private[PostedEntry]
    view: strawberry.Private[View]

    @strawberry.field(description="Its points as an amount; null where they are not money.")
    async def amount(self, info: Info) -> Money | None:
        """Show money."""
        return as_money(await self._money(info), self.posted.entry.points)

    @strawberry.field(description="The currency; null when the program no longer declares it.")
    def currency(self) -> PointsCurrency | None:
        """Show the currency."""
        return _currency(self.view, self.posted.entry.currency)

    @strawberry.field(description="Why it is what it is.")
    async def explanation(self, info: Info) -> EntryExplanation | None:
        """Explain it by the version it was made by."""
        made_by, reader, entry = await self._version(info), self.view.reader, self.posted.entry
        version = made_by or self.view.version
        currency = version.program.currency(entry.currency) if version else None
        name = reader.forms(currency.name) if currency else None
        return explain(Told(self.posted, made_by, reader, await self._money(info), name))

    async def _version(self, info: Info) -> Version | None:
        """Give the version that it was made by, where that is known."""
        number = self.posted.entry.explanation.get("version")
        return await info.context.version(number) if isinstance(number, int) else None

    async def _money(self, info: Info) -> str | None:
        """Give the money its currency counts in, by the version it was made by, else by now."""
        version = await self._version(info) or self.view.version
        return version.program.money_of(self.posted.entry.currency) if version else None


@strawberry.type(description="What a member holds.")
class Wallet(Node):
    """A member's holdings."""

    view: strawberry.Private[View]

    @classmethod
    def of(cls, view: View) -> "Wallet":
        """Show what a member holds."""
        return cls(id=part_id("wlt", view.state.member_id), view=view)

    @strawberry.field(description="One balance for each currency of the program, in its order.")
    def balances(self) -> list[Balance]:
        """Show the balances."""
        return show_balances(self.view)

    @strawberry.field(
        description="Every movement, newest first.", extensions=[Paged(_ENTRIES, PositionPage)]
    )
    async def entries(
        self,
        info: Info,
        asked: PositionPage,
        currency: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only movements in this currency; null for all."),
        ] = None,
    ) -> Connection[LedgerEntry] | None:
        """List a page of movements."""
        found, looked_to = await _find_entries(info.context.engine, self.view, asked, currency)
        return connection(
            asked, found, _cursor, lambda posted: show_entry(posted, self.view), looked_to
        )


def _currency(view: View, currency_id: str) -> PointsCurrency | None:
    found = view.version.program.currency(currency_id) if view.version else None
    return show_currency(found, view.reader) if found else None


def show_entry(posted: PostedEntry, view: View) -> LedgerEntry:
    """Show a movement."""
    return LedgerEntry(
        id=strawberry.ID(posted.id),
        kind=posted.entry.kind,
        points=Points(posted.entry.points),
        balance_after=Points(posted.entry.balance_after),
        occurred_at=posted.entry.occurred_at,
        recorded_at=posted.recorded_at,
        posted=posted,
        view=view,
    )


def _cursor(posted: PostedEntry) -> str:
    return cursor(_ENTRIES, posted.seq, posted.index)


async def _find_entries(
    engine: Engine, view: View, asked: PositionPage, currency: str | None
) -> tuple[list[PostedEntry], PostedEntry | None]:
    """Find one more than was asked for; with a currency, in the next LEDGER_PAGES of the ledger.

    Where that is not the end of it, the last one that was looked at is given too.
    """
    if currency is None:
        return await wallets.entries(engine, view.state, asked.walk), None
    found: list[PostedEntry] = []
    if currency not in wallets.wallet_of(view.state).accounts:
        return found, None
    step = Walk(PAGE_LIMIT, asked.place, asked.back)
    for _ in range(LEDGER_PAGES):
        looked = await wallets.entries(engine, view.state, step)
        found += [posted for posted in looked if posted.entry.currency == currency]
        if len(found) > asked.size or len(looked) < PAGE_LIMIT:
            return found[: asked.size + 1], None
        step = Walk(PAGE_LIMIT, looked[-1].position, asked.back)
    return found, looked[-1]


async def find_entry(engine: Engine, view: View, entry_id: str) -> LedgerEntry | None:
    """Find a movement of a member by its id."""
    numbers = entry_id.split("_")[2:]
    if len(numbers) != 2 or not all(map(is_number, numbers)):
        return None
    seq, index = map(int, numbers)
    for posted in await wallets.entries(engine, view.state, Walk(1, (seq, index + 1))):
        if posted.id == entry_id:
            return show_entry(posted, view)
    return None
