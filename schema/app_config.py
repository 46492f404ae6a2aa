"""What the app is told of its own versions before anything else; not the program."""

from typing import Annotated

import strawberry

from schema.context import Info, Release
from schema.enums import Platform

AskedPlatform = Annotated[
    Platform | None,
    strawberry.argument(description="What the app runs on; null to go by its name."),
]


@strawberry.type(description="What the app should know of itself, before anything else.")
class AppConfig:
    """Versions and flags."""

    min_supported_version: str | None = strawberry.field(
        description="The least version that is served; null where every one is."
    )
    latest_version: str | None = strawberry.field(
        description="The newest version that can be had; null where it is not told."
    )
    force_upgrade: bool = strawberry.field(
        description="Whether the version that asks is below the least, so that everything else is "
        "answered CLIENT_UPGRADE_REQUIRED. The version is the one of the header "
        "`apollographql-client-version` or `graphql-client-version`."
    )
    feature_flags: list[str] = strawberry.field(description="The features that are on.")


@strawberry.type
class AppConfigQuery:
    """What the app asks first, before anybody has signed in too."""

    @strawberry.field(
        description="What the app should know of itself. Needs no token and no program, and is "
        "answered to versions that are not served any more. Without `platform`, it is the one of "
        "the client that is named in the header `apollographql-client-name` or "
        "`graphql-client-name`."
    )
    def app_config(self, info: Info, platform: AskedPlatform = None) -> AppConfig:
        """Show the release that asks."""
        apps = info.context.apps
        release = apps.release(platform) if apps else Release()
        return AppConfig(
            min_supported_version=release.min_supported_version,
            latest_version=release.latest_version,
            force_upgrade=release.force_upgrade,
            feature_flags=list(release.feature_flags),
        )
