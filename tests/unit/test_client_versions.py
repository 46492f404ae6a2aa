"""Which version of the app is too old, which release a client is one of, what it is told."""

import pytest
from graphql import OperationDefinitionNode, parse

from api.client_versions import AppOfClient, ClientTooOld, Releases, numbers
from api.settings import AppRelease
from api.visitors import Client, client_of
from schema.context import Release

IOS = AppRelease(
    platform="IOS",
    min_supported_version="2.3",
    latest_version="2.10.0",
    feature_flags=("stamps", "gifts"),
)
WEB = AppRelease(platform="WEB", client_names=("club-pages",), min_supported_version="7")
RELEASES = Releases((IOS, WEB))


def is_served(client: Client, source: str = "{ me { id } }") -> bool:
    document = parse(source)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    try:
        RELEASES.check(client, document, operation)
    except ClientTooOld:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2.3.1", (2, 3, 1)),
        ("2.3.0", (2, 3)),
        ("2", (2,)),
        ("0.0", ()),
        ("v2.3", (2, 3)),
        ("2.3.1-beta.4", (2, 3, 1)),
        ("2.3.1 (4711)", (2, 3, 1)),
        ("1.2.3.4", (1, 2, 3, 4)),
        ("1.2.3.4.5", None),
        ("2.3b", None),
        ("", None),
        ("dev", None),
        ("9" * 30, None),
        ("٢.٣", None),
    ],
)
def test_a_version_is_read_by_its_numbers(text: str, read: tuple[int, ...] | None) -> None:
    assert numbers(text) == read


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("com.shop.club-apollo-ios", IOS),
        ("Club iOS", IOS),
        ("club-pages", WEB),
        ("club-web", None),  # WEB has names of its own
        ("club-android", None),
        ("helios", None),
        ("ios-tester", None),
        ("", None),
    ],
)
def test_a_client_is_of_the_release_that_it_names(name: str, release: AppRelease | None) -> None:
    assert RELEASES.of(Client(name, "1.0")) is release


@pytest.mark.parametrize(
    ("version", "served"),
    [("2.2.9", False), ("2.3", True), ("2.3.0", True), ("2.10", True), ("1", False)],
)
def test_a_version_below_the_least_is_not_served(version: str, served: bool) -> None:
    assert is_served(Client("club-ios", version)) is served


@pytest.mark.parametrize(
    "client",
    [Client(), Client("club-ios"), Client("club-ios", "dev"), Client("", "1.0"), Client("x", "0")],
)
def test_who_does_not_tell_its_version_is_served(client: Client) -> None:
    assert is_served(client)


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("{ appConfig { forceUpgrade } }", True),
        ("query Start { __typename it: appConfig { forceUpgrade } }", True),
        ("{ appConfig { forceUpgrade } me { id } }", False),
        ("{ ...F } fragment F on Query { me { id } }", False),
        ("mutation { appConfig }", True),  # there is none: validation has said so before
    ],
)
def test_an_app_that_is_too_old_may_ask_whether_it_is(source: str, served: bool) -> None:
    assert is_served(Client("club-ios", "1.0"), source) is served


def test_an_app_is_told_of_its_own_platform_or_of_the_one_it_names() -> None:
    old = AppOfClient(RELEASES, Client("club-ios", "2.2"))
    assert old.release(None) == Release("2.3", "2.10.0", True, ("stamps", "gifts"))
    assert old.release("WEB") == Release("7", None, True, ())
    assert old.release("ANDROID") == Release()
    nameless = AppOfClient(RELEASES, Client("", "2.3"))
    assert nameless.release(None) == Release()
    assert nameless.release("IOS") == Release("2.3", "2.10.0", False, ("stamps", "gifts"))


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({}, Client()),
        (
            {"apollographql-client-name": "club", "apollographql-client-version": "1"},
            Client("club", "1"),
        ),
        ({"graphql-client-name": "club", "graphql-client-version": "2"}, Client("club", "2")),
        ({"apollographql-client-name": "a", "graphql-client-name": "b"}, Client("a", "")),
        ({"apollographql-client-name": "x" * 65}, Client()),
        ({"apollographql-client-name": "na\nme", "graphql-client-version": '"}'}, Client()),
    ],
)
def test_a_client_is_what_its_headers_say(headers: dict[str, str], client: Client) -> None:
    assert client_of(headers) == client
