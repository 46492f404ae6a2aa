"""What is fetched by its id alone, each kind for those who may have it; an id is no capability.

An id says what it is of and, for a part of a member, whose: that is where it is looked for, and
nowhere else. Unknown, malformed and somebody else's are all the same: nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from loyalty import push, segments
from loyalty.activities import history
from loyalty.challenges import submissions
from loyalty.errors import BadInput
from loyalty.program import walk_versions
from loyalty.walks import Walk
from loyalty.wallets import adjustments
from schema.activities.history import show_activity
from schema.challenges import show_standings
from schema.challenges.standings import show_submission, show_submissions
from schema.context import Context, View
from schema.members import Member, find_member
from schema.nodes import Node, kind_of, owner_of
from schema.offers import MemberOffers, show_helds
from schema.offers.supplies import show_supplies
from schema.pagination import PAGE_LIMIT, is_number
from schema.permissions import (
    ADJUST_POINTS,
    EXPLAIN_SEGMENTS,
    MANAGE_OFFERS,
    MODERATE,
    READ_MEMBERS,
    READ_PROGRAMS,
    SEND_CAMPAIGNS,
    Right,
)
from schema.plans import show_cards, show_passes, show_plans
from schema.program.versions import show_version
from schema.push import show_campaign, show_delivery, show_device, show_message
from schema.referrals import show_referral
from schema.segments.shown import show_segment
from schema.tiers import show_statuses
from schema.wallets import Wallet, find_entry, show_balances, show_holds
from schema.wallets.adjustments import show_request

PARTS: dict[str, Callable[[View], Iterable[Node]]] = {
    "mbr": lambda view: [Member.of(view)],
    "wlt": lambda view: [Wallet.of(view)],
    "bal": show_balances,
    "hld": show_holds,
    "tir": show_statuses,
    "ofs": lambda view: [MemberOffers.of(view)],
    "off": show_helds,
    "pln": show_plans,
    "pss": show_passes,
    "crd": show_cards,
    "chs": show_standings,
    "sub": show_submissions,
    "rfl": lambda view: filter(None, [show_referral(view)]),
}
"""What a member's state shows, by the kind that ids begin with."""


async def own_node(context: Context, node_id: str) -> Node | None:
    """Find something of the caller's."""
    state = await context.member()
    return await _part(context, await context.view(state), node_id) if state else None


async def _part(context: Context, view: View, node_id: str) -> Node | None:
    """Find a part of a member; None where it is not theirs."""
    engine, own = context.engine, view.state.member_id
    if kind_of(node_id) == "dev":
        device = await push.devices.find(engine, node_id)
        return show_device(device, view) if device and device.member_id == own else None
    if ":" in node_id:
        return await _reported_or_sent(context, view, node_id)
    if owner_of(node_id) != own:
        return None
    if kind_of(node_id) == "ent":
        return await find_entry(engine, view, node_id)
    parts = PARTS.get(kind_of(node_id))
    found = parts(view) if parts else ()
    return next((part for part in found if part.id == node_id), None)


async def _reported_or_sent(context: Context, view: View, node_id: str) -> Node | None:
    """Find what was reported of a member or sent to them."""
    reported = await history.find(context.engine, view.state, node_id)
    if reported:
        return show_activity(reported, view)
    sent = await push.inbox.find(context.engine, view.state.member_id, node_id)
    return show_message(sent, view) if sent else None


async def _member_part(context: Context, node_id: str) -> Node | None:
    """Find a part of any member, or somebody themselves."""
    owner: str | None = owner_of(node_id)
    if kind_of(node_id) == "dev":
        device = await push.devices.find(context.engine, node_id)
        owner = device.member_id if device else None
    elif ":" in node_id:
        owner = await history.find_owner(context.engine, node_id)
        if owner is None:
            return await _delivery(context, node_id)
    found = await find_member(context, owner) if owner else None
    return await _part(context, found.view, node_id) if found else None


async def _delivery(context: Context, node_id: str) -> Node | None:
    """Find what was or was not sent to a member."""
    delivery = await push.campaigns.find_delivery(context.engine, node_id)
    return show_delivery(delivery) if delivery else None


async def _campaign(context: Context, node_id: str) -> Node | None:
    """Find a campaign, or what one of them sent to a member."""
    if ":" in node_id:
        return await _delivery(context, node_id)
    campaign = await push.campaigns.find(context.engine, node_id)
    return show_campaign(campaign) if campaign else None


async def _segment(context: Context, node_id: str) -> Node | None:
    """Find a segment that is kept by name."""
    segment = await segments.saving.find(context.engine, node_id)
    return show_segment(segment) if segment else None


async def _adjustment(context: Context, node_id: str) -> Node | None:
    """Find a correction."""
    request = await adjustments.find(context.engine, node_id)
    return show_request(request) if request else None


async def _submission(context: Context, node_id: str) -> Node | None:
    """Find something submitted, as it is listed for staff, also when members see it no more."""
    made = await submissions.find(context.engine, node_id)
    return show_submission(made) if made else None


async def _version(context: Context, node_id: str) -> Node | None:
    """Find a version of the program."""
    number = node_id.partition("_")[2]
    below = Walk(1, int(number) + 1) if is_number(number) else Walk(0)
    found = await walk_versions(context.engine, below) if below.limit else []
    return next((show_version(each) for each in found if str(each.number) == number), None)


async def _supply(context: Context, node_id: str) -> Node | None:
    """Find what there is of a limited offer."""
    return next((s for s in await show_supplies(context) if s.id == node_id), None)


Finder = Callable[[Context, str], Awaitable[Node | None]]

OF_STAFF: dict[str, tuple[Right, Finder]] = {
    "cmp": (SEND_CAMPAIGNS, _campaign),
    "seg": (EXPLAIN_SEGMENTS, _segment),
    "adj": (ADJUST_POINTS, _adjustment),
    "sub": (MODERATE, _submission),
    "ver": (READ_PROGRAMS, _version),
    "sup": (MANAGE_OFFERS, _supply),
}
"""What is found for staff otherwise than in a member's state, and with which right."""

FETCHED_WITH = (READ_MEMBERS, *(right for right, _ in OF_STAFF.values()))


async def staff_node(context: Context, node_id: str) -> Node | None:
    """Find something for staff, each kind for those who may see it."""
    right, find = OF_STAFF.get(kind_of(node_id), (READ_MEMBERS, _member_part))
    if ":" in node_id and READ_MEMBERS.opens_for(context.caller):
        return await _member_part(context, node_id)
    return await find(context, node_id) if right.opens_for(context.caller) else None


def bounded(ids: Sequence[str]) -> Sequence[str]:
    """Give ids that are not too many at once. Raises BadInput."""
    if len(ids) > PAGE_LIMIT:
        raise BadInput(f"at most {PAGE_LIMIT} ids", ("ids",))
    return ids
