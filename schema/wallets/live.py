"""A member's wallet as it changes: what they hold now, and what moved."""

from collections.abc import AsyncGenerator

import strawberry

from loyalty import wallets
from schema.context import Info, View
from schema.events import OfMember, own_events
from schema.permissions import OWN, Needs
from schema.wallets.holdings import LedgerEntry, show_entry


@strawberry.type(description="What a member holds has changed.")
class WalletChanged(OfMember):
    """A change."""

    entries: list[LedgerEntry] = strawberry.field(
        description="What moved since the event before, newest first; empty in the first event. "
        "After a pause it may leave out the oldest: `wallet { entries }` has them all."
    )


@strawberry.type
class AppWalletSubscription:
    """What a member may follow of their wallet."""

    @strawberry.subscription(
        description="What the member holds: at once, and each time that something moves, is set "
        "aside or is used. Of changes in quick succession only the last may be told.",
        extensions=[Needs(OWN)],
    )
    async def wallet_changed(self, info: Info) -> AsyncGenerator[WalletChanged, None]:
        """Follow the wallet."""
        return await own_events(info.context, _tell)


def _tell(view: View, before: View | None) -> WalletChanged | None:
    if before is None:
        return WalletChanged(view=view, entries=[])
    moved = wallets.moved_since(before.state, view.state)
    if moved is None:
        return None
    return WalletChanged(view=view, entries=[show_entry(posted, view) for posted in moved])
