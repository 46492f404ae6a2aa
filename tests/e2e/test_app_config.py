"""What the app asks first, and what becomes of an app that is too old."""

import pytest
from structlog.testing import capture_logs

from tests.e2e.conftest import Person, Serve, Shop

CONFIG = "{ appConfig { minSupportedVersion latestVersion forceUpgrade featureFlags } }"
NEWER = "application/graphql-response+json"
RELEASES = [
    {
        "platform": "IOS",
        "min_supported_version": "2.3.0",
        "latest_version": "2.10.1",
        "feature_flags": ["stamps"],
    },
    {"platform": "ANDROID", "client_names": ["club.android"], "latest_version": "5.0"},
]
IOS = {"minSupportedVersion": "2.3.0", "latestVersion": "2.10.1", "featureFlags": ["stamps"]}


@pytest.fixture(scope="module")
async def shop(serve: Serve) -> Shop:
    """Serve with two releases of the app, and no program at all."""
    return await serve(app_releases=RELEASES)


def app(shop: Shop, name: str, version: str, **more: str) -> Person:
    told = {"apollographql-client-name": name, "apollographql-client-version": version}
    return shop.anyone("app", None, **told, **more)


async def test_an_app_learns_of_its_versions_without_token_and_program(shop: Shop) -> None:
    assert (await app(shop, "club-ios", "2.3.0").ask(CONFIG))["appConfig"] == {
        **IOS,
        "forceUpgrade": False,
    }
    assert (await app(shop, "club.android", "1").ask(CONFIG))["appConfig"] == {
        "minSupportedVersion": None,
        "latestVersion": "5.0",
        "forceUpgrade": False,
        "featureFlags": [],
    }


async def test_whoever_names_the_platform_is_told_of_it(shop: Shop) -> None:
    asked = CONFIG.replace("appConfig", "appConfig(platform: IOS)")
    assert (await shop.anyone().ask(asked))["appConfig"] == {**IOS, "forceUpgrade": False}
    assert (await shop.anyone().ask(CONFIG))["appConfig"]["latestVersion"] is None


async def test_an_app_that_is_too_old_is_told_to_update_and_nothing_else(shop: Shop) -> None:
    old = app(shop, "club-ios", "2.2.9")
    assert (await old.ask(CONFIG))["appConfig"]["forceUpgrade"] is True
    response = await old.post("{ program { id } }")
    (error,) = response.json()["errors"]
    assert (response.status_code, "data" in response.json()) == (200, False)
    assert error["extensions"] == {
        "code": "CLIENT_UPGRADE_REQUIRED",
        "minSupportedVersion": "2.3.0",
    }
    newer = await app(shop, "club-ios", "2.2.9", Accept=NEWER).post("{ program { id } }")
    assert newer.status_code == 400
    mutation = 'mutation { deviceForget(input: {id: "x"}) { forgottenId } }'
    assert await old.codes(mutation) == ["CLIENT_UPGRADE_REQUIRED"]


async def test_an_app_that_is_too_old_may_ask_by_fragments(shop: Shop) -> None:
    old = app(shop, "club-ios", "2.2.9")
    spread = "query { ...A } fragment A on Query { __typename ...B ... on Query { ...B } }"
    config = "fragment B on Query { appConfig { forceUpgrade } }"
    assert (await old.ask(f"{spread} {config}"))["appConfig"]["forceUpgrade"] is True
    more = config.replace("}", "} program { id }", 1)
    assert await old.codes(f"{spread} {more}") == ["CLIENT_UPGRADE_REQUIRED"]


async def test_the_other_headers_count_as_well(shop: Shop) -> None:
    told = {"graphql-client-name": "club-ios", "graphql-client-version": "1.0"}
    old = shop.anyone("app", None, **told)
    assert await old.codes("{ program { id } }") == ["CLIENT_UPGRADE_REQUIRED"]


async def test_the_staff_door_has_no_app(shop: Shop) -> None:
    assert await shop.staff().codes(CONFIG) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_name_and_version_are_logged_and_counted(shop: Shop) -> None:
    member = shop.issuer.member_token(await shop.enrol())
    told = {"apollographql-client-name": "club-ios", "apollographql-client-version": "2.9.0"}
    with capture_logs() as lines:
        await shop.anyone("app", member, **told).post(CONFIG)
        await shop.anyone().post(CONFIG)
    named, nameless = (line for line in lines if line["event"] == "request")
    assert (named["client_name"], named["client_version"]) == ("club-ios", "2.9.0")
    assert "client_name" not in nameless
    rendered = shop.house.metrics.render().decode()
    assert 'stamkund_client_operations_total{client="club-ios",version="2.9.0"} 1.0' in rendered


async def test_who_has_no_token_brings_no_new_name_into_the_metrics(shop: Shop) -> None:
    for n in range(5):
        await app(shop, f"made-up-{n}", "1").post(CONFIG)
    assert "made-up" not in shop.house.metrics.render().decode()
