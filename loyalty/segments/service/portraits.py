"""What members are to segments, drawn from their state and from what they bought."""

from collections.abc import Mapping
from datetime import datetime

from loyalty import activities, members, plans, tiers, wallets
from loyalty.activities import buying
from loyalty.challenges import EFFORTS, counting
from loyalty.engine import Engine
from loyalty.program import Version, terms
from loyalty.segments import rules
from loyalty.segments.rules import Definition, Effort, Frame, Portrait
from loyalty.segments.rules.conditions import Engaged
from loyalty.states import State

EVER = datetime(1970, 1, 1)
Bought = Mapping[int | None, Mapping[str, buying.Bought]]
"""What members bought, by how many days back (None: ever) and by member."""


async def bought_by(
    engine: Engine, definition: Definition, frame: Frame, member_ids: list[str]
) -> Bought:
    """Read what members bought, as far as a definition asks for it."""
    asked = [leaf for _, leaf in rules.leaves(definition)]
    days = {one for leaf in asked for one in rules.days_bought(leaf)}
    categories = {leaf.category for leaf in asked if isinstance(leaf, rules.conditions.Category)}
    stores = {leaf.store for leaf in asked if isinstance(leaf, rules.conditions.Store)}
    found = {}
    for back in days:
        since = EVER if back is None else frame.since(back)
        window = buying.Window(since, True, tuple(sorted(categories)), tuple(sorted(stores)))
        found[back] = await buying.bought(engine, frame.program, member_ids, window)
    return found


def draw(state: State, version: Version, frame: Frame, bought: Bought) -> Portrait:
    """Draw a member at the frame's instant."""
    document, now = state.document, frame.now
    counters, engaged = document.get("activity", {}), document.get("engagement", {})
    wallet = wallets.wallet_of(state, now)
    current = tiers.current_tiers(state, frame.program, now)
    return Portrait(
        profile=members.profile_of(state),
        tiers={ladder: tier.id for ladder, tier in current.items()},
        available={code: account.available(now) for code, account in wallet.accounts.items()},
        purchases=activities.purchases_of(state),
        spend=counters.get("spend", 0),
        last_purchase_at=activities.history.bought_last_at(state),
        bought={days: by[state.member_id] for days, by in bought.items() if state.member_id in by},
        engaged={
            event: engaged[f"{event.lower()}_at"]
            for event in Engaged
            if f"{event.lower()}_at" in engaged
        },
        efforts={one.id: _effort(state, one, frame) for one in frame.program.challenges},
        plans=plans.active(state, version, now),
    )


def _effort(state: State, challenge: terms.Challenge, frame: Frame) -> Effort:
    efforts = state.value(EFFORTS)
    span = counting.next_span(challenge, frame.today)
    have = 0
    if span is not None:
        progress = efforts.progress(challenge.id, span)
        have = counting.shown(challenge, progress, frame.today)
    mark = frame.mark(challenge)
    if challenge.repeats:
        have %= mark
    return Effort(
        efforts.part(challenge.id).takes_part(challenge, frame.now),
        have * 100 // mark,
        frozenset(a.level for a in efforts.achievements if a.challenge == challenge.id),
    )
