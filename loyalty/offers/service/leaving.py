"""What a member who left had of limited offers goes to others, as if they had given it back."""

from datetime import datetime

from loyalty import members
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.members import Doing
from loyalty.offers import rules, store
from loyalty.offers.service.asking import pinned, versions_of
from loyalty.offers.service.settling import end, pay_back, settle
from loyalty.states import Change, State
from loyalty.turns import Turn


async def give_up(engine: Engine, member_id: str) -> None:
    """Give back places in line and units of a member who left, with their price.

    Done again it changes nothing; who was reinstated meanwhile keeps what they have.
    """
    state = await members.require(engine, member_id)
    live = [held for held in state.value(store.HOLDING).helds if held.is_live]
    versions = await versions_of(engine, live)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        if members.may(state, Doing.KEEP):
            return turn.change()
        settle(turn)
        for held in turn.of(store.HOLDING).helds:
            if not held.is_live:
                continue
            version, offer = pinned(held, versions)
            if rules.is_given_up(held, offer):
                pay_back(turn, version, held)
                end(turn, rules.cancelled(held, offer, now), was=held.state)
        return turn.change()

    await engine.commits.submit(Command(member_id, decide))
