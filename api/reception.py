"""Who is let in at which door; what is asked there is for others to read."""

from api.explorer import Door
from api.graphql_requests import BadRequest
from api.identity import ANONYMOUS, Identity
from api.visitors import Visit, Visitor


class Reception:
    """Admit visitors; both doors have the same one."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def admit(self, door: Door, visitor: Visitor) -> Visit:
        """Tell who asks. At the staff door nobody else is shown anything, not even the schema.

        Raises Unauthenticated, BadRequest.
        """
        caller = await self._identity.authenticate(visitor.authorization)
        if door == "staff" and caller is ANONYMOUS:
            headers = {"WWW-Authenticate": "Bearer"}
            raise BadRequest(401, "Sign in first.", "UNAUTHENTICATED", headers)
        if door == "staff" and caller.kind == "member":
            raise BadRequest(403, "This door is for staff.", "FORBIDDEN")
        return Visit(visitor, caller)
