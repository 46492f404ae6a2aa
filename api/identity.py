"""Who is calling: verifies tokens and integration keys into a `Caller`; not what it may do."""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

import jwt
from jwt.algorithms import AllowedPublicKeys
from jwt.types import Options

from api.clock import now
from api.integration_keys import IntegrationKey, split_key
from api.settings import Settings
from api.signing_keys import KeySource, SigningKeys, remote_keys

FIREBASE_KEYS = (
    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
)
ROLES = frozenset({"MARKETING", "SUPPORT", "ADMIN"})
LEEWAY = timedelta(seconds=10)
TOKEN_LIMIT_CHARACTERS = 8_192
SUBJECT_LIMIT = 255
CACHE_LIMIT = 10_000
TOKEN_CACHE_SECONDS = 300  # so that a key its issuer withdrew does not live on as long as a token
KEY_CACHE_SECONDS = 30  # so that a revoked integration key soon stops working

Kind = Literal["anonymous", "member", "staff", "integration"]
Reason = Literal[
    "malformed", "issuer", "algorithm", "unknown_key", "signature", "audience", "claims",
    "expired", "not_yet_valid", "integration_key", "revoked",
]  # fmt: skip
Clock = Callable[[], datetime]
Monotonic = Callable[[], float]
KeyLookup = Callable[[str], Awaitable[IntegrationKey | None]]

_MEMBER_ID = re.compile(r"mbr_[0-9A-Za-z]{1,64}", re.ASCII)
_OPTIONS: Options = {
    "require": ["iss", "aud", "sub", "iat", "exp"],
    "enforce_minimum_key_length": True,
    "verify_exp": False,  # time is checked here, by the clock that was handed in
    "verify_iat": False,
    "verify_nbf": False,
}

K = TypeVar("K")
V = TypeVar("V")


class Unauthenticated(Exception):
    """Say why the credentials are not accepted; carries nothing of their content."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Caller:
    """State who is calling, as the issuer of the credentials vouches for it.

    Instants are naive UTC. `auth_time` is when the person last proved who they are.
    """

    kind: Kind
    subject: str = ""
    issuer: str = ""
    member_id: str | None = None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    issued_at: datetime | None = None
    auth_time: datetime | None = None
    expires_at: datetime | None = None

    @property
    def identity_key(self) -> str:
        """Return what links a sign-in to a member: `sub:<issuer>|<subject>`."""
        return f"sub:{self.issuer}|{self.subject}"


ANONYMOUS = Caller("anonymous")


@dataclass(frozen=True, slots=True)
class Issuer:
    """State whose tokens are accepted, with which keys and algorithms.

    An issuer without a role claim is our own: its tokens say what they are for in `use`.
    """

    issuer: str
    audience: str
    keys: KeySource
    algorithms: tuple[str, ...] = ("RS256",)
    role_claim: str | None = "stamkund_roles"


def configured_issuers(settings: Settings) -> list[Issuer]:
    """Return Firebase and the OIDC issuers of the settings."""
    issuers = [
        Issuer(i.issuer, i.audience, remote_keys(i.jwks_uri), i.algorithms, i.role_claim)
        for i in settings.oidc_issuers
    ]
    if project := settings.firebase_project:
        name = f"https://securetoken.google.com/{project}"
        issuers.insert(0, Issuer(name, project, remote_keys(FIREBASE_KEYS)))
    return issuers


class Identity:
    """Turn the Authorization header of a request into a `Caller`."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        lookup_key: KeyLookup,
        *,
        clock: Clock = now,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        if len(self._issuers) < len(issuers):
            raise ValueError("an issuer is configured twice")
        self._keys = {issuer.issuer: SigningKeys(issuer.keys, monotonic) for issuer in issuers}
        self._lookup_key = lookup_key
        self._clock = clock
        self._tokens: _Cache[bytes, Caller] = _Cache(TOKEN_CACHE_SECONDS, monotonic)
        self._integrations: _Cache[str, IntegrationKey] = _Cache(KEY_CACHE_SECONDS, monotonic)

    async def authenticate(self, authorization: str | None) -> Caller:
        """Return who sent the header; a request without one is anonymous.

        Raises `Unauthenticated` for credentials that are not accepted, `KeysUnavailable` when the
        issuer's keys cannot be had, and whatever outage the lookup of an integration key has.
        """
        if authorization is None:
            return ANONYMOUS
        scheme, _, credentials = authorization.strip().partition(" ")
        credentials = credentials.strip()
        if scheme.lower() != "bearer" or not 0 < len(credentials) <= TOKEN_LIMIT_CHARACTERS:
            raise Unauthenticated("malformed")
        if credentials.startswith("stk_"):
            return await self._integration(credentials)
        return await self._bearer(credentials)

    async def close(self) -> None:
        """Stop fetches that are still running."""
        for keys in self._keys.values():
            await keys.close()

    async def _integration(self, credentials: str) -> Caller:
        parts = split_key(credentials)
        if parts is None:
            raise Unauthenticated("integration_key")
        key_id, secret = parts
        key = self._integrations.get(key_id)
        if key is None:
            key = await self._lookup_key(key_id)
            if key is None:  # not remembered: a flood of made-up ids must not push out real ones
                raise Unauthenticated("integration_key")
            self._integrations.put(key_id, key)
        if not key.accepts(secret):
            raise Unauthenticated("integration_key")
        if key.revoked_at is not None:
            raise Unauthenticated("revoked")
        return Caller("integration", subject=key.key_id, scopes=key.scopes)

    async def _bearer(self, token: str) -> Caller:
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        caller = self._tokens.get(digest)
        if caller is None:
            caller = await self._verify(token)
            self._tokens.put(digest, caller)
        elif caller.expires_at is None or self._clock() >= caller.expires_at + LEEWAY:
            raise Unauthenticated("expired")
        return caller

    async def _verify(self, token: str) -> Caller:
        header, claims = _peek(token)
        name = claims.get("iss")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise Unauthenticated("issuer")
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in issuer.algorithms:
            raise Unauthenticated("algorithm")
        if not isinstance(key_id, str):
            raise Unauthenticated("unknown_key")
        key = await self._keys[issuer.issuer].get(key_id)
        if key is None:
            raise Unauthenticated("unknown_key")
        if key.algorithm not in (None, algorithm):
            raise Unauthenticated("algorithm")
        claims = _decode(token, issuer, key.public_key)
        _check_times(claims, self._clock())
        return _caller(issuer, claims)


class _Cache(Generic[K, V]):
    """Keep what was last used, each entry for a short life."""

    def __init__(self, life_seconds: float, monotonic: Monotonic) -> None:
        self._life_seconds = life_seconds
        self._monotonic = monotonic
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._monotonic() >= entry[0]:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: K, value: V) -> None:
        self._entries[key] = (self._monotonic() + self._life_seconds, value)
        if len(self._entries) > CACHE_LIMIT:
            self._entries.popitem(last=False)


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read header and claims before anything is verified: only to choose the issuer and the key."""
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise Unauthenticated("malformed") from None
    return parts["header"], parts["payload"]


def _decode(token: str, issuer: Issuer, public_key: AllowedPublicKeys) -> dict[str, Any]:
    """Verify signature, audience, issuer and that every claim we rely on is there."""
    try:
        return jwt.decode(
            token,
            public_key,
            algorithms=list(issuer.algorithms),
            audience=issuer.audience,
            issuer=issuer.issuer,
            options=_OPTIONS,
        )
    except jwt.InvalidSignatureError:
        raise Unauthenticated("signature") from None
    except jwt.InvalidAudienceError:
        raise Unauthenticated("audience") from None
    except jwt.InvalidTokenError:
        raise Unauthenticated("claims") from None
    except (jwt.PyJWTError, TypeError, ValueError):  # a key of another kind, or a weak one
        raise Unauthenticated("algorithm") from None


def _check_times(claims: Mapping[str, Any], at: datetime) -> None:
    if at >= _instant(claims["exp"]) + LEEWAY:
        raise Unauthenticated("expired")
    starts = [_instant(claims[name]) for name in ("iat", "nbf", "auth_time") if name in claims]
    if max(starts) > at + LEEWAY:
        raise Unauthenticated("not_yet_valid")


def _caller(issuer: Issuer, claims: Mapping[str, Any]) -> Caller:
    subject = claims["sub"]
    if not 0 < len(subject) <= SUBJECT_LIMIT or not subject.isprintable():
        raise Unauthenticated("claims")
    caller = Caller(
        "member",
        subject=subject,
        issuer=issuer.issuer,
        issued_at=_instant(claims["iat"]),
        auth_time=_instant(claims.get("auth_time", claims["iat"])),
        expires_at=_instant(claims["exp"]),
    )
    if issuer.role_claim is None:
        return _our_own(caller, claims)
    roles = _known_roles(claims.get(issuer.role_claim))
    return replace(caller, kind="staff", roles=roles) if roles else caller


def _our_own(caller: Caller, claims: Mapping[str, Any]) -> Caller:
    """Tell a member's token from one of staff; refuse what could pass for both."""
    names_member = _MEMBER_ID.fullmatch(caller.subject) is not None
    roles = _known_roles(claims.get("roles"))
    if claims.get("use") == "member" and names_member and "roles" not in claims:
        return replace(caller, member_id=caller.subject)
    if claims.get("use") == "staff" and not names_member and roles:
        return replace(caller, kind="staff", roles=roles)
    raise Unauthenticated("claims")


def _known_roles(value: object) -> frozenset[str]:
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return ROLES.intersection(role for role in listed if isinstance(role, str))


def _instant(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Unauthenticated("claims")
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        raise Unauthenticated("claims") from None
