"""Member codes: read by the key and the clock, and by nothing else; the file of keys."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.key_files import KeyFileBroken
from api.member_codes import KEY_FILE, MemberCodes, key_id, open_member_codes, read_keys
from api.settings import Settings
from loyalty.errors import Refusal, Refused
from loyalty.members import MemberCodeExpired, MemberCodeForged

MEMBER = "mbr_0196a1b2c3d47e8f9a0b1c2d3e4f5a6b"
NOW = datetime(2026, 3, 2, 12, 0, 0, 500_000)
MADE = NOW.replace(microsecond=0)
KEY, OTHER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
CODES = MemberCodes((KEY,))
QR_ALPHABET = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def code(codes: MemberCodes = CODES, now: datetime = NOW) -> str:
    signed = codes.sign(MEMBER, now)
    assert signed is not None
    return signed.text


def refusal(text: str, now: datetime = NOW) -> Refusal:
    with pytest.raises(Refused) as caught:
        CODES.read(text, now)
    return caught.value.refusal


def pem(*keys: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    no_password = serialization.NoEncryption()
    return "".join(
        key.private_bytes(serialization.Encoding.PEM, form, no_password).decode() for key in keys
    )


def test_a_code_is_short_and_made_for_qr_codes() -> None:
    text = code()
    assert len(text) == 149
    assert set(text) <= QR_ALPHABET
    assert text.startswith(f"SK1.{key_id(KEY)}.")


def test_a_code_says_when_it_ends_and_when_to_ask_again() -> None:
    signed = CODES.sign(MEMBER, NOW)
    assert signed is not None
    assert signed.expires_at == MADE + timedelta(seconds=60)
    assert signed.refresh_after == MADE + timedelta(seconds=40)


def test_codes_of_one_member_change_from_second_to_second() -> None:
    assert code(now=NOW).split(".")[2] != code(now=NOW + timedelta(seconds=1)).split(".")[2]


@pytest.mark.parametrize("seconds", [-10, 0, 59, 69])
def test_a_code_is_read_within_its_minute_and_the_leeway(seconds: int) -> None:
    assert CODES.read(code(), MADE + timedelta(seconds=seconds)) == MEMBER


def test_a_code_out_of_its_time_is_refused() -> None:
    assert refusal(code(), MADE + timedelta(seconds=70)) == MemberCodeExpired(10)
    assert refusal(code(), MADE + timedelta(days=1)) == MemberCodeExpired(86_340)
    assert refusal(code(), MADE - timedelta(seconds=11)) == MemberCodeForged()


def changed(text: str, place: int) -> str:
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: "SK1...",
        lambda text: text.lower(),
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text.replace("SK1", "SK2"),
        lambda text: text.replace(key_id(KEY), key_id(OTHER)),
        lambda text: changed(text, 13),
        lambda text: changed(text, 60),
        lambda text: text[:46] + "A" * 103,
        lambda text: text[:46] + "7" * 103,
        lambda text: code(MemberCodes((OTHER,))),
        lambda text: code(MemberCodes((OTHER,))).replace(key_id(OTHER), key_id(KEY)),
        lambda text: "x" * 100_000,
    ],
)
def test_what_was_not_signed_here_is_refused(change: Callable[[str], str]) -> None:
    assert refusal(change(code())) == MemberCodeForged()


def test_an_old_key_is_accepted_while_it_is_in_the_file() -> None:
    both = MemberCodes((OTHER, KEY))
    assert both.read(code(), NOW) == MEMBER
    assert code(both).split(".")[1] == key_id(OTHER)
    assert [key["kid"] for key in both.jwks()["keys"]] == [key_id(OTHER), key_id(KEY)]


def test_nothing_private_is_published() -> None:
    (published,) = CODES.jwks()["keys"]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_an_id_of_another_shape_has_no_code() -> None:
    assert CODES.sign("mbr_nobody", NOW) is None


def test_in_development_a_key_is_made_once_and_in_production_it_is_given(tmp_path: Path) -> None:
    development = Settings(profile="development", data_dir=tmp_path)
    first, again = (open_member_codes(development) for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.jwks() == again.jwks()
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    production = Settings(profile="production", data_dir=tmp_path)
    assert open_member_codes(production) is None
    given = production.model_copy(update={"member_code_key": tmp_path / KEY_FILE})
    found = open_member_codes(given)
    assert found is not None
    assert found.jwks() == first.jwks()


def test_a_file_may_hold_several_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    path.write_text(pem(KEY, OTHER), encoding="ascii")
    assert [key_id(key) for key in read_keys(path)] == [key_id(KEY), key_id(OTHER)]


BROKEN = "-----BEGIN PRIVATE KEY-----\nAA\n"


@pytest.mark.parametrize(
    "content", ["", "{}", BROKEN, pem(ec.generate_private_key(ec.SECP384R1()))]
)
def test_a_broken_file_of_keys_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.pem"
    path.write_text(content, encoding="ascii")
    with pytest.raises(KeyFileBroken, match=r"keys\.pem "):
        read_keys(path)
    with pytest.raises(KeyFileBroken, match=r"none\.pem "):
        read_keys(tmp_path / "none.pem")
