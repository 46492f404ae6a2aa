"""Manifests of registered operations: each form that generators write, and what is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.manifests import (
    BadManifest,
    Registered,
    merged,
    read_folder,
    read_manifest,
    sha256_of,
    write_manifest,
)

HOME = "# Home.\nquery Home {\n  me {\n    id\n  }\n}\n"
JOIN = "mutation Join($input: X!) { join(input: $input) { id } }"


def write(path: Path, manifest: Any) -> Path:
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "manifest",
    [
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "7", "name": "Home", "type": "query", "body": HOME}],
        },
        {"7": HOME},
        {"sha256:7": HOME},
        {"7": {"name": "Home", "source": HOME}},
    ],
    ids=["apollo", "relay and graphql-codegen", "prefixed", "apollo's older"],
)
def test_each_form_is_read(tmp_path: Path, manifest: Any) -> None:
    path = write(tmp_path / "a.json", manifest)
    assert read_manifest(path) == [Registered("7", HOME, path)]


@pytest.mark.parametrize(
    "manifest",
    [
        [],
        7,
        "text",
        {"7": 7},
        {"7": ""},
        {"7": {"name": "Home"}},
        {"format": "another", "version": 1, "operations": []},
        {"format": "apollo-persisted-query-manifest", "version": 2, "operations": []},
        {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "7"}]},
    ],
)
def test_what_is_no_manifest_is_told_by_its_file(tmp_path: Path, manifest: Any) -> None:
    path = write(tmp_path / "a.json", manifest)
    with pytest.raises(BadManifest, match=r"a\.json"):
        read_manifest(path)


def test_every_file_of_a_folder_counts_and_an_id_stands_for_one_operation(tmp_path: Path) -> None:
    write(tmp_path / "ios-1.json", {"7": HOME})
    write(tmp_path / "ios-2.json", {"7": HOME, "8": JOIN})
    assert [each.id for each in merged(read_folder(tmp_path))] == ["7", "8"]
    write(tmp_path / "web.json", {"7": JOIN})
    with pytest.raises(BadManifest, match=r"web\.json: .*ios-1\.json has another operation 7"):
        merged(read_folder(tmp_path))
    with pytest.raises(BadManifest, match="no directory"):
        read_folder(tmp_path / "nowhere")


def test_what_is_written_can_be_read_and_names_each_text_by_its_hash(tmp_path: Path) -> None:
    older = HOME.replace("id", "id status")
    text = write_manifest([JOIN, older, HOME, HOME])
    operations = json.loads(text)["operations"]
    assert [(each["name"], each["type"]) for each in operations] == [
        ("Home", "query"),
        ("Home", "query"),
        ("Join", "mutation"),
    ]
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    found = read_manifest(tmp_path / "a.json")
    assert [each.text for each in found] == [older, HOME, JOIN]
    assert all(each.id == sha256_of(each.text) for each in found)
