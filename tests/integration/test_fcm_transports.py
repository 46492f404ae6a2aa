"""Both senders against the stand-in: every outcome, faults in the middle of a crowd, recovery."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import httpcore
import orjson
import pytest
from firebase_admin import messaging
from google.auth.credentials import Credentials
from google.auth.exceptions import (
    DefaultCredentialsError,
    GoogleAuthError,
    RefreshError,
    TransportError,
)

from api.fcm_standin import FcmStandin, certificates
from loyalty.push.fcm import (
    FixedToken,
    LeanSender,
    Limits,
    Outcome,
    Outgoing,
    Project,
    Receipt,
    SdkSender,
    Sender,
)
from loyalty.push.payloads import Address, Notification, PointsEarned, Text, to_message

HOST = "fcm.googleapis.com"
NOW = datetime(2026, 11, 21, 12, 0, 0)
RECOVERY_SECONDS = 5.0
IMPATIENT = Limits(connections=64, connect_seconds=3.0, total_seconds=3.0)
NOTIFICATION = Notification(
    notification=Text(title="42 points", body="From your purchase."),
    data=PointsEarned(message_id="msg_1", deep_link="stamkund://wallet", entry_id="ent_1"),
    ttl_seconds=3_600,
)


def outgoing(*targets: str) -> list[Outgoing]:
    return [
        Outgoing(f"dev_{target}", to_message(NOTIFICATION, Address(value=target), NOW))
        for target in targets
    ]


def outcomes(receipts: list[Receipt]) -> Counter[Outcome]:
    return Counter(receipt.outcome for receipt in receipts)


@dataclass
class Rig:
    """One kind of sender, and the stand-in it talks to."""

    kind: str
    standin: FcmStandin
    ca_file: Path
    stack: AsyncExitStack

    async def sender(
        self, limits: Limits | None = None, credential: FixedToken | None = None
    ) -> Sender:
        project = Project("demo", credential or FixedToken())
        sender: Sender = (
            LeanSender(project, limits, self.standin.url, self.ca_file)
            if self.kind == "lean"
            else SdkSender(project, limits)
        )
        self.stack.push_async_callback(sender.aclose)
        return sender


def lead_google_to(standin: FcmStandin, ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let firebase-admin, which takes no address, find the stand-in where it expects Google."""
    connect_tcp = httpcore.AnyIOBackend.connect_tcp

    async def connect(backend: Any, host: str, port: int, **options: Any) -> Any:
        assert (host, port) == (HOST, 443)
        return await connect_tcp(backend, "127.0.0.1", standin.port, **options)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))


class Failing(FixedToken):
    """A credential that has no token to give."""

    def __init__(self, error: type[GoogleAuthError], retryable: bool) -> None:
        super().__init__()
        self.error = error
        self.retryable = retryable

    def get_credential(self) -> Credentials:
        raise self.error("no token", retryable=self.retryable)


class Rotating(FixedToken, Credentials):
    """A credential whose first token was revoked before it was used."""

    def __init__(self) -> None:
        Credentials.__init__(self)  # type: ignore[no-untyped-call]
        self.refresh_count = 0

    def get_credential(self) -> Credentials:
        return self

    def refresh(self, request: object) -> None:
        self.refresh_count += 1
        self.token = "standin" if self.refresh_count > 1 else "revoked"


class Ending(Rotating):
    """A credential whose only token was revoked before it was used."""

    def __init__(self, retryable: bool) -> None:
        super().__init__()
        self.retryable = retryable

    def refresh(self, request: object) -> None:
        if self.token is not None:
            raise RefreshError("none", retryable=self.retryable)  # type: ignore[no-untyped-call]
        super().refresh(request)


@pytest.fixture(params=["lean", "sdk"])
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rig]:
    certificate = certificates.make(tmp_path, HOST)
    async with FcmStandin(certificate=certificate) as standin, AsyncExitStack() as stack:
        if request.param == "sdk":
            lead_google_to(standin, certificate.ca_file, monkeypatch)
        yield Rig(request.param, standin, certificate.ca_file, stack)


async def test_a_sent_message_arrives_as_it_was_built(rig: Rig) -> None:
    sender = await rig.sender()
    [receipt] = await sender.send(outgoing("fid-1"))
    [delivery] = await rig.standin.wait_for(token="fid-1")
    assert receipt == Receipt("dev_fid-1", Outcome.SENT, name=delivery.name)
    assert delivery.message["data"]["entryId"] == "ent_1"
    assert delivery.message["apns"]["headers"]["apns-collapse-id"] == "points"


async def test_every_outcome_has_its_receipt_and_only_sent_messages_arrive(rig: Rig) -> None:
    sender = await rig.sender()
    expected = {
        "fid-1": (Outcome.SENT, None, None),
        "unregistered:1": (Outcome.DEAD_DEVICE, "UNREGISTERED", None),
        "badtoken:1": (Outcome.DEAD_DEVICE, "INVALID_ARGUMENT", None),
        "mismatch:1": (Outcome.DEAD_DEVICE, "SENDER_ID_MISMATCH", None),
        "e429-2:1": (Outcome.THROTTLED, "RESOURCE_EXHAUSTED", 2),
        "e502:1": (Outcome.TRANSIENT, "HTTP_502", None),
        "apnsauth:1": (Outcome.HALT, "THIRD_PARTY_AUTH_ERROR", None),
        "e403:1": (Outcome.HALT, "PERMISSION_DENIED", None),
    }
    receipts = await sender.send(outgoing(*expected))
    found = [(r.outcome, r.code, r.retry_after_seconds) for r in receipts]
    assert found == list(expected.values())
    assert [delivery.token for delivery in rig.standin.deliveries()] == ["fid-1"]


async def test_a_message_fcm_finds_wrong_is_rejected_with_its_field(rig: Rig) -> None:
    [wrong] = outgoing("fid-1")
    assert isinstance(wrong.message, messaging.Message)
    wrong.message.data = {"google.reserved": "x"}
    [receipt] = await (await rig.sender()).send([wrong])
    assert receipt == Receipt(
        "dev_fid-1", Outcome.REJECTED, "INVALID_ARGUMENT", detail="message.data"
    )


async def test_a_refused_credential_halts(rig: Rig) -> None:
    sender = await rig.sender(credential=FixedToken("stolen"))
    assert outcomes(await sender.send(outgoing("a", "b"))) == {Outcome.HALT: 2}
    assert rig.standin.deliveries() == []


@pytest.mark.parametrize(
    ("error", "retryable", "outcome"),
    [
        (TransportError, False, Outcome.TRANSIENT),
        (RefreshError, True, Outcome.TRANSIENT),
        (RefreshError, False, Outcome.HALT),
        (DefaultCredentialsError, False, Outcome.HALT),
    ],
)
async def test_without_an_access_token_nothing_was_sent(
    rig: Rig, error: type[GoogleAuthError], retryable: bool, outcome: Outcome
) -> None:
    sender = await rig.sender(credential=Failing(error, retryable))
    assert outcomes(await sender.send(outgoing("a", "b"))) == {outcome: 2}
    assert rig.standin.deliveries() == []


async def test_a_revoked_token_is_replaced_once_for_everybody(rig: Rig) -> None:
    credential = Rotating()
    sender = await rig.sender(credential=credential)
    receipts = await sender.send(outgoing(*(f"fid-{n}" for n in range(20))))
    assert outcomes(receipts) == {Outcome.SENT: 20}
    assert len(rig.standin.deliveries()) == 20
    assert credential.refresh_count == 2 or rig.kind == "sdk"  # which does so for each message


@pytest.mark.parametrize(
    ("retryable", "outcome"), [(True, Outcome.TRANSIENT), (False, Outcome.HALT)]
)
async def test_where_a_revoked_token_cannot_be_replaced_nothing_was_sent(
    rig: Rig, retryable: bool, outcome: Outcome
) -> None:
    sender = await rig.sender(credential=Ending(retryable))
    assert outcomes(await sender.send(outgoing("a", "b"))) == {outcome: 2}
    assert rig.standin.deliveries() == []


async def test_a_wrong_key_to_apns_is_not_the_fault_of_our_token(rig: Rig) -> None:
    credential = Rotating()
    sender = await rig.sender(credential=credential)
    await sender.send(outgoing("fid-1"))
    [receipt] = await sender.send(outgoing("apnsauth:1"))
    assert (receipt.outcome, receipt.code) == (Outcome.HALT, "THIRD_PARTY_AUTH_ERROR")
    assert outcomes(await sender.send(outgoing("fid-2"))) == {Outcome.SENT: 1}
    assert credential.refresh_count == 2 or rig.kind == "sdk"


async def test_an_answer_that_cannot_be_read_is_unknown_and_concerns_no_other(rig: Rig) -> None:
    targets = ["badjson:1", *(f"fid-{n}" for n in range(20))]
    receipts = await (await rig.sender()).send(outgoing(*targets))
    assert [r.outcome for r in receipts] == [Outcome.UNKNOWN] + [Outcome.SENT] * 20
    assert len(rig.standin.deliveries()) == 21


async def test_what_is_only_to_be_looked_at_reaches_nobody_beside_what_is_sent(rig: Rig) -> None:
    [look, send] = outgoing("fid-1", "fid-2")
    batch = [replace(look, validate_only=True), send]
    assert outcomes(await (await rig.sender()).send(batch)) == {Outcome.SENT: 2}
    assert [delivery.token for delivery in rig.standin.deliveries()] == ["fid-2"]


async def test_three_hundred_at_once_arrive_once_each(rig: Rig) -> None:
    targets = [f"fid-{n}" for n in range(300)]
    receipts = await (await rig.sender()).send(outgoing(*targets))
    assert [receipt.device_id for receipt in receipts] == [f"dev_{target}" for target in targets]
    assert outcomes(receipts) == {Outcome.SENT: 300}
    assert Counter(d.token for d in rig.standin.deliveries()) == Counter(targets)


async def test_an_unencodable_message_does_not_fail_its_batch(rig: Rig) -> None:
    batch = outgoing("a", "b", "c")
    assert isinstance(batch[1].message, messaging.Message)
    batch[1].message.data = {"amount": 42}
    receipts = await (await rig.sender()).send(batch)
    assert [(r.outcome, r.code) for r in receipts] == [
        (Outcome.SENT, None),
        (Outcome.REJECTED, "UNENCODABLE"),
        (Outcome.SENT, None),
    ]


async def test_a_connection_reset_leaves_the_outcome_unknown(rig: Rig) -> None:
    sender = await rig.sender()
    for target, arrived in (("reset-before:1", 0), ("reset-after:1", 1)):
        [receipt] = await sender.send(outgoing(target))
        assert receipt.outcome is Outcome.UNKNOWN
        assert len(rig.standin.deliveries(token=target)) == arrived
    assert outcomes(await sender.send(outgoing("fid-1"))) == {Outcome.SENT: 1}


async def test_a_reset_in_a_crowd_never_turns_into_a_false_sent(rig: Rig) -> None:
    targets = [f"fid-{n}" for n in range(60)] + [f"reset-after:{n}" for n in range(4)]
    receipts = await (await rig.sender()).send(outgoing(*targets))
    assert set(outcomes(receipts)) <= {Outcome.SENT, Outcome.UNKNOWN}
    arrived = Counter(delivery.token for delivery in rig.standin.deliveries())
    assert max(arrived.values()) == 1
    sent = {r.device_id.removeprefix("dev_") for r in receipts if r.outcome is Outcome.SENT}
    assert sent <= set(arrived)


async def test_a_hanging_answer_is_unknown_within_the_deadline(rig: Rig) -> None:
    sender = await rig.sender(IMPATIENT)
    async with asyncio.timeout(30):
        receipts = await sender.send(outgoing("hang:1", "fid-1"))
        assert [r.outcome for r in receipts] == [Outcome.UNKNOWN, Outcome.SENT]
        assert outcomes(await sender.send(outgoing("fid-2"))) == {Outcome.SENT: 1}


async def test_a_server_that_is_gone_is_transient(rig: Rig) -> None:
    await rig.standin.__aexit__()
    receipts = await (await rig.sender(IMPATIENT)).send(outgoing("a", "b"))
    assert outcomes(receipts) == {Outcome.TRANSIENT: 2}


async def test_after_two_hundred_503s_throughput_is_back(rig: Rig) -> None:
    sender = await rig.sender()
    receipts = await sender.send(outgoing(*(f"flaky503-1:{n}" for n in range(200))))
    retries_itself = rig.kind == "sdk"
    assert outcomes(receipts) == {Outcome.SENT if retries_itself else Outcome.TRANSIENT: 200}
    started = time.monotonic()
    receipts = await sender.send(outgoing(*(f"fid-{n}" for n in range(200))))
    assert outcomes(receipts) == {Outcome.SENT: 200}
    assert time.monotonic() - started < RECOVERY_SECONDS


async def test_a_batch_that_meets_nothing_but_503_ends_as_transient(rig: Rig) -> None:
    sender = await rig.sender()
    async with asyncio.timeout(30):
        receipts = await sender.send(outgoing(*(f"e503-3:{n}" for n in range(48))))
    assert outcomes(receipts) == {Outcome.TRANSIENT: 48}
    assert {receipt.retry_after_seconds for receipt in receipts} == {3}
    assert outcomes(await sender.send(outgoing("fid-1"))) == {Outcome.SENT: 1}


async def test_the_stand_in_lists_what_it_accepted_over_http_and_in_its_log(tmp_path: Path) -> None:
    log_file = tmp_path / "deliveries.jsonl"
    async with FcmStandin(log_file=log_file) as standin, aiohttp.ClientSession() as http:
        sender = LeanSender(Project("demo", FixedToken()), endpoint=standin.url)
        for target in ("a", "b", "unregistered:c", "a"):
            await sender.send(outgoing(target))
        await sender.aclose()
        async with http.get(f"{standin.url}/deliveries", params={"since": 1, "token": "a"}) as got:
            [listed] = (await got.json())["deliveries"]
        async with http.get(f"{standin.url}/deliveries", params={"since": "x"}) as got:
            assert got.status == 400
    assert (listed["sequence"], listed["token"]) == (3, "a")
    assert listed["message"]["notification"]["title"] == "42 points"
    logged = [orjson.loads(line) for line in log_file.read_bytes().splitlines()]
    assert [entry["sequence"] for entry in logged] == [1, 2, 3]
    assert logged[2] == listed


async def test_the_stand_in_keeps_the_newest_and_waits_no_longer_than_told() -> None:
    async with FcmStandin(keep_count=2) as standin:
        sender = LeanSender(Project("demo", FixedToken()), endpoint=standin.url)
        for target in ("a", "b", "c"):
            await sender.send(outgoing(target))
        await sender.aclose()
        assert [delivery.token for delivery in standin.deliveries()] == ["b", "c"]
        with pytest.raises(TimeoutError):
            await standin.wait_for(token="d", deadline_s=0.01)
