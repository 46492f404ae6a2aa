"""What an operator can set: the STAMKUND_ variables of the environment, read once at the start.

Not where they are used, and no secrets store: what is secret here is a path or a URL.
"""

import difflib
import ipaddress
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

PREFIX = "STAMKUND_"
EMULATOR = "FIREBASE_AUTH_EMULATOR_HOST"

VERSION = r"^[0-9]{1,9}(\.[0-9]{1,9}){0,3}$"
ORIGIN = r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$"

JSON_FORMS = {
    "oidc_issuers": "list of objects",
    "app_releases": "list of objects",
    "operation_timeouts_ms": "object of numbers",
}

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]


def _listed(text: object) -> object:
    return [part.strip() for part in text.split(",")] if isinstance(text, str) else text


Origins = Annotated[
    tuple[Annotated[str, Field(pattern=ORIGIN)], ...], NoDecode, BeforeValidator(_listed)
]


class BadSettings(Exception):
    """Say which variable cannot be used and what to set instead."""


class UnsafeSettings(BadSettings):
    """Say which variable would leave the service open, and the way out."""


def _in_development(known: Mapping[str, Any]) -> bool:
    return known.get("profile") == "development"


def _in_production(rate: int) -> Callable[[dict[str, Any]], int]:
    return lambda known: 0 if _in_development(known) else rate


def _any_in_development(known: Mapping[str, Any]) -> Literal["any", "registered"]:
    return "any" if _in_development(known) else "registered"


class OidcIssuer(BaseModel):
    """Describe one OpenID Connect issuer whose tokens are accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(min_length=1, max_length=255)
    audience: str = Field(min_length=1, max_length=255)
    jwks_uri: str = Field(min_length=1)
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256",), min_length=1)
    role_claim: str = Field(default="stamkund_roles", min_length=1)


class AppRelease(BaseModel):
    """Describe what there is of the app for one platform.

    A client belongs to it by its name, where `client_names` are given, else by the last word of
    its name: `com.shop.app-apollo-ios` is one for IOS.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    platform: Literal["IOS", "ANDROID", "WEB"]
    client_names: tuple[str, ...] = ()
    min_supported_version: str | None = Field(default=None, pattern=VERSION)
    latest_version: str | None = Field(default=None, pattern=VERSION)
    feature_flags: tuple[str, ...] = ()


class Settings(BaseSettings):
    """Hold every setting of the process; each is a variable, and an empty one is not set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    profile: Literal["development", "production"] = Field(
        default="development",
        description="What the installation is for; sets the default of what is only safe "
        "on a developer's machine.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API or a worker listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port the API listens on; 0 picks one."
    )
    data_dir: Path = Field(
        default=Path(".stamkund"),
        description="Directory of the embedded MongoDB and of the keys made in development.",
    )
    mongo_url: str | None = Field(
        default=None,
        repr=False,
        description="Connection string of a MongoDB replica set; without it an embedded MongoDB "
        "is started.",
    )
    mongo_driver: Literal["pymongo", "motor"] = Field(
        default="pymongo", description="Driver that talks to MongoDB."
    )
    mongo_lean: bool = Field(
        default=True,
        description="Let single reads and writes go past the driver, on connections that it made; "
        "`false` leaves everything to the driver.",
    )
    mongo_database: str = Field(
        default="stamkund",
        pattern=r"^[A-Za-z0-9_-]{1,38}$",
        description="Name of the database.",
    )
    member_code_key: Path | None = Field(
        default=None,
        description="File with the private keys in PEM (P-256, the one that signs first) of the "
        "codes that members show at the till; without it, one is made in the data directory in "
        "development, and there are no codes in production.",
    )
    firebase_project: str | None = Field(
        default=None,
        description="Firebase project whose sign-in tokens are accepted and that sends the pushes.",
    )
    firebase_credentials: Path | None = Field(
        default=None,
        description="File with the service account that sends pushes; without it Google's "
        "application default credentials.",
    )
    oidc_issuers: tuple[OidcIssuer, ...] = Field(
        default=(),
        description="JSON list of further sign-in issuers: `issuer`, `audience`, `jwks_uri`, "
        "`algorithms` (default `RS256`), `role_claim` (default `stamkund_roles`).",
    )
    dev_issuer: bool = Field(
        default_factory=_in_development,
        description="Accept tokens of the local development issuer (`stamkund token`).",
    )
    dev_token_ttl_seconds: int = Field(
        default=43_200, ge=60, description="Life of a token of the development issuer, in seconds."
    )
    push_endpoint: str = Field(
        default="https://fcm.googleapis.com", description="Base URL of Firebase Cloud Messaging."
    )
    push_ca_file: Path | None = Field(
        default=None,
        description="File with the authority, in PEM, that alone is trusted at a "
        "`STAMKUND_PUSH_ENDPOINT` on this machine, such as `stamkund fcm-standin` makes.",
    )
    push_per_second: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Messages a second to one Firebase project, of all workers together: "
        "its quota.",
    )
    push_transport: Literal["lean", "sdk"] = Field(
        default="lean",
        description="How pushes are sent: `lean` speaks FCM's HTTP v1 API over many connections, "
        "`sdk` uses firebase-admin's own sender.",
    )
    graphiql: bool = Field(
        default_factory=_in_development,
        description="Serve the GraphiQL explorer at "
        "both doors; at the app door only where `any` operation runs.",
    )
    introspection: bool = Field(
        default_factory=_in_development, description="Answer introspection queries."
    )
    operations: Literal["any", "registered"] = Field(
        default_factory=_any_in_development,
        description="What runs at the app door: `any` operation, or only `registered` ones, which "
        "are those of `mobile_contracts` and of `STAMKUND_OPERATIONS_DIR`.",
    )
    operations_dir: Path | None = Field(
        default=None,
        description="Directory with manifests (`*.json`) of the operations that apps have shipped "
        "with, as Apollo, Relay or GraphQL Code Generator write them; keep every one as long as "
        "the app that it came from is in use.",
    )
    http_statuses: Literal["compat", "draft2026"] = Field(
        default="compat",
        description="HTTP status of answers: `compat` is 200 or 400, as clients of today expect; "
        "`draft2026` follows the GraphQL-over-HTTP draft of 2026, with 422 for what is not valid "
        "and 294 for partial success.",
    )
    cors_origins: Origins = Field(
        default=(),
        description="Web pages that may ask from a browser, by origin, with commas between "
        "(`https://club.shop.example`); none may that is not listed or of this address itself.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        pattern=r"^[0-9A-Fa-f.:/, ]*$",
        description="Addresses or networks, with commas between, whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed: those of your load balancer.",
    )
    rate_limit_member: int = Field(
        default_factory=_in_production(20_000),
        ge=0,
        description="Cost that one member may ask for in a minute; 0 for no limit.",
    )
    rate_limit_device: int = Field(
        default_factory=_in_production(30_000),
        ge=0,
        description="Cost that one phone may ask for in a minute, whoever is signed in on it, by "
        "the header `Stamkund-Device-Id`; 0 for no limit.",
    )
    rate_limit_address: int = Field(
        default_factory=_in_production(60_000),
        ge=0,
        description="Cost that may be asked for in a minute from one address without a token, "
        "refused sign-ins and requests that cannot be read included; 0 for no limit.",
    )
    rate_limit_staff: int = Field(
        default_factory=_in_production(200_000),
        ge=0,
        description="Cost that one member of staff may ask for in a minute; 0 for no limit.",
    )
    rate_limit_integration: int = Field(
        default_factory=_in_production(1_200_000),
        ge=0,
        description="Cost that one integration key may ask for in a minute; 0 for no limit.",
    )
    app_releases: tuple[AppRelease, ...] = Field(
        default=(),
        description="JSON list of what there is of the app, one entry for each platform: "
        "`platform` (`IOS`, `ANDROID`, `WEB`), `min_supported_version`, `latest_version`, "
        "`feature_flags`, `client_names`.",
    )
    body_limit_bytes: int = Field(
        default=65_536, ge=1_024, description="Largest request body that is read, in bytes."
    )
    request_timeout_ms: int = Field(
        default=2_500,
        ge=100,
        description="Time that an operation, and a request until it is read, may take, in "
        "milliseconds.",
    )
    operation_timeouts_ms: dict[str, Annotated[int, Field(ge=100)]] = Field(
        default={},
        description="JSON object of operations that may take another time, by their names, in "
        "milliseconds.",
    )
    live_per_address: int = Field(
        default=200,
        ge=1,
        description="How many sockets and streams one address may hold open in a process.",
    )
    live_per_caller: int = Field(
        default=10,
        ge=1,
        description="How many sockets and streams one member, person of staff or integration key "
        "may hold open in a process.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe level that is logged."
    )
    log_format: Literal["json", "console"] = Field(
        default="json",
        description="Shape of a log line: `json` for machines, `console` for people.",
    )
    shutdown_grace_seconds: int = Field(
        default=20,
        ge=0,
        description="Time running requests and jobs get to finish at a stop, in seconds.",
    )
    worker_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port on which a `stamkund worker` answers `/livez`, `/readyz` and `/metrics`, "
        "at the address `STAMKUND_HOST`; 0 picks one, and without it none is taken.",
    )
    worker_jobs: int = Field(
        default=4,
        ge=1,
        description="How many jobs a worker does at once; chunks of campaigns go beside them.",
    )
    job_lease_seconds: int = Field(
        default=60,
        ge=1,
        description="How long a job stays with a worker that is not heard of. Shorter, and others "
        "take over sooner from one that was killed; longer, and a busy machine loses no job it "
        "still works at.",
    )


def load_settings(**overrides: Any) -> Settings:
    """Read the environment of the process; `overrides` that are not None win over it.

    Raises `BadSettings` for unknown names and unusable values, `UnsafeSettings` for unsafe ones.
    """
    _refuse_unknown(os.environ)
    try:
        settings = Settings(**{k: v for k, v in overrides.items() if v is not None})
    except ValidationError as error:
        raise BadSettings("\n".join(_explain(error))) from None
    except SettingsError as error:
        name, form = next((n, form) for n, form in JSON_FORMS.items() if f'"{n}"' in str(error))
        raise BadSettings(f"{PREFIX}{name.upper()} must be a JSON {form}") from None
    refuse_unsafe(settings, os.environ)
    return settings


def refuse_unsafe(settings: Settings, environ: Mapping[str, str]) -> None:
    """Raise `UnsafeSettings`, naming the variable and the way out, if this must not be served."""
    if environ.get(EMULATOR) and settings.profile != "development":
        raise UnsafeSettings(
            f"{EMULATOR} makes Firebase accept unsigned tokens: unset it, "
            f"or set {PREFIX}PROFILE=development"
        )
    if settings.dev_issuer and not is_loopback(settings.host):
        raise UnsafeSettings(
            f"{PREFIX}DEV_ISSUER lets whoever has the data directory sign in as anyone, and "
            f"{PREFIX}HOST={settings.host} is reachable from outside: set {PREFIX}HOST=127.0.0.1, "
            f"or {PREFIX}DEV_ISSUER=false and configure {PREFIX}FIREBASE_PROJECT or "
            f"{PREFIX}OIDC_ISSUERS"
        )
    for variable, url in _urls(settings):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            continue
        if parts.scheme == "http" and is_loopback(parts.hostname or ""):
            continue
        raise UnsafeSettings(f"{PREFIX}{variable} must be an https:// URL, not {url}")
    if settings.push_ca_file and not is_loopback(urlsplit(settings.push_endpoint).hostname or ""):
        raise UnsafeSettings(
            f"{PREFIX}PUSH_CA_FILE is for an endpoint on this machine, and {PREFIX}PUSH_ENDPOINT="
            f"{settings.push_endpoint} is not: unset it, so that the system's authorities hold"
        )
    names = [issuer.issuer for issuer in settings.oidc_issuers]
    if len(set(names)) < len(names):
        raise UnsafeSettings(f"{PREFIX}OIDC_ISSUERS names an issuer twice: keep one entry for each")
    platforms = [release.platform for release in settings.app_releases]
    if len(set(platforms)) < len(platforms):
        raise UnsafeSettings(
            f"{PREFIX}APP_RELEASES names a platform twice: keep one entry for each"
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the address; a name other than localhost is not."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _urls(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "PUSH_ENDPOINT", settings.push_endpoint
    for issuer in settings.oidc_issuers:
        yield "OIDC_ISSUERS", issuer.issuer
        yield "OIDC_ISSUERS", issuer.jwks_uri


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = [name.upper() for name in Settings.model_fields]
    for variable in sorted(environ):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in known or name.startswith("TEST_"):  # the tests' own
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {PREFIX}{close[0]}?" if close else "docs/settings.md names them all"
        raise BadSettings(f"{variable} is not a setting: {hint}")


def _explain(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        if problem["type"] == "default_factory_not_called":  # only follows from another problem
            continue
        name, *path = problem["loc"]
        where = "".join(f"[{part}]" for part in path)
        yield f"{PREFIX}{str(name).upper()}{where}: {problem['msg']}"
