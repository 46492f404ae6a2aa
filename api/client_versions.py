"""Which versions of the app may ask, and what the app is told of itself; reads no header.

The operator's settings say it, not the program: it holds without a database and before a program.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from api.settings import AppRelease
from api.visitors import Client
from schema.context import Release

ALWAYS_ANSWERED = frozenset({"appConfig", "__typename"})

_NUMBERS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,3})(?![\w.])", re.ASCII)


class ClientTooOld(GraphQLError):
    """Say that the app has to be updated first."""

    def __init__(self, minimum: str) -> None:
        super().__init__(
            f"This version of the app is not served any more: update to {minimum} or later.",
            extensions={"code": "CLIENT_UPGRADE_REQUIRED", "minSupportedVersion": minimum},
        )


def numbers(version: str) -> tuple[int, ...] | None:
    """Read `2.10.1`, or `2.10.1-beta+7` as the same; None for what is no version."""
    match = _NUMBERS.match(version)
    if match is None:
        return None
    parts = [int(part) for part in match[1].split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Releases:
    """What is out there of the app, by platform."""

    known: Sequence[AppRelease]

    def of(self, client: Client) -> AppRelease | None:
        """Find the release that a client is one of: by its name, or by the last word of it."""
        for release in self.known:
            if client.name in release.client_names:
                return release
        last = re.split(r"[^a-z]", client.name.lower())[-1]
        unnamed = (r for r in self.known if not r.client_names)
        return next((r for r in unnamed if r.platform.lower() == last), None)

    def check(
        self, client: Client, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        """Raise ClientTooOld, unless nothing is asked but what tells the app to be updated."""
        release = self.of(client)
        if release is None or not _is_too_old(client, release):
            return
        if not _root_fields(document, operation) <= ALWAYS_ANSWERED:
            raise ClientTooOld(release.min_supported_version or "")


@dataclass(frozen=True, slots=True)
class AppOfClient:
    """Tell one client what it should know of its own version."""

    releases: Releases
    client: Client

    def release(self, platform: str | None) -> Release:
        """Describe the release for a platform, or, without one, for the client that asks."""
        named = (r for r in self.releases.known if r.platform == platform)
        found = next(named, None) if platform else self.releases.of(self.client)
        if found is None:
            return Release()
        return Release(
            found.min_supported_version,
            found.latest_version,
            _is_too_old(self.client, found),
            found.feature_flags,
        )


def _is_too_old(client: Client, release: AppRelease) -> bool:
    """Tell whether a version is below the least; one that cannot be read is not."""
    version, least = numbers(client.version), numbers(release.min_supported_version or "")
    return version is not None and least is not None and version < least


def _root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> set[str]:
    """Name the fields an operation begins with, those in fragments too, each of them read once."""
    unread = {
        definition.name.value: definition.selection_set
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    names, waiting = set(), [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                names.add(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value in unread:
                waiting.append(unread.pop(node.name.value))
    return names
