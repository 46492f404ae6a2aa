"""What the clock makes due, noun by noun; any number of workers sweep, a bounded part at a time."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from loyalty import activities, offers, plans, referrals, tiers, wallets
from loyalty.engine import Engine

SWEEP_LIMIT = 200

Sweep = Callable[[Engine, int], Awaitable[int]]

SWEEPS: Mapping[str, Sweep] = {
    "adjustments": wallets.adjustments.finish_open,
    "expire": wallets.expire_due,
    "win_back": offers.personal.win_back_due,
    "similar": activities.similar.learn,
    "lapse": plans.lapse_due,
    "birthdays": activities.occasions.celebrate,
    "referrals": referrals.confirm_due,
    "finish": activities.finish_open,
    "offers": partial(offers.sweep, plans_of=plans.active),
    "tiers": tiers.sweep,
    "finish_billing": plans.finish_open,
}


async def sweep(engine: Engine) -> int:
    """Do a part of everything that is due; return how much was done. Raises Unavailable."""
    return sum([await due(engine, SWEEP_LIMIT) for due in SWEEPS.values()])
