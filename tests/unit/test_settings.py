"""What an operator can set, what is refused, and that the documentation says so."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.settings import BadSettings, Settings, UnsafeSettings, load_settings
from api.settings_page import settings_table

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ISSUER = (
    '[{{"issuer": "{issuer}", "audience": "app", "jwks_uri": "{jwks}", "algorithms": ["{alg}"]}}]'
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("STAMKUND_") or name == "FIREBASE_AUTH_EMULATOR_HOST":
            monkeypatch.delenv(name)


def issuers(**changed: str) -> str:
    parts = {
        "issuer": "https://login.example",
        "jwks": "https://login.example/jwks.json",
        "alg": "RS256",
    }
    return ISSUER.format(**{**parts, **changed})


def test_a_laptop_needs_no_settings() -> None:
    settings = load_settings()
    assert settings.profile == "development"
    assert settings.host == "127.0.0.1"
    assert settings.port == 8000
    assert settings.mongo_url is None
    assert (settings.dev_issuer, settings.graphiql, settings.introspection) == (True, True, True)


def test_production_closes_what_development_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_PROFILE", "production")
    settings = load_settings()
    assert (settings.dev_issuer, settings.graphiql, settings.introspection) == (False, False, False)


def test_a_switch_set_by_hand_wins_over_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_PROFILE", "production")
    monkeypatch.setenv("STAMKUND_GRAPHIQL", "true")
    settings = load_settings()
    assert (settings.graphiql, settings.introspection) == (True, False)


def test_an_option_of_the_command_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAMKUND_PORT", "9000")
    assert load_settings(port=None).port == 9000
    assert load_settings(port=9001).port == 9001


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"STAMKUND_{name.upper()}", "")
    assert load_settings() == Settings()


def test_settings_do_not_change_after_the_start() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_the_password_of_the_database_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_MONGO_URL", "mongodb://u:sesame@db.example")
    assert "sesame" not in repr(load_settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "seventy-thousand"),
        ("PORT", "70000"),
        ("PROFILE", "staging"),
        ("DEV_ISSUER", "perhaps"),
        ("MONGO_DRIVER", "mongoengine"),
        ("MONGO_DATABASE", "a.b$c"),
        ("OPERATION_TIMEOUTS_MS", "HomeScreen"),
        ("OPERATION_TIMEOUTS_MS", '["HomeScreen"]'),
        ("OPERATION_TIMEOUTS_MS", '{"HomeScreen": 7}'),
        ("OIDC_ISSUERS", "https://login.example"),
        ("OIDC_ISSUERS", '{"issuer": "x"}'),
        ("OIDC_ISSUERS", '[{"issuer": "https://x.example"}]'),
    ],
)
def test_an_unusable_value_names_its_variable_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"STAMKUND_{name}", value)
    with pytest.raises(BadSettings) as refused:
        load_settings()
    assert f"STAMKUND_{name}" in str(refused.value)
    assert value not in str(refused.value)


def test_one_bad_value_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_PORT", "many")
    with pytest.raises(BadSettings) as refused:
        load_settings()
    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["STAMKUND_PORT"]


def test_a_bad_profile_is_not_said_again_by_what_follows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAMKUND_PROFILE", "prod")
    with pytest.raises(BadSettings) as refused:
        load_settings()
    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["STAMKUND_PROFILE"]


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "rs256", ""])
def test_only_asymmetric_algorithms_can_be_configured(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    monkeypatch.setenv("STAMKUND_OIDC_ISSUERS", issuers(alg=algorithm))
    with pytest.raises(BadSettings, match=r"STAMKUND_OIDC_ISSUERS\[0\]\[algorithms\]"):
        load_settings()


def test_a_misspelt_variable_is_named_with_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_PROFIL", "production")
    with pytest.raises(BadSettings, match=r"STAMKUND_PROFIL is .* did you mean STAMKUND_PROFILE"):
        load_settings()


def test_an_unknown_variable_is_pointed_to_the_documentation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STAMKUND_ZZZ_9", "1")
    with pytest.raises(
        BadSettings, match=r"STAMKUND_ZZZ_9 is not a setting: docs/settings\.md names"
    ):
        load_settings()


def test_variables_of_the_tests_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_TEST_MONGO_URL", "mongodb://127.0.0.1")
    assert load_settings().mongo_url is None


def test_the_auth_emulator_is_refused_outside_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    assert load_settings().profile == "development"
    with pytest.raises(UnsafeSettings, match=r"FIREBASE_AUTH_EMULATOR_HOST .* unset it"):
        load_settings(profile="production")


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.7", "", "api.example", "localhost.example", "127.0.0.1.evil"]
)
def test_the_development_issuer_is_refused_on_a_public_bind(host: str) -> None:
    with pytest.raises(UnsafeSettings, match=r"STAMKUND_DEV_ISSUER.*STAMKUND_HOST=127\.0\.0\.1"):
        load_settings(host=host)
    with pytest.raises(UnsafeSettings):
        load_settings(host=host, profile="production", dev_issuer=True)
    assert load_settings(host=host, dev_issuer=False).host == host
    assert load_settings(host=host, profile="production").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_the_development_issuer_is_accepted_on_loopback(host: str) -> None:
    assert load_settings(host=host).dev_issuer is True


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "http://login.example"},
        {"jwks": "http://login.example/jwks.json"},
        {"jwks": "http://127.0.0.1.login.example/jwks.json"},
        {"jwks": "http://localhost@login.example/jwks.json"},
        {"jwks": "file:///etc/passwd"},
        {"jwks": "https:///jwks.json"},
    ],
)
def test_an_issuer_in_the_clear_is_refused(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    monkeypatch.setenv("STAMKUND_OIDC_ISSUERS", issuers(**changed))
    with pytest.raises(UnsafeSettings, match="STAMKUND_OIDC_ISSUERS must be an https:// URL"):
        load_settings()


def test_an_issuer_on_this_machine_may_speak_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_OIDC_ISSUERS", issuers(jwks="http://127.0.0.1:5556/jwks"))
    (issuer,) = load_settings().oidc_issuers
    assert issuer.algorithms == ("RS256",)
    assert issuer.role_claim == "stamkund_roles"


def test_pushes_are_not_sent_in_the_clear() -> None:
    with pytest.raises(UnsafeSettings, match="STAMKUND_PUSH_ENDPOINT"):
        load_settings(push_endpoint="http://fcm.example")


def test_another_authority_is_trusted_on_this_machine_alone(tmp_path: Path) -> None:
    here = load_settings(push_endpoint="https://127.0.0.1:9443", push_ca_file=tmp_path / "ca.pem")
    assert here.push_ca_file == tmp_path / "ca.pem"
    for endpoint in (None, "https://fcm.example", "https://127.0.0.1.example"):
        with pytest.raises(UnsafeSettings, match="STAMKUND_PUSH_CA_FILE"):
            load_settings(push_endpoint=endpoint, push_ca_file=tmp_path / "ca.pem")


def test_an_issuer_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one = issuers()[1:-1]
    monkeypatch.setenv("STAMKUND_OIDC_ISSUERS", f"[{one},{one}]")
    with pytest.raises(UnsafeSettings, match="names an issuer twice"):
        load_settings()


def test_rate_limits_are_off_on_a_laptop_and_on_in_production() -> None:
    names = [name for name in Settings.model_fields if name.startswith("rate_limit_")]
    assert len(names) == 5
    for profile, is_limited in (("development", False), ("production", True)):
        settings = load_settings(profile=profile)
        assert {bool(getattr(settings, name)) for name in names} == {is_limited}


def test_pages_are_listed_with_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().cors_origins == ()
    monkeypatch.setenv("STAMKUND_CORS_ORIGINS", "https://club.example, http://localhost:5173")
    assert load_settings().cors_origins == ("https://club.example", "http://localhost:5173")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://club.example/"),
        ("CORS_ORIGINS", "https://a.example https://b.example"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "*"),
        ("RATE_LIMIT_MEMBER", "-1"),
        ("HTTP_STATUSES", "draft"),
        ("APP_RELEASES", "2.3.0"),
        ("APP_RELEASES", '[{"platform": "SYMBIAN"}]'),
        ("APP_RELEASES", '[{"platform": "IOS", "min_supported_version": "2.x"}]'),
    ],
)
def test_what_would_let_anybody_in_or_nobody_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"STAMKUND_{name}", value)
    with pytest.raises(BadSettings, match=f"STAMKUND_{name}"):
        load_settings()


def test_a_platform_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAMKUND_APP_RELEASES", '[{"platform": "IOS"}, {"platform": "IOS"}]')
    with pytest.raises(UnsafeSettings, match="names a platform twice"):
        load_settings()


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_says_what_it_is_for(name: str) -> None:
    field: Any = Settings.model_fields[name]
    assert field.description
    assert field.description.endswith(".")


def test_the_documentation_of_the_settings_is_fresh() -> None:
    assert settings_table() in PAGE.read_text(encoding="utf-8"), (
        "replace the table in docs/settings.md with the output of "
        "python -c 'from api.settings_page import settings_table; print(settings_table())'"
    )
