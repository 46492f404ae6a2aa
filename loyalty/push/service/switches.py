"""What staff do when messages must stop at once: switch pushes off, and on again."""

from loyalty.commands import check_reason
from loyalty.engine import Engine
from loyalty.push import store
from loyalty.push.rules.switches import Switched, SwitchScope

__all__ = ["SwitchScope", "Switched", "find", "off", "on", "turns"]


async def off(engine: Engine, scope: SwitchScope, reason: str, actor: str) -> Switched:
    """Keep marketing, or every message, from being sent until the switch is on again.

    What is under way at this moment still arrives. Raises BadInput.
    """
    check_reason(reason)
    return await _turn(engine, Switched(engine.clock(), actor, scope, reason))


async def on(engine: Engine, reason: str, actor: str) -> Switched:
    """Let messages be sent again. Raises BadInput."""
    check_reason(reason)
    return await _turn(engine, Switched(engine.clock(), actor, None, reason))


async def _turn(engine: Engine, to: Switched) -> Switched:
    await store.switches.turn(engine.mongo, to)
    return await find(engine) or to


async def find(engine: Engine) -> Switched | None:
    """Read how the switch stands; None where nobody ever turned it."""
    return await store.switches.find(engine.mongo)


async def turns(engine: Engine) -> list[Switched]:
    """List the last turns of the switch, newest first."""
    return await store.switches.turns(engine.mongo)
