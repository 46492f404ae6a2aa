"""Moulds: what is filled in is what firebase-admin encodes, and what is too large is refused."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from loyalty.push import payloads
from loyalty.push.fcm import Outgoing, moulds
from loyalty.push.fcm.moulds import Mould, TooLarge
from loyalty.push.fcm.port import encode, made
from loyalty.push.payloads import Address, AddressKind, Notification, Text

NOW = datetime(2026, 11, 21, 12, 0)
ANY = Text(title="x", body="y")


def campaign(message_id: str, shown: Text) -> Notification:
    data = payloads.Campaign(
        message_id=message_id, deep_link='https://shop.example/?q="tea"&x={a}', campaign_id="cmp_1"
    )
    return Notification(notification=shown, data=data, ttl_seconds=86_400)


def of(kind: AddressKind = AddressKind.FID) -> Mould:
    return moulds.mould(campaign("any", ANY), kind, NOW)


texts = st.text(min_size=1, max_size=200)


@given(
    shown=st.tuples(texts, texts),
    message_id=st.from_regex(r"^[A-Za-z0-9_.:-]{1,128}\Z"),
    value=st.text(min_size=1, max_size=300),
    kind=st.sampled_from(AddressKind),
)
def test_what_is_cast_is_what_firebase_admin_encodes(
    shown: tuple[str, str], message_id: str, value: str, kind: AddressKind
) -> None:
    cast = of(kind).cast(shown, message_id, value)
    whole = campaign(message_id, Text(title=shown[0], body=shown[1]))
    message = payloads.to_message(whole, Address(value=value, kind=kind), NOW)
    expected = encode(Outgoing("dev", message))
    assert isinstance(expected, bytes)
    assert json.loads(cast.encoded) == json.loads(expected)
    assert encode(Outgoing("dev", cast)) == cast.encoded
    assert str(made(Outgoing("dev", cast))) == str(message)


@pytest.mark.parametrize("sign", ["a", "å", "🎁", '"', "\n"])
def test_the_same_texts_are_too_large_as_ever(sign: str) -> None:
    mould, message_id = of(), "cmp_1:mbr_1"
    for length in range(300, 2_010, 5):
        body = sign * length
        try:
            campaign(message_id, Text(title="T", body=body))
            fits = True
        except ValidationError:
            fits = False
        try:
            mould.cast(("T", body), message_id, "token")
            assert fits
        except TooLarge:
            assert not fits


@pytest.mark.parametrize("shown", [("", "b"), ("t", ""), ("t" * 201, "b")])
def test_a_text_that_is_none_is_refused(shown: tuple[str, str]) -> None:
    with pytest.raises(TooLarge):
        of().cast(shown, "m", "token")
