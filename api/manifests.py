"""Manifests of registered operations, in the forms that generators of clients write; runs nothing.

* Apollo: `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [...]}`
* Relay and GraphQL Code Generator: `{"<id>": "<text>"}`
* Apollo's older ones: `{"<id>": {"name": "<name>", "source": "<text>"}}`
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.graphql_requests import HASHED

MANIFEST = "persisted-query-manifest.json"
FORMAT = "apollo-persisted-query-manifest"
VERSION = 1

_OPERATION = re.compile(r"^(query|mutation|subscription)\s+(\w+)", re.MULTILINE)


class BadManifest(Exception):
    """Say which file is no manifest that can be used, and why."""


@dataclass(frozen=True, slots=True)
class Registered:
    """An operation that apps ask for by an id, or by the hash of its text; and where it is from."""

    id: str
    text: str
    file: Path

    @property
    def names(self) -> tuple[str, str]:
        """Give every id by which it can be asked for."""
        return self.id, sha256_of(self.text)


def sha256_of(text: str) -> str:
    """Give the id that the text of a document has by itself."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def read_folder(folder: Path) -> list[Registered]:
    """Read every `.json` of a folder. Raises BadManifest."""
    if not folder.is_dir():
        raise BadManifest(f"there is no directory {folder}")
    return [each for path in sorted(folder.glob("*.json")) for each in read_manifest(path)]


def read_manifest(path: Path) -> list[Registered]:
    """Read one manifest, in whichever form. Raises BadManifest."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        pairs = _of_apollo(manifest) if "format" in manifest else _by_id(manifest)
        return [Registered(_text(i).removeprefix(HASHED), _text(t), path) for i, t in pairs]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise BadManifest(f"{path} is no manifest of operations that is known here") from None


def _of_apollo(manifest: Any) -> list[tuple[Any, Any]]:
    if (manifest["format"], manifest["version"]) != (FORMAT, VERSION):
        raise ValueError("another format, or another version of it")
    return [(each["id"], each["body"]) for each in manifest["operations"]]


def _by_id(manifest: Any) -> list[tuple[Any, Any]]:
    return [(i, it["source"] if isinstance(it, dict) else it) for i, it in manifest.items()]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a text is needed")
    return value


def merged(operations: Iterable[Registered]) -> list[Registered]:
    """Leave out repetitions. Raises BadManifest where an id stands for two operations."""
    found: dict[str, Registered] = {}
    for each in operations:
        first = found.setdefault(each.id, each)
        if first.text != each.text:
            raise BadManifest(f"{each.file}: {first.file} has another operation {each.id}")
    return list(found.values())


def write_manifest(texts: Iterable[str]) -> str:
    """Write documents of one operation each as Apollo's manifest, by name, oldest first."""
    operations = [_described(text) for text in dict.fromkeys(texts)]
    operations.sort(key=lambda operation: operation["name"])
    manifest = {"format": FORMAT, "version": VERSION, "operations": operations}
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def _described(text: str) -> dict[str, str]:
    """Describe an operation as far as it can be read: whether it is valid is for others to say."""
    found = _OPERATION.search(text)
    kind, name = found.groups() if found else ("query", "")
    return {"id": sha256_of(text), "name": name, "type": kind, "body": text}
