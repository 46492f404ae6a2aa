"""Who is let in at which door, with which app, and how much they may ask; reads no document."""

import hashlib
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from api.client_versions import AppOfClient, ClientTooOld, Releases
from api.documents import Document, DocumentRefused, Operation
from api.explorer import Door
from api.graphql_requests import BadRequest
from api.identity import ANONYMOUS, Caller, Identity, Unauthenticated
from api.installation import Installation
from api.rate_limits import Bucket, Kind, RateLimits
from api.settings import Settings
from api.visitors import Visit, Visitor

REFUSED_COST = 20  # of what is not executed or cannot be read, and of credentials not accepted


class Reception:
    """Admit visitors and count what they ask for; both doors have the same one."""

    def __init__(self, house: Installation, identity: Identity) -> None:
        self._identity = identity
        self._salt = house.settings.mongo_database
        self._releases = Releases(house.settings.app_releases)
        self.limits = RateLimits(
            house.mongo, house.engine.clock, _rates(house.settings), house.metrics
        )

    async def admit(self, door: Door, visitor: Visitor) -> Visit:
        """Tell who asks. At the staff door nobody else is shown anything, not even the schema.

        Raises Unauthenticated, BadRequest, RateLimited.
        """
        try:
            caller = await self._identity.authenticate(visitor.authorization)
        except Unauthenticated:
            self.charge_unknown(visitor)
            raise
        if door == "staff" and caller is ANONYMOUS:
            headers = {"WWW-Authenticate": "Bearer"}
            raise BadRequest(401, "Sign in first.", "UNAUTHENTICATED", headers)
        if door == "staff" and caller.kind == "member":
            raise BadRequest(403, "This door is for staff.", "FORBIDDEN")
        return Visit(visitor, caller)

    def charge_unknown(self, visitor: Visitor) -> None:
        """Charge the address for a request that is refused before it is known who asks.

        Raises RateLimited.
        """
        self.limits.spend([self._address(visitor)], REFUSED_COST)

    def charge(self, visit: Visit, cost: int) -> int | None:
        """Take a cost out of the visitor's buckets; give what is left, None for no limit.

        Raises RateLimited.
        """
        return self.limits.spend(list(self._buckets(visit)), cost)

    def check_client(self, visit: Visit, document: Document, operation: Operation) -> None:
        """Raise DocumentRefused for an app that is too old, unless it asks whether it is."""
        try:
            self._releases.check(visit.visitor.client, document.node, operation.node)
        except ClientTooOld as error:
            raise DocumentRefused([error]) from None

    def app_of(self, visit: Visit) -> AppOfClient:
        """Give what the visitor is told of the versions of the app."""
        return AppOfClient(self._releases, visit.visitor.client)

    def _buckets(self, visit: Visit) -> Iterator[Bucket]:
        visitor, caller = visit.visitor, visit.caller
        match caller.kind:
            case "anonymous":
                yield self._address(visitor)
            case "integration":
                yield Bucket("integration", caller.subject)
            case kind:
                yield Bucket(kind, self._person(caller))
        if visitor.device and caller.kind in ("anonymous", "member"):
            yield Bucket("device", self._hashed(visitor.device))

    def _person(self, caller: Caller) -> str:
        return caller.member_id or self._hashed(caller.identity_key)

    def _address(self, visitor: Visitor) -> Bucket:
        """Count what comes from one house as one: an IPv6 network of 64 bits."""
        try:
            address = ip_address(visitor.address)
        except ValueError:
            return Bucket("address", self._hashed(visitor.address))
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or ip_address(int(address) >> 64 << 64)
        return Bucket("address", self._hashed(str(address)))

    def _hashed(self, text: str) -> str:
        return hashlib.sha256(f"{self._salt}|{text}".encode("utf-8", "replace")).hexdigest()[:32]


def _rates(settings: Settings) -> dict[Kind, int]:
    return {
        "member": settings.rate_limit_member,
        "device": settings.rate_limit_device,
        "address": settings.rate_limit_address,
        "staff": settings.rate_limit_staff,
        "integration": settings.rate_limit_integration,
    }
