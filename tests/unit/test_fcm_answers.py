"""What each answer of FCM means: the stand-in's, and Google's own examples."""

import orjson
import pytest

from api.fcm_standin import messages
from api.fcm_standin.answers import bad_request
from api.fcm_standin.faults import Faults
from loyalty.push.fcm import Outcome, Receipt, classify


def receipt_of(target: str) -> Receipt:
    fault = Faults().of(target)
    assert fault is not None
    assert fault.answer is not None
    return classify("dev_1", fault.answer.status, fault.answer.body, fault.answer.headers())


@pytest.mark.parametrize(
    ("target", "outcome", "code", "pause"),
    [
        ("unregistered:a", Outcome.DEAD_DEVICE, "UNREGISTERED", None),
        ("badtoken:a", Outcome.DEAD_DEVICE, "INVALID_ARGUMENT", None),
        ("mismatch:a", Outcome.DEAD_DEVICE, "SENDER_ID_MISMATCH", None),
        ("e429-2:a", Outcome.THROTTLED, "RESOURCE_EXHAUSTED", 2),
        ("e429:a", Outcome.THROTTLED, "RESOURCE_EXHAUSTED", 60),
        ("e500:a", Outcome.TRANSIENT, "INTERNAL", None),
        ("e502:a", Outcome.TRANSIENT, "HTTP_502", None),
        ("e503:a", Outcome.TRANSIENT, "UNAVAILABLE", None),
        ("e503-7:a", Outcome.TRANSIENT, "UNAVAILABLE", 7),
        ("apnsauth:a", Outcome.HALT, "THIRD_PARTY_AUTH_ERROR", None),
        ("e401:a", Outcome.HALT, "UNAUTHENTICATED", None),
        ("e403:a", Outcome.HALT, "PERMISSION_DENIED", None),
    ],
)
def test_each_answer_has_one_meaning(
    target: str, outcome: Outcome, code: str, pause: int | None
) -> None:
    assert receipt_of(target) == Receipt(
        "dev_1", outcome, code=code, retry_after_seconds=pause, detail=None
    )


def test_an_accepted_message_has_its_name() -> None:
    receipt = classify("dev_1", 200, b'{"name": "projects/p/messages/1"}')
    assert receipt == Receipt("dev_1", Outcome.SENT, name="projects/p/messages/1")


@pytest.mark.parametrize("body", [b"{oops", b"<html>Sign in</html>", b"", b"{}", b'{"name": 1}'])
def test_without_a_name_nobody_knows_whether_a_message_was_taken(body: bytes) -> None:
    assert classify("dev_1", 200, body) == Receipt("dev_1", Outcome.UNKNOWN, "NO_NAME")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.UNKNOWN),
        (400, Outcome.TRANSIENT),
        (401, Outcome.TRANSIENT),
        (404, Outcome.TRANSIENT),
        (429, Outcome.THROTTLED),
        (503, Outcome.TRANSIENT),
    ],
)
def test_an_answer_that_breaks_off_is_read_by_its_status_and_blames_nobody(
    status: int, outcome: Outcome
) -> None:
    assert classify("dev_1", status, None).outcome is outcome


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7),
        ("4000", 3_600),
        ("9" * 20, 3_600),
        ("9" * 5_000, 3_600),
        ("Sun, 22 Nov 2026 12:00:20 GMT", 20),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3_600),
        ("Sun, 22 Nov 2026 12:00:20 -0000", None),
        ("Sun, 22 Nov 99999 12:00:20 GMT", None),
        ("Sun, 22 Nov 2026 12:00:20 +" + "9" * 30, None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
def test_what_fcm_asks_for_is_read_within_bounds(asked: str, seconds: int | None) -> None:
    headers = {"retry-after": asked, "date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    assert classify("dev_1", 503, b"", headers).retry_after_seconds == seconds


def test_a_date_without_one_to_count_from_says_nothing() -> None:
    headers = {"retry-after": "Sun, 22 Nov 2026 12:00:20 GMT"}
    assert classify("dev_1", 429, b"", headers).retry_after_seconds == 60


def test_a_device_is_not_dropped_for_a_message_that_is_wrong() -> None:
    answer = bad_request({"message.android.ttl": "Illegal duration format"})
    assert classify("dev_1", answer.status, answer.body) == Receipt(
        "dev_1", Outcome.REJECTED, "INVALID_ARGUMENT", detail="message.android.ttl"
    )


def test_a_device_is_dropped_when_fcm_names_its_token_as_the_field() -> None:
    details = [
        {
            "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
            "errorCode": "INVALID_ARGUMENT",
        },
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "message.token", "description": "Invalid token"}],
        },
    ]
    body = orjson.dumps({"error": {"code": 400, "message": "Bad", "details": details}})
    assert classify("dev_1", 400, body).outcome is Outcome.DEAD_DEVICE


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.HALT),
        (302, Outcome.HALT),
        (413, Outcome.REJECTED),
        (408, Outcome.TRANSIENT),
        (504, Outcome.TRANSIENT),
    ],
)
@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": "text"}', b'{"error": {"details": [1]}}'])
def test_an_answer_in_no_known_form_is_read_by_its_status(
    status: int, outcome: Outcome, body: bytes
) -> None:
    assert classify("dev_1", status, body).outcome is outcome


def test_a_flaky_target_recovers() -> None:
    faults = Faults()
    answers = [faults.of("flaky503-2:a") for _ in range(3)]
    assert [f and f.answer and f.answer.status for f in answers] == [503, 503, None]
    assert faults.of("healthy") is None


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"token": "a", "colour": "red"}, "message.colour"),
        ({"token": "a", "data": {"n": 1}}, "message.data.n"),
        ({"token": "a", "data": {"from": "x"}}, "message.data"),
        ({"token": "a", "data": {"google.x": "x"}}, "message.data"),
        ({"token": "a", "data": {"k": "x" * 4_096}}, "message"),
        ({"topic": "a", "data": {"k": "x" * 2_048}}, "message"),
        ({"token": "a", "fid": "b"}, "message"),
        ({"notification": {"title": "x"}}, "message"),
        ({"token": "a", "android": {"ttl": "60"}}, "message.android.ttl"),
        ({"token": "a", "android": {"ttl": "2419201s"}}, "message.android.ttl"),
        ({"token": "a", "android": {"priority": "urgent"}}, "message.android.priority"),
        ({"token": "a", "apns": {"payload": {"x": 1}}}, "message.apns.payload"),
        ({"token": "a", "apns": {"headers": {"apns-priority": "7"}}}, "message.apns.headers"),
        (
            {"token": "a", "apns": {"headers": {"apns-collapse-id": "x" * 65}}},
            "message.apns.headers",
        ),
        (
            {"token": "a", "fcm_options": {"analytics_label": "a b"}},
            "message.fcm_options.analytics_label",
        ),
    ],
)
def test_the_stand_in_refuses_what_fcm_refuses(message: object, field: str) -> None:
    with pytest.raises(messages.BadMessage) as refused:
        messages.read(orjson.dumps({"message": message}))
    assert list(refused.value.fields) == [field]


def test_the_stand_in_reads_both_spellings_of_a_field() -> None:
    for label in ("analytics_label", "analyticsLabel"):
        body = orjson.dumps({"message": {"topic": "news", "fcm_options": {label: "a"}}})
        assert messages.read(body).message.target == "news"
