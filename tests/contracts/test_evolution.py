"""The contract from release to release: what was promised stays, and apps are told of the rest.

Each test changes a copy of the real contract, as if a release had had more, or other things.
"""

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema

from api import contracts
from api.contracts.evolution import broken_promises, careless_deprecations, hasty_deprecations
from api.manifests import MANIFEST, read_manifest, write_manifest

TODAY = date(2026, 6, 1)
DEPRECATED = '@deprecated(reason: "use status; removed {day}")'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the contract in which nothing was released yet."""
    copy = tmp_path / "mobile_contracts"
    shutil.copytree(contracts.FOLDER, copy, ignore=shutil.ignore_patterns("released"))
    changelog = copy / contracts.CHANGELOG
    told = re.sub(r"^## \d.*\n", "", changelog.read_text(encoding="utf-8"), flags=re.MULTILINE)
    changelog.write_text(told, encoding="utf-8")
    contracts.export(copy)  # without the operations that releases shipped
    return copy


@pytest.fixture
def released(folder: Path) -> Callable[[Callable[[str], str]], list[str]]:
    """Release the contract as it would have been with another schema; list what is broken since."""

    def with_schema(change: Callable[[str], str]) -> list[str]:
        schema = contracts.release(folder, "1.0.0", TODAY) / contracts.SCHEMA
        before = schema.read_text(encoding="utf-8")
        after = change(before)
        assert after != before
        schema.write_text(after, encoding="utf-8")
        keep_sum(folder, before, after)
        return contracts.check(folder, TODAY)

    return with_schema


def keep_sum(folder: Path, before: str, after: str) -> None:
    """Write down a file as released that is not the one that was."""
    sums = folder / contracts.SUMS
    old, new = (hashlib.sha256(text.encode()).hexdigest() for text in (before, after))
    sums.write_text(sums.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def replace(old: str, new: str) -> Callable[[str], str]:
    return lambda schema: schema.replace(old, new, 1)


BREAKING = {
    "FIELD_REMOVED: Field Device.nickname": replace(
        "type Device implements Node {\n", "type Device implements Node {\n  nickname: String\n"
    ),
    "TYPE_REMOVED: Gone": lambda schema: schema + "\ntype Gone { id: ID! }\n",
    "FIELD_CHANGED_KIND: Field Query.program": replace("  program: Program\n", "  program: [ID]\n"),
    "VALUE_REMOVED_FROM_ENUM: Enum value Platform.WATCH": replace(
        "enum Platform {\n", "enum Platform {\n  WATCH\n"
    ),
    "REQUIRED_INPUT_FIELD_ADDED: A required field DeviceForgetInput.id": replace(
        "input DeviceForgetInput {\n", "input DeviceForgetInput {\n  other: ID\n}\ninput Unused {\n"
    ),
    "ARG_REMOVED: Argument Query.node(kind:)": replace("  node(\n", "  node(\n    kind: ID\n"),
}


@pytest.mark.parametrize(("broken", "change"), BREAKING.items(), ids=BREAKING)
def test_a_breaking_change_is_named(
    released: Callable[[Callable[[str], str]], list[str]],
    broken: str,
    change: Callable[[str], str],
) -> None:
    assert any(each.startswith(f"breaking: {broken}") for each in released(change))


def test_what_may_surprise_an_app_has_to_be_announced(
    released: Callable[[Callable[[str], str]], list[str]], folder: Path
) -> None:
    found = released(lambda schema: re.sub(r'  """[^"]*"""\n  ANDROID\n', "", schema))
    (dangerous,) = [each for each in found if each.startswith("dangerous: VALUE_ADDED_TO_ENUM")]
    assert "`Platform.ANDROID`" in dangerous
    path = folder / contracts.CHANGELOG
    changelog = path.read_text(encoding="utf-8")
    told = contracts.UNRELEASED + "\n* `Platform.ANDROID`, for phones of others.\n"
    path.write_text(changelog.replace(contracts.UNRELEASED, told, 1), encoding="utf-8")
    assert contracts.check(folder, TODAY) == []
    old_news = changelog + "\n* `Platform.ANDROID`, for phones of others.\n"
    path.write_text(old_news, encoding="utf-8")
    assert contracts.check(folder, TODAY) != []


def test_an_operation_that_ever_shipped_stays_and_has_to_fit(folder: Path) -> None:
    operation = folder / "operations" / "MemberCode.graphql"
    shipped = operation.read_text(encoding="utf-8")
    contracts.release(folder, "1.0.0", TODAY)
    operation.write_text(shipped.replace("      text\n", ""), encoding="utf-8")
    contracts.export(folder)
    assert contracts.check(folder, TODAY) == []
    manifest = folder / MANIFEST
    bodies = [each.text for each in read_manifest(manifest)]
    assert shipped in bodies
    assert operation.read_text(encoding="utf-8") in bodies
    kept = folder / "released" / "1.0.0" / MANIFEST
    no_more = [each.text.replace("refreshAfter", "refreshNever") for each in read_manifest(kept)]
    keep_sum(folder, kept.read_text(encoding="utf-8"), write_manifest(no_more))
    kept.write_text(write_manifest(no_more), encoding="utf-8")
    contracts.export(folder)
    (unfit,) = contracts.check(folder, TODAY)
    assert unfit.startswith("unfit: ")
    assert "refreshNever" in unfit


def test_what_was_released_is_neither_edited_nor_lost(folder: Path) -> None:
    release = contracts.release(folder, "1.0.0", TODAY)
    kept = release / MANIFEST
    whole = kept.read_text(encoding="utf-8")
    kept.write_text(whole.replace("refreshAfter", "expiresAt"), encoding="utf-8")
    contracts.export(folder)
    (edited,) = contracts.check(folder, TODAY)
    assert edited.startswith("forgotten: ")
    kept.write_text(whole, encoding="utf-8")
    contracts.export(folder)
    assert contracts.check(folder, TODAY) == []
    kept.write_text(write_manifest(e.text for e in read_manifest(kept)[1:]), encoding="utf-8")
    contracts.export(folder)
    (shorter,) = contracts.check(folder, TODAY)
    assert shorter.startswith("forgotten: ")
    kept.write_text(whole, encoding="utf-8")
    schema = release / contracts.SCHEMA
    schema.write_text(schema.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (other,) = contracts.check(folder, TODAY)
    assert other.startswith("forgotten: ")
    shutil.rmtree(release)
    contracts.export(folder)
    (lost,) = contracts.check(folder, TODAY)
    assert lost.startswith(f"forgotten: {release}")


def test_a_file_that_cannot_be_read_is_told_of(folder: Path) -> None:
    (folder / "operations" / "Bad.graphql").write_text("query Bad { me {", encoding="utf-8")
    contracts.export(folder)
    (unfit,) = contracts.check(folder, TODAY)
    assert unfit.startswith("unfit: query Bad: Syntax Error")


def test_releases_are_kept_in_order_and_said_in_the_change_log(folder: Path) -> None:
    for version in ("0.9.0", "0.10.0"):
        kept = contracts.release(folder, version, TODAY)
        assert {path.name for path in kept.iterdir()} == {contracts.SCHEMA, MANIFEST}
    assert [path.name for path in contracts.released(folder)] == ["0.9.0", "0.10.0"]
    changelog = (folder / contracts.CHANGELOG).read_text(encoding="utf-8")
    headings = [line for line in changelog.splitlines() if line.startswith("## ")]
    assert headings[:3] == ["## Unreleased", "## 0.10.0, 2026-06-01", "## 0.9.0, 2026-06-01"]
    for version, said in (("0.9.1", "not newer"), ("0.10.0", "not newer"), ("next", "no version")):
        with pytest.raises(contracts.NotReleased, match=said):
            contracts.release(folder, version, TODAY)
    (folder / contracts.SCHEMA).write_text("type Query { a: ID }\n", encoding="utf-8")
    with pytest.raises(contracts.NotReleased, match="stale: "):
        contracts.release(folder, "1.0.0", TODAY)
    assert not (folder / "released" / "1.0.0").exists()


PLACES = {
    "A.name": "type Query {{ a: A }} type A {{ id: ID name: ID {0} }}",
    "A.b(c:)": "type Query {{ a: A }} type A {{ id: ID b(c: ID {0}): ID }}",
    "E.X": "type Query {{ a: E }} enum E {{ X {0} Y }}",
    "I.x": "type Query {{ a(i: I): ID }} input I {{ x: ID {0} y: ID }}",
}


@pytest.mark.parametrize(("place", "sdl"), PLACES.items(), ids=PLACES)
def test_what_was_deprecated_may_go_once_its_day_has_come(place: str, sdl: str) -> None:
    marked = DEPRECATED.format(day="2026-06-01")
    old = build_schema(sdl.format(marked))
    texts = {"A.name": "name: ID", "A.b(c:)": "(c: ID )", "E.X": "X ", "I.x": "x: ID"}
    new = build_schema(sdl.format("").replace(texts[place], "", 1))
    assert broken_promises(old, new, "", date(2026, 6, 1)) == []
    (broken,) = broken_promises(old, new, "", date(2026, 5, 31))
    assert place in broken
    undated = build_schema(sdl.format('@deprecated(reason: "use status")'))
    assert broken_promises(undated, new, "", date(2030, 1, 1)) != []


RETIRED = """
type Query {{ b: Kept n: Node }} interface Node {{ id: ID }} type Kept {{ e: E }} enum E {{ X }}
type Mutation {{ b: ID a(input: AInput!): A {0} }}
input AInput {{ part: Part }} input Part {{ x: Float }}
type A {{ kept: Kept one: One }} union One = Two type Two {{ a: A }}
type Thing implements Node {{ id: ID }}
"""


def test_types_go_with_what_alone_led_to_them() -> None:
    old = build_schema(RETIRED.format(DEPRECATED.format(day="2026-06-01")))
    kept = (
        RETIRED[: RETIRED.index("input AInput")].format("")
        + "type Thing implements Node { id: ID }"
    )
    new = build_schema(kept.replace("a(input: AInput!): A", ""))
    assert broken_promises(old, new, "", date(2026, 6, 1)) == []
    assert len(broken_promises(old, new, "", date(2026, 5, 31))) == 7
    less = kept.replace("a(input: AInput!): A", "").replace(
        "type Thing implements Node { id: ID }", ""
    )
    (thing,) = broken_promises(old, build_schema(less), "", date(2026, 6, 1))
    assert thing.startswith("breaking: TYPE_REMOVED: Thing")
    unasked = RETIRED.replace("e: E", "e: E a: A")
    still = build_schema(unasked.format(DEPRECATED.format(day="2026-06-01")))
    found = broken_promises(still, new, "", date(2026, 6, 1))
    assert any(each.startswith("breaking: TYPE_REMOVED: Two ") for each in found)
    assert not any("AInput" in each for each in found)


@pytest.mark.parametrize(("place", "sdl"), PLACES.items(), ids=PLACES)
def test_a_deprecation_says_its_day_and_the_change_log_too(place: str, sdl: str) -> None:
    graph = build_schema(sdl.format(DEPRECATED.format(day="2027-06-01")))
    told = f"## Unreleased\n\n* `{place}` goes on 2027-06-01.\n"
    assert careless_deprecations(graph, told) == []
    for changelog in ("", told.replace("2027", "2028"), f"* `{place}`\n* 2027-06-01\n"):
        (careless,) = careless_deprecations(graph, changelog)
        assert place in careless
    for reason in ("use status", "removed 2027-13-01", "removed soon"):
        wrong = build_schema(sdl.format(f'@deprecated(reason: "{reason}")'))
        (careless,) = careless_deprecations(wrong, told)
        assert "removed YYYY-MM-DD" in careless


def test_what_is_deprecated_has_a_year_to_live() -> None:
    sdl = PLACES["A.name"]
    plain = build_schema(sdl.format(""))
    soon = build_schema(sdl.format(DEPRECATED.format(day="2027-05-31")))
    later = build_schema(sdl.format(DEPRECATED.format(day="2027-06-01")))
    assert hasty_deprecations(plain, later, TODAY) == []
    (hasty,) = hasty_deprecations(plain, soon, TODAY)
    assert "A.name" in hasty
    assert hasty_deprecations(None, soon, TODAY) == [hasty]
    assert hasty_deprecations(soon, soon, TODAY) == []
    assert hasty_deprecations(soon, later, TODAY) == []
    (earlier,) = hasty_deprecations(later, soon, date(2026, 5, 1))
    assert "2027-06-01 at least, not 2027-05-31" in earlier
