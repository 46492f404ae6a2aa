"""The development issuer: one key for all processes, for its owner's eyes alone."""

import json
import multiprocessing
import stat
from pathlib import Path

import jwt
import pytest

from api import local_issuer
from api.key_files import KeyFileBroken
from api.local_issuer import KEY_FILE, open_local_issuer

MEMBER = "mbr_0196a1b2c3d47e8f9a0b1c2d3e4f5a6b"


def key_id(data_dir: Path) -> str:
    found: str = open_local_issuer(data_dir).jwks()["keys"][0]["kid"]
    return found


def test_the_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "place"
    first = key_id(data_dir)
    assert key_id(data_dir) == first
    assert stat.S_IMODE((data_dir / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert [file.name for file in data_dir.iterdir()] == [KEY_FILE]


def test_a_key_that_others_could_read_is_closed(tmp_path: Path) -> None:
    first = key_id(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    assert key_id(tmp_path) == first
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        ids = pool.map(key_id, [tmp_path] * 16, chunksize=1)
    assert len(set(ids)) == 1
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_a_process_that_comes_second_leaves_the_key_of_the_first(tmp_path: Path) -> None:
    first = key_id(tmp_path)
    local_issuer._create(tmp_path / KEY_FILE)
    assert key_id(tmp_path) == first
    assert [file.name for file in tmp_path.iterdir()] == [KEY_FILE]


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    assert key_id(tmp_path / "one") != key_id(tmp_path / "two")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"kty": "EC"}', '{"kty": "oct", "k": "AA"}']
)
def test_a_broken_key_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(KeyFileBroken, match=r"dev-issuer\.json .*delete it to get a new one"):
        open_local_issuer(tmp_path)


def test_a_public_key_alone_is_refused(tmp_path: Path) -> None:
    public = open_local_issuer(tmp_path).jwks()["keys"][0]
    (tmp_path / KEY_FILE).write_text(json.dumps(public), encoding="utf-8")
    with pytest.raises(KeyFileBroken, match="another kind of key"):
        open_local_issuer(tmp_path)


def test_the_published_document_holds_no_private_part(tmp_path: Path) -> None:
    (published,) = open_local_issuer(tmp_path).jwks()["keys"]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_token_lives_as_long_as_was_asked(tmp_path: Path) -> None:
    issuer = open_local_issuer(tmp_path, ttl_seconds=120)
    for token, life in (
        (issuer.member_token(MEMBER), 120),
        (issuer.staff_token(["ADMIN"], ttl_seconds=5), 5),
    ):
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == life


@pytest.mark.parametrize("roles", [[], ["root"], ["ADMIN", "root"]])
def test_only_known_roles_are_given(tmp_path: Path, roles: list[str]) -> None:
    with pytest.raises(ValueError, match="roles must be some of ADMIN, MARKETING, SUPPORT"):
        open_local_issuer(tmp_path).staff_token(roles)
