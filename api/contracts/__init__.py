"""The files of `mobile_contracts`: written from the code, held to it, and kept as released."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.error import GraphQLError

from api.contracts.evolution import broken_promises, careless_deprecations, hasty_deprecations
from api.manifests import MANIFEST, read_manifest, write_manifest
from api.persisted import CONTRACTS
from loyalty.push import contract_files
from schema import app_schema

FOLDER = CONTRACTS
SCHEMA = "schema.graphql"
CHANGELOG = "CHANGELOG.md"
SUMS = "released/SHA256SUMS"
UNRELEASED = "## Unreleased\n"

_RELEASED = re.compile(r"^## (\d+\.\d+\.\d+)\b", re.MULTILINE)
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class NotReleased(Exception):
    """Say why a contract cannot be released."""


def texts(folder: Path) -> dict[str, str]:
    """Give the generated files by their path in the folder."""
    payloads = {f"push/{name}": text for name, text in contract_files().items()}
    manifest = write_manifest(_operations(folder))
    return {SCHEMA: app_schema.as_str() + "\n", MANIFEST: manifest, **payloads}


def export(folder: Path) -> list[Path]:
    """Write every generated file; return those that changed."""
    changed = []
    for name, text in texts(folder).items():
        path = folder / name
        if _text_of(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def check(folder: Path, today: date) -> list[str]:
    """List what is stale, operations ever shipped that do not fit, and promises that are broken."""
    stale = [
        f"stale: {folder / name}: run `stamkund contracts export`, and look at what changed"
        for name, text in texts(folder).items()
        if _text_of(folder / name) != text
    ]
    graph = _graph_of(app_schema.as_str())
    changelog = _text_of(folder / CHANGELOG) or ""
    promises = careless_deprecations(graph, changelog)
    last = _last_released(folder)
    if last is not None:
        announced = changelog.partition(UNRELEASED)[2].partition("\n## ")[0]
        promises = broken_promises(last, graph, announced, today) + promises
    return [*stale, *_forgotten(folder, changelog), *_unfit(folder, graph), *promises]


def released(folder: Path) -> list[Path]:
    """List the contracts that were released, oldest first, each a folder named as its version."""
    found = [path for path in (folder / "released").glob("*") if _VERSION.fullmatch(path.name)]
    return sorted(found, key=lambda path: _numbers(path.name))


def release(folder: Path, version: str, today: date) -> Path:
    """Keep the contract as it is now, for ever, and say so in the change log.

    Raises NotReleased.
    """
    before = [path.name for path in released(folder)]
    if not _VERSION.fullmatch(version):
        raise NotReleased(f"{version} is no version such as 1.2.3")
    if before and _numbers(version) <= _numbers(before[-1]):
        raise NotReleased(f"{version} is not newer than {before[-1]}, which is released")
    graph = _graph_of(app_schema.as_str())
    hasty = hasty_deprecations(_last_released(folder), graph, today)
    if problems := check(folder, today) + hasty:
        raise NotReleased("\n".join(problems))
    changelog = _text_of(folder / CHANGELOG) or ""
    if UNRELEASED not in changelog:
        raise NotReleased(f"{folder / CHANGELOG} has no `{UNRELEASED.strip()}`")
    target = folder / "released" / version
    target.mkdir(parents=True)
    for name in (SCHEMA, MANIFEST):
        (target / name).write_bytes((folder / name).read_bytes())
    with (folder / SUMS).open("a", encoding="utf-8") as sums:
        sums.writelines(f"{line}\n" for line in _sums(target))
    dated = changelog.replace(UNRELEASED, f"{UNRELEASED}\n## {version}, {today}\n", 1)
    (folder / CHANGELOG).write_text(dated, encoding="utf-8")
    return target


def _last_released(folder: Path) -> GraphQLSchema | None:
    releases = released(folder)
    return _graph_of((releases[-1] / SCHEMA).read_text(encoding="utf-8")) if releases else None


@lru_cache(maxsize=2)  # that of today and that of the last release
def _graph_of(sdl: str) -> GraphQLSchema:
    return build_schema(sdl)


def _operations(folder: Path) -> Iterator[str]:
    """Give every operation that was ever released, and those of today."""
    for path in released(folder):
        yield from (each.text for each in read_manifest(path / MANIFEST))
    for path in sorted((folder / "operations").glob("*.graphql")):
        yield path.read_text(encoding="utf-8")


def _forgotten(folder: Path, changelog: str) -> Iterator[str]:
    """Tell which releases are not kept as they were."""
    kept = {path.name: path for path in released(folder)}
    for version in _RELEASED.findall(changelog):
        if version not in kept:
            yield f"forgotten: {folder / 'released' / version}: the change log says it was released"
    known = (_text_of(folder / SUMS) or "").splitlines()
    for path in kept.values():
        for line in _sums(path):
            if line not in known:
                yield f"forgotten: {path}: not what was released, by {SUMS}: {line}"


def _sums(release: Path) -> list[str]:
    """Tell by their hashes what the files of a release are, as `sha256sum` does."""
    files = {name: (release / name).read_bytes() for name in (SCHEMA, MANIFEST)}
    return [
        f"{hashlib.sha256(text).hexdigest()}  {release.name}/{name}" for name, text in files.items()
    ]


def _unfit(folder: Path, graph: GraphQLSchema) -> Iterator[str]:
    """Tell which of them the schema of today refuses."""
    for text in dict.fromkeys(_operations(folder)):
        try:
            problems = validate(graph, parse(text))
        except GraphQLError as error:
            problems = [error]
        for problem in problems:
            title = text.partition("{")[0].strip().rpartition("\n")[2]
            yield f"unfit: {title}: {problem.message}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
