"""Which messages the stand-in treats badly, and how: by the target's name, or by a plan for a load.

A target of the form `<fault>:<anything>` chooses its own, so a test needs no side channel:
`unregistered:a`, `badtoken:a`, `mismatch:a`, `apnsauth:a`, `e401:a`, `e403:a`, `e429-2:a` (with
Retry-After 2), `e429:a` (without), `e500:a`, `e502:a` (a page, not JSON), `e503-7:a`, `badjson:a`,
`slow-200:a` (accepted, and answered after 200 ms), `hang:a`, `reset-before:a` (not accepted),
`reset-after:a` (accepted, and the answer lost). `flaky503-3:a` is refused three times, then
accepted; so are `flaky429-3:a` and `flaky500-3:a`.

A plan gives shares of all targets such a fault, and interrupts everybody by bursts. Who is hit
depends on the plan's seed and the target alone, so that a test knows it, and a second run sees the
same; bursts count messages, whoever they are for.
"""

import hashlib
import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.fcm_standin import answers
from api.fcm_standin.answers import Answer, Ending
from api.settings import BadSettings

_KNOWN = (
    "unregistered|badtoken|mismatch|apnsauth|badjson|slow|hang|reset-before|reset-after"
    "|e401|e403|e429|e500|e502|e503"
)
_ONE = re.compile(rf"(?P<name>{_KNOWN})(-(?P<number>\d{{1,6}}))?")
_FLAKY = re.compile(r"flaky(?P<status>429|500|503)(-(?P<count>\d{1,6}))?")
_POSITIONS = 100_000  # on which targets are spread, so that shares go down to 0.001 %

_INVALID_TOKEN = "The registration token is not a valid FCM registration token"  # noqa: S105
_APNS_AUTH = "Auth error from APNS or Web Push Service"


class BadPlan(BadSettings):
    """Say what is wrong in a plan of faults, and where."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a message: the answer, None for that of success, and whether it is taken."""

    answer: Answer | None
    accepted: bool = False
    after_ms: int = 0


_NOT_FOUND = "Requested entity was not found."
_FIXED = {
    "unregistered": answers.fcm(404, "NOT_FOUND", _NOT_FOUND, "UNREGISTERED"),
    "badtoken": answers.fcm(400, "INVALID_ARGUMENT", _INVALID_TOKEN, "INVALID_ARGUMENT"),
    "mismatch": answers.fcm(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH"),
    "apnsauth": answers.fcm(401, "UNAUTHENTICATED", _APNS_AUTH, "THIRD_PARTY_AUTH_ERROR"),
    "badjson": Answer(body=b'{"name": '),
    "hang": Answer(ending=Ending.HANG),
    "reset-before": Answer(ending=Ending.RESET),
    "reset-after": Answer(ending=Ending.RESET),
    "e401": answers.unauthenticated(),
    "e403": answers.refused(403, "PERMISSION_DENIED", "Permission denied on resource project."),
    "e500": answers.fcm(500, "INTERNAL", "Internal error encountered.", "INTERNAL"),
    "e502": Answer(502, b"<html><title>Error 502</title></html>", content_type="text/html"),
}
_NUMBERED = {"e429": answers.throttled, "e503": answers.unavailable}
_ACCEPTED = frozenset({"badjson", "reset-after"})


def _fault(name: str, number: str | None = None) -> Fault:
    if name == "slow":
        return Fault(None, accepted=True, after_ms=int(number or 0))
    answer = _NUMBERED[name](number) if name in _NUMBERED else _FIXED[name]
    return Fault(answer, name in _ACCEPTED)


def named(text: str) -> Fault:
    """Give the fault of a name such as `e503-7`. Raises ValueError for one there is not."""
    found = _ONE.fullmatch(text)
    if not found:
        raise ValueError(f"`{text}` is no fault; there are {_KNOWN.replace('|', ', ')}")
    return _fault(found["name"], found["number"])


def _known(text: str) -> str:
    named(text)
    return text


_Name = Annotated[str, AfterValidator(_known)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Share(_Part):
    """So many percent of all targets, refused `times` times each; 0 for always."""

    fault: _Name
    percent: Decimal = Field(gt=0, le=100, decimal_places=3)
    times: int = Field(default=0, ge=0)


class Burst(_Part):
    """After every so many messages, the next `count` meet the fault, whoever they are for."""

    fault: _Name
    every: int = Field(ge=1)
    count: int = Field(ge=1)


class FaultPlan(_Part):
    """What goes wrong in a load. No target is in two shares."""

    seed: int = 0
    shares: tuple[Share, ...] = ()
    bursts: tuple[Burst, ...] = ()

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        if sum(share.percent for share in self.shares) > 100:
            raise ValueError("the shares are more than 100 % together")
        return self

    def share_of(self, target: str) -> Share | None:
        """Tell which share a target is in; None for one that nothing happens to."""
        spread = hashlib.blake2b(f"{self.seed}:{target}".encode(), digest_size=8).digest()
        position = int.from_bytes(spread, "big") % _POSITIONS
        return next((share for bound, share in self._bounds if position < bound), None)

    @cached_property
    def _bounds(self) -> list[tuple[int, Share]]:
        sizes = [int(share.percent * _POSITIONS / 100) for share in self.shares]
        return list(zip(itertools.accumulate(sizes), self.shares, strict=True))


def read_plan(path: Path) -> FaultPlan:
    """Read a plan in YAML. Raises BadPlan, naming the file and each mistake."""
    try:
        return FaultPlan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadPlan(f"{path}: {error}") from None
    except ValidationError as error:
        mistakes = [
            f"  {'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()
        ]
        raise BadPlan(
            "\n".join([f"{path}: the plan of faults cannot be used:", *mistakes])
        ) from None


@dataclass(slots=True)
class Faults:
    """Decide what happens to each message, by its target's name and by the plan."""

    plan: FaultPlan = field(default_factory=FaultPlan)
    _message_count: int = 0
    _hits: Counter[str] = field(default_factory=Counter)

    def of(self, target: str) -> Fault | None:
        """Return what happens to a message for the target this time, or None when it is well."""
        self._message_count += 1
        return self._by_name(target) or self._by_burst() or self._by_share(target)

    def _by_name(self, target: str) -> Fault | None:
        name = target.partition(":")[0]
        if name == target:
            return None
        if found := _ONE.fullmatch(name):
            return _fault(found["name"], found["number"])
        if flaky := _FLAKY.fullmatch(name):
            return self._at_most(int(flaky["count"] or 1), target, "e" + flaky["status"])
        return None

    def _by_burst(self) -> Fault | None:
        for burst in self.plan.bursts:
            if (self._message_count - 1) % (burst.every + burst.count) >= burst.every:
                return named(burst.fault)
        return None

    def _by_share(self, target: str) -> Fault | None:
        share = self.plan.share_of(target) if self.plan.shares else None
        if share is None:
            return None
        return (
            self._at_most(share.times, target, share.fault) if share.times else named(share.fault)
        )

    def _at_most(self, count: int, target: str, fault: str) -> Fault | None:
        if self._hits[target] >= count:
            return None
        self._hits[target] += 1
        return named(fault)
