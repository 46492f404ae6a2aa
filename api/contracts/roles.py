"""The page of who may do what at the staff door, written from the rights of its fields."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.integration_keys import SCOPES
from api.persisted import CONTRACTS
from schema import staff_schema
from schema.fetching import OF_STAFF
from schema.permissions import READ_MEMBERS, Needs, Right, Role

PAGE = CONTRACTS.parent / "docs" / "roles.md"
ROLES = (Role.MARKETING, Role.SUPPORT, Role.ADMIN)
KINDS = {
    "cmp": "campaigns and their deliveries",
    "seg": "segments",
    "adj": "corrections",
    "sub": "submissions",
    "ver": "versions of the program",
    "sup": "supplies of offers",
}

_TOP = """# Who may do what at the staff door

Written by `stamkund contracts` from the rights in `schema/`; a test calls every field with every
role and every scope, and compares.

People sign in with roles (`MARKETING`, `SUPPORT`, `ADMIN`; one may have several), the shop's
systems with a key that has scopes (`stamkund token --integration <name> --scopes <scopes>`). One of
what is named is enough; anything else is answered `FORBIDDEN`. What a mutation shows of a member is
shown to those who may read members (`member`), whatever it changed.
"""
_SECTIONS = (
    ("Questions", staff_schema.query),
    ("Deeds", staff_schema.mutation),
    ("Live", staff_schema.subscription),
)


def text() -> str:
    """Write the page."""
    parts = [_TOP]
    for title, root in _SECTIONS:
        if root is not None:
            parts.append(f"## {title}\n\n" + "\n".join(_table(root)) + "\n")
    parts.append("## Scopes of keys\n\n" + "\n".join(_scopes()) + "\n")
    parts.append("## What `node` and `nodes` find\n\n" + "\n".join(_nodes()) + "\n")
    return "\n".join(parts)


def export(page: Path = PAGE) -> list[Path]:
    """Write the page where the documentation is there and it is stale; return it if so."""
    if not page.parent.is_dir() or (page.is_file() and page.read_text("utf-8") == text()):
        return []
    page.write_text(text(), encoding="utf-8")
    return [page]


def rights_of(root: Any) -> dict[str, tuple[Right, ...] | None]:
    """Give the rights that open each field of a root, by its name; None where any token does."""
    definition, named = root.__strawberry_definition__, staff_schema.config.name_converter
    return {
        named.get_graphql_name(field): next(
            (each.rights for each in field.extensions if isinstance(each, Needs)), None
        )
        for field in definition.fields
    }


def _row(rights: tuple[Right, ...] | None) -> str:
    """Write who may: a cell for each role, and the scopes."""
    if rights is None:
        return " | ".join(["yes"] * len(ROLES) + ["any"])
    roles = {Role.ADMIN, *(role for right in rights for role in right.roles)}
    scopes = dict.fromkeys(f"`{right.scope}`" for right in rights if right.scope)
    return " | ".join([*("yes" if r in roles else "" for r in ROLES), ", ".join(scopes)])


def _table(root: Any) -> Iterator[str]:
    yield "| field | " + " | ".join(f"`{role}`" for role in ROLES) + " | a key with |"
    yield "| --- |" + " --- |" * (len(ROLES) + 1)
    for name, rights in rights_of(root).items():
        yield f"| `{name}` | {_row(rights)} |"


def _scopes() -> Iterator[str]:
    roots = [root for _, root in _SECTIONS if root is not None]
    fields = {name: rights for root in roots for name, rights in rights_of(root).items()}
    yield "| scope | fields |"
    yield "| --- | --- |"
    for scope in sorted(SCOPES):
        opened = [
            f"`{name}`"
            for name, rights in fields.items()
            if rights and scope in {right.scope for right in rights}
        ]
        yield f"| `{scope}` | {', '.join(opened)} |"


def _nodes() -> Iterator[str]:
    yield "Each kind for those who may ask for it elsewhere; everything else is null.\n"
    yield "| what | " + " | ".join(f"`{role}`" for role in ROLES) + " | a key with |"
    yield "| --- |" + " --- |" * (len(ROLES) + 1)
    yield f"| members, and what they have | {_row((READ_MEMBERS,))} |"
    for kind, (right, _) in OF_STAFF.items():
        yield f"| {KINDS[kind]} | {_row((right,))} |"
