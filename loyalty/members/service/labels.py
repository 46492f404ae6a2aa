"""Labels that staff put on members, to mean several of them by one name."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.members import rules, store
from loyalty.states import Change, State

__all__ = ["is_known", "put"]


async def put(engine: Engine, member_id: str, labels: Sequence[str]) -> State:
    """Put these labels on a member, in the place of those before. Raises BadInput, Refused."""

    def decide(state: State, _now: datetime) -> Change:
        profile = rules.labelled(store.profile_of(state), labels)
        return Change(sections={store.SECTION: store.to_document(profile)})

    return (await engine.commits.submit(Command(member_id, decide))).state


async def is_known(engine: Engine, label: str) -> bool:
    """Tell whether any member has a label."""
    return await store.is_label(engine.mongo, label)
