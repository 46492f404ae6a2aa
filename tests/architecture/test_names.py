"""The closed list of names: a file is found by what it is, never by being a place for the rest."""

from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, place, python_files

NOUNS = {
    "activities",
    "challenges",
    "feedback",
    "insights",
    "members",
    "offers",
    "plans",
    "program",
    "push",
    "referrals",
    "segments",
    "tiers",
    "wallets",
}
AROUND_THE_NOUNS = {
    "__init__",
    "audit",
    "chores",
    "claims",
    "closing",
    "ending",
    "engine",
    "errors",
    "commands",
    "group_commit",
    "jobs",
    "languages",
    "leases",
    "live",
    "messages",
    "migrations",
    "money",
    "mongo",
    "outbox",
    "privacy",
    "reactions",
    "states",
    "sweeps",
    "turns",
    "values",
    "walks",
}
FILES_OF_A_NOUN = {"__init__", "rules", "service", "store"}
FILES_OF_ONE_NOUN = {"push": {"payloads", "fcm"}, "activities": {"importers"}}
SAY_NOTHING = {
    *("utils", "util", "helpers", "helper", "common", "core", "base", "manager", "managers"),
    *("misc", "stuff", "lib"),
}


def entries(folder: Path) -> set[str]:
    """Name the modules and packages directly in a folder."""
    return {
        path.stem
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }


def says_nothing(path: Path) -> bool:
    words = {word for part in path.with_suffix("").parts for word in part.split("_")}
    return bool(words & SAY_NOTHING)


def test_loyalty_is_the_glossary() -> None:
    assert entries(ROOT / "loyalty") <= NOUNS | AROUND_THE_NOUNS


@pytest.mark.parametrize("noun", sorted(NOUNS & entries(ROOT / "loyalty")))
def test_a_noun_holds_rules_service_store_and_vendors(noun: str) -> None:
    allowed = FILES_OF_A_NOUN | FILES_OF_ONE_NOUN.get(noun, set())
    assert entries(ROOT / "loyalty" / noun) <= allowed


def test_no_name_says_nothing() -> None:
    paths = [path.relative_to(ROOT) for path in python_files()]
    assert paths
    assert [place(ROOT / path) for path in paths if says_nothing(path)] == []


@pytest.mark.parametrize(
    "name", ["api/utils.py", "schema/common/money.py", "tests/mongo_helpers.py"]
)
def test_a_name_that_says_nothing_is_seen(name: str) -> None:
    assert says_nothing(Path(name))
