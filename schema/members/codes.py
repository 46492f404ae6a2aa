"""Member codes in the graph: shown to the member, read for the till; signed by the process."""

from datetime import datetime

import strawberry

from loyalty import members
from loyalty.errors import Refused
from loyalty.members import Doing, MemberCodeForged
from schema.context import Context, SignedCode, View

CODE_LIMIT = 200


@strawberry.type(description="What a member shows at the till, good for a minute.")
class MemberCode:
    """A signed code."""

    text: str = strawberry.field(
        description="To be shown as a QR code; capital letters, digits and dots, about 150. How a "
        "till reads it without asking is written in docs/member-code.md."
    )
    expires_at: datetime = strawberry.field(description="When it is good no longer.")
    refresh_after: datetime = strawberry.field(
        description="When to ask for the next one, so that a good one is always shown."
    )


def show_code(context: Context, view: View) -> MemberCode | None:
    """Sign a code for the member who asks; for nobody else, and for none who takes no part."""
    is_own = context.caller.kind == "member" and view.profile.may(Doing.EARN)
    if context.codes is None or not is_own:
        return None
    signed = context.codes.sign(view.state.member_id, context.now)
    return _show(signed) if signed else None


def _show(code: SignedCode) -> MemberCode:
    return MemberCode(text=code.text, expires_at=code.expires_at, refresh_after=code.refresh_after)


async def read_code(context: Context, text: str) -> View:
    """Find the member who showed a code; looked for only when the signature is good.

    Raises Refused with MemberCodeForged, MemberCodeExpired or MemberUnknown.
    """
    if context.codes is None or len(text) > CODE_LIMIT:
        raise Refused(MemberCodeForged())
    member_id = context.codes.read(text.strip(), context.now)
    return await context.view(await members.require(context.engine, member_id))
