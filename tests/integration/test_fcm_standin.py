"""The stand-in by itself: two protocols under one certificate, loads with faults, what it tells."""

import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.fcm_standin import FaultPlan, FcmStandin, Share, certificates
from api.fcm_standin.certificates import Certificate
from api.fcm_standin.faults import Burst
from loyalty.push.fcm import FixedToken, LeanSender, Outcome, Outgoing, Project
from loyalty.push.payloads import Address, Notification, PointsEarned, Text, to_message

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 12, 0, 0)
BEARER = {"authorization": "Bearer standin"}


def outgoing(target: str, message_id: str = "msg_1") -> Outgoing:
    data = PointsEarned(message_id=message_id, deep_link="stamkund://wallet", entry_id="ent_1")
    text = Text(title="42 points", body="From your purchase.")
    notification = Notification(notification=text, data=data, ttl_seconds=3_600)
    return Outgoing(f"dev_{target}", to_message(notification, Address(value=target), NOW))


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return certificates.make(tmp_path)


@pytest.fixture(params=["HTTP/1.1", "HTTP/2"])
async def client(
    request: pytest.FixtureRequest, certificate: Certificate
) -> AsyncIterator[httpx.AsyncClient]:
    """Be a client of one of both protocols, which trusts the certificate."""
    context = ssl.create_default_context(cafile=certificate.ca_file)
    async with httpx.AsyncClient(verify=context, http2=request.param == "HTTP/2") as http:
        yield http


async def post(http: httpx.AsyncClient, standin: FcmStandin, body: dict[str, Any]) -> Any:
    address = f"{standin.url}/v1/projects/demo/messages:send"
    return await http.post(address, content=orjson.dumps(body), headers=BEARER)


async def test_both_protocols_are_spoken_at_one_address_and_tell_what_was_taken(
    certificate: Certificate, client: httpx.AsyncClient, request: pytest.FixtureRequest
) -> None:
    async with FcmStandin(certificate=certificate) as standin:
        message = {"token": "a", "data": {"messageId": "m1", "long": "x" * 4_000}}
        for _ in range(40):  # more than an HTTP/2 window has room for
            answer = await post(client, standin, {"message": message})
        assert (answer.status_code, answer.http_version) == (200, request.node.callspec.id)
        listed = await client.get(f"{standin.url}/deliveries", params={"since": 1, "token": "a"})
        assert [one["sequence"] for one in listed.json()["deliveries"]] == list(range(2, 41))
        counted = (await client.get(f"{standin.url}/counts?by=target")).json()
    assert counted == {
        "accepted": 40,
        "targets": 1,
        "duplicates": 39,
        "repeated": [{"token": "a", "messageId": "m1", "count": 40}],
        "byTarget": {"a": 40},
        "answers": {"200": 40},
    }


async def test_what_is_only_validated_is_not_taken(
    certificate: Certificate, client: httpx.AsyncClient
) -> None:
    async with FcmStandin(certificate=certificate) as standin:
        sound = {"message": {"token": "a"}, "validate_only": True}
        answer = await post(client, standin, sound)
        assert answer.json() == {"name": "projects/demo/messages/fake_message_id"}
        wrong = {"message": {"token": "a", "colour": "red"}, "validate_only": True}
        assert (await post(client, standin, wrong)).status_code == 400
        dead = {"message": {"token": "unregistered:a"}, "validate_only": True}
        assert (await post(client, standin, dead)).status_code == 404
        assert (standin.deliveries(), standin.counts()["accepted"]) == ([], 0)


async def test_a_message_is_taken_from_a_post_alone(
    certificate: Certificate, client: httpx.AsyncClient
) -> None:
    async with FcmStandin(certificate=certificate) as standin:
        address = f"{standin.url}/v1/projects/demo/messages:send"
        for method in ("GET", "PUT", "DELETE"):
            body = b'{"message": {"token": "a"}}'
            answer = await client.request(method, address, content=body, headers=BEARER)
            assert answer.status_code == 404
        assert standin.deliveries() == []


async def test_an_answer_comes_as_late_as_it_is_told_to_and_holds_up_no_other(
    certificate: Certificate, client: httpx.AsyncClient
) -> None:
    async with FcmStandin(certificate=certificate) as standin:
        started = time.monotonic()
        answer = await post(client, standin, {"message": {"token": "slow-200:a"}})
        assert answer.status_code == 200
        assert time.monotonic() - started >= 0.2
        assert (await post(client, standin, {"message": {"token": "b"}})).status_code == 200


async def test_nobody_is_trusted_whose_authority_is_not_named(certificate: Certificate) -> None:
    async with FcmStandin(certificate=certificate) as standin:
        sender = LeanSender(Project("demo", FixedToken()), endpoint=standin.url)
        [receipt] = await sender.send([outgoing("a")])
        await sender.aclose()
        assert receipt.outcome is Outcome.TRANSIENT
        assert receipt.code == "ClientConnectorCertificateError"
        assert standin.deliveries() == []


async def test_a_load_meets_the_faults_of_its_plan_on_every_run(certificate: Certificate) -> None:
    plan = FaultPlan(
        seed=7,
        shares=(
            Share(fault="unregistered", percent=Decimal(2)),
            Share(fault="e503", percent=Decimal(1), times=1),
            Share(fault="reset-before", percent=Decimal("0.5"), times=1),
            Share(fault="reset-after", percent=Decimal("0.5"), times=1),
        ),
        bursts=(Burst(fault="e429-1", every=1_000, count=20),),
    )
    targets = [f"fid-{number}" for number in range(1_500)]
    shares = {target: plan.share_of(target) for target in targets}
    named = {target: share.fault for target, share in shares.items() if share}
    for _ in range(2):
        got, accepted = await run(plan, certificate, targets)
        assert {t for t, outcomes in got.items() if outcomes[-1] is Outcome.DEAD_DEVICE} == {
            target for target, fault in named.items() if fault == "unregistered"
        }
        # The first answer after a reset may have been lost, so the second attempt is one too many.
        assert accepted == {
            target: 2 if named.get(target) == "reset-after" else 1
            for target in targets
            if named.get(target) != "unregistered"
        }


async def run(
    plan: FaultPlan, certificate: Certificate, targets: list[str]
) -> tuple[dict[str, list[Outcome]], dict[str, int]]:
    """Send to every target until it has an answer that lasts; give all outcomes, and what came."""
    got: dict[str, list[Outcome]] = {target: [] for target in targets}
    async with FcmStandin(certificate=certificate, faults=plan) as standin:
        demo = Project("demo", FixedToken())
        sender = LeanSender(demo, endpoint=standin.url, ca_file=certificate.ca_file)
        left = targets
        while left:
            receipts = await sender.send([outgoing(target) for target in left])
            for target, receipt in zip(left, receipts, strict=True):
                if receipt.outcome is not Outcome.THROTTLED:  # whom a burst meets is chance
                    got[target].append(receipt.outcome)
            settled = {Outcome.SENT, Outcome.DEAD_DEVICE}
            left = [t for t, r in zip(left, receipts, strict=True) if r.outcome not in settled]
        await sender.aclose()
        counts = standin.counts(by_target=True)
    assert counts["answers"]["429"] == 20
    assert counts["duplicates"] == Counter(counts["byTarget"].values())[2]
    return got, counts["byTarget"]
