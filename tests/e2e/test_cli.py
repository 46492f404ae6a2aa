"""The command line as a person meets it: help, messages that say what to do, and exit codes."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests.processes import PROGRAMS, stamkund

POINTS = PROGRAMS / "points.yaml"
VERBS = [
    ("serve",),
    ("worker",),
    ("demo",),
    ("program", "validate"),
    ("program", "publish"),
    ("program", "show"),
    ("segment", "preview"),
    ("segment", "explain"),
    ("campaign", "list"),
    ("campaign", "show"),
    ("campaign", "preview"),
    ("campaign", "send"),
    ("campaign", "watch"),
    ("import", "purchases"),
    ("jobs", "list"),
    ("jobs", "show"),
    ("jobs", "retry"),
    ("jobs", "give-up"),
    ("token",),
    ("verify",),
    ("contracts",),
    ("contracts", "export"),
    ("contracts", "check"),
    ("contracts", "release"),
]
HISTORY = [
    " 00001 19970101  1   11.77",
    " 00002 19970112  1   12.00",
    " 00002 19970112  5   77.00",
    " 00003 19970102  2   20.76",
    " 00003 19970102  2   20.76",
    " 00003 19970230  2   20.76",
    " 00004 nonsense",
]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One directory for the commands of this file: the embedded server starts in each."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def place(mongo_url: str, database_name: str, tmp_path: Path) -> dict[str, str]:
    """Settings that name a database which runs: quicker than one that each command starts."""
    return {
        "STAMKUND_MONGO_URL": mongo_url,
        "STAMKUND_MONGO_DATABASE": database_name,
        "STAMKUND_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "cdnow.txt"
    path.write_text("\n".join(HISTORY), encoding="utf-8")
    return path


def here(*arguments: str | Path) -> Result:
    """Run a command that needs nothing of its surroundings, without a process for it."""
    words = [str(each) for each in arguments]
    return CliRunner().invoke(app, words, prog_name="stamkund", terminal_width=200)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_with_an_example(verb: tuple[str, ...]) -> None:
    done = here(*verb, "--help")
    assert done.exit_code == 0
    assert "Example:" in done.stdout
    assert f"stamkund {' '.join(verb)}" in done.stdout


def test_the_help_of_the_program_lists_every_verb() -> None:
    done = stamkund("--help")
    assert done.returncode == 0
    assert all(f" {verb[0]} " in done.stdout for verb in VERBS)


def test_a_segment_in_a_file_is_counted_and_its_mistakes_are_told(
    tmp_path: Path, history: Path, place: dict[str, str]
) -> None:
    file = tmp_path / "often.yaml"
    command = ("import", "purchases", history)
    stamkund(*command, "--format", "cdnow", "--program", POINTS, **place)
    file.write_text("all:\n  - spend: {at_least: 40.01}\n", encoding="utf-8")
    seen = stamkund("segment", "preview", file, **place)
    assert seen.returncode == 0, seen.stderr
    assert "2 of 3 members" in seen.stdout
    member_id = next(word for word in seen.stdout.split() if word.startswith("mbr_"))
    said = stamkund("segment", "explain", file, member_id, "--locale", "da", **place)
    assert f"{member_id} is in the segment" in said.stdout
    assert "Købt for" in said.stdout
    for source, told in (
        ("all: []", "all: must not be empty; everyone is said by everyone: true"),
        ("not: {not: [}", "line 1: not readable as YAML"),
        ("everyone: yes", "everyone: must be true"),
        ("not: {tier: {is: gold}}", "The program knows no “gold” (not.tier)."),
    ):
        file.write_text(source, encoding="utf-8")
        bad = stamkund("segment", "preview", file, **place)
        assert bad.returncode == 1
        assert told in bad.stderr


def test_a_history_goes_in_once_and_the_books_hold(data_dir: Path, history: Path) -> None:
    rejects = data_dir.parent / "rejects.txt"
    command = ("import", "purchases", history, "--format", "cdnow", "--data-dir", data_dir)

    first = stamkund(*command, "--program", POINTS, "--rejects", rejects)
    assert first.returncode == 0, first.stderr
    assert "purchases: 5 new, 0 already there" in first.stdout
    assert "members: 3 new" in first.stdout
    assert "points earned: 140 points" in first.stdout
    assert rejects.read_text(encoding="utf-8").splitlines() == [
        "line 6: not a date: `1997-02-30`",
        "line 7: 4 fields expected (customer, date, discs, dollars), 2 found",
    ]

    second = stamkund(*command)
    assert second.returncode == 0, second.stderr
    assert "purchases: 0 new, 5 already there" in second.stdout
    assert "members: 0 new" in second.stdout

    verified = stamkund("verify", "--json", "--data-dir", data_dir)
    assert verified.returncode == 0, verified.stderr
    report = json.loads(verified.stdout.splitlines()[-1])
    good = [Decimal(line.split()[3]) for line in HISTORY[:5]]
    assert report["balances"] == {"points": sum(int(amount) for amount in good)}
    assert (report["members"], report["purchases"], report["violations"]) == (3, 5, [])


def test_program_show_gives_back_what_was_published(place: dict[str, str]) -> None:
    published = stamkund("program", "publish", POINTS, **place)
    assert published.stdout == "version 1 of points is active\n"
    shown = stamkund("program", "show", "--yaml", **place)
    assert shown.stdout == POINTS.read_text(encoding="utf-8")
    table = stamkund("program", "show", **place, COLUMNS="20")
    assert "one-per-dollar" in table.stdout
    assert "…" not in table.stdout
    unknown = stamkund("program", "show", "--version", "7", **place)
    assert unknown.returncode == 1
    assert unknown.stderr == "stamkund: there is no version 7; there are: 1\n"


def test_validate_lists_every_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    text = POINTS.read_text(encoding="utf-8")
    wrong.write_text(text.replace("money: USD", "money: usd").replace("time_zone", "timezone"))
    done = stamkund("program", "validate", wrong)
    assert done.returncode == 1
    assert "money: " in done.stderr
    assert "did you mean `time_zone`?" in done.stderr
    assert "Traceback" not in done.stderr
    assert stamkund("program", "validate", PROGRAMS / "demo.yaml").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (("serve", "--host", "0.0.0.0"), {}, "STAMKUND_DEV_ISSUER"),
        (
            ("serve",),
            {"STAMKUND_PROFILE": "production", "FIREBASE_AUTH_EMULATOR_HOST": "localhost:9099"},
            "unset it",
        ),
        (("serve",), {"STAMKUND_PROT": "8000"}, "did you mean STAMKUND_PORT?"),
        (("worker",), {"STAMKUND_PUSH_ENDPOINT": "http://push.example"}, "must be an https:// URL"),
        (
            ("serve", "--port", "0", "--with-worker"),
            {"STAMKUND_FIREBASE_CREDENTIALS": "nowhere.json"},
            "STAMKUND_FIREBASE_CREDENTIALS",
        ),
        (("verify",), {"STAMKUND_MONGO_URL": "mongodb://127.0.0.1:1"}, "Is MongoDB running"),
        (("verify",), {"STAMKUND_MONGO_URL": "mongodb://u:a:b@h/"}, "write : as %3A"),
        (("verify",), {"STAMKUND_MONGO_URL": "mongodb://h/?pool=3"}, "Unknown option: pool"),
        (
            ("worker",),
            {
                "STAMKUND_PUSH_ENDPOINT": "https://127.0.0.1:9443",
                "STAMKUND_PUSH_CA_FILE": "nowhere.pem",
            },
            "STAMKUND_PUSH_CA_FILE=nowhere.pem cannot be used: No such file",
        ),
        (("demo",), {"STAMKUND_PROFILE": "production"}, "not for production"),
        (("token",), {}, "say for whom"),
        (("token", "--member", "7"), {}, "begins with mbr_"),
        (("token", "--staff", "boss"), {}, "roles must be some of ADMIN, MARKETING, SUPPORT"),
        (("token", "--staff", "admin"), {"STAMKUND_PROFILE": "production"}, "development issuer"),
    ],
)
def test_what_can_be_expected_to_fail_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    done = stamkund(*arguments, "--data-dir", tmp_path, **settings)
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", [("validate",), ("publish",), ("import",)], ids=" ".join)
def test_a_program_that_is_not_utf_8_is_named(
    tmp_path: Path, history: Path, verb: tuple[str, ...]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_bytes("format: 1\nid: café\n".encode("latin-1"))
    command: tuple[str | Path, ...] = ("program", *verb, wrong)
    if verb == ("import",):
        command = ("import", "purchases", history, "--format", "cdnow", "--program", wrong)
    done = stamkund(*command, STAMKUND_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1
    assert done.stderr == f"stamkund: {wrong}: line 2 is not UTF-8: save the file as UTF-8\n"


@pytest.mark.parametrize(
    ("header", "options", "code", "said"),
    [
        ("order,customer,total", ("--format", "csv"), 1, "the file has no column date"),
        ("00001 19970101 1 1.00", ("--format", "cdnow", "--columns", "order=No"), 2, "for csv"),
        ("order,customer,date,total", ("--format", "csv", "--rejects", "no/dir"), 1, "No such"),
    ],
)
def test_an_import_that_cannot_go_on_publishes_nothing(
    tmp_path: Path, header: str, options: tuple[str, ...], code: int, said: str
) -> None:
    file, data = tmp_path / "orders.csv", tmp_path / "data"
    file.write_text(f"{header}\n", encoding="utf-8")
    command: tuple[str | Path, ...] = ("import", "purchases", file, *options)
    done = stamkund(*command, "--program", POINTS, "--data-dir", data)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not data.exists()


def test_rejects_never_overwrite_the_file_to_read(tmp_path: Path, history: Path) -> None:
    command = ("import", "purchases", history, "--format", "cdnow", "--rejects", history)
    assert stamkund(*command, "--data-dir", tmp_path).returncode == 2
    assert history.read_text(encoding="utf-8") == "\n".join(HISTORY)


def test_the_demo_leaves_a_shop_alone(place: dict[str, str]) -> None:
    assert stamkund("program", "publish", POINTS, **place).returncode == 0
    refused = stamkund("demo", "--port", "0", "--members", "1", **place)
    assert refused.returncode == 1
    assert "belongs to the program `points`" in refused.stderr
    assert "--data-dir" in refused.stderr
    report = json.loads(stamkund("verify", "--json", **place).stdout.splitlines()[-1])
    assert report["members"] == 0
    shown = stamkund("program", "show", "--yaml", **place)
    assert shown.stdout == POINTS.read_text(encoding="utf-8")


def test_an_import_without_a_program_says_how_to_publish_one(tmp_path: Path, history: Path) -> None:
    command = ("import", "purchases", history, "--format", "cdnow")
    done = stamkund(*command, "--data-dir", tmp_path)
    assert done.returncode == 1
    assert "stamkund program publish FILE" in done.stderr


def test_an_integration_key_is_minted_with_its_scopes(tmp_path: Path) -> None:
    command = ("token", "--integration", "till", "--data-dir", tmp_path)
    done = stamkund(*command, "--scopes", "purchases:write,members:read")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("stk_")
    refused = stamkund(*command, "--scopes", "everything")
    assert refused.returncode == 1
    assert "scopes must be some of" in refused.stderr


def test_contracts_are_written_and_compared(tmp_path: Path) -> None:
    alone = stamkund("contracts", "--folder", tmp_path / "alone")
    assert alone.returncode == 0, alone.stderr
    assert (tmp_path / "alone" / "schema.graphql").is_file()
    written = here("contracts", "export", "--folder", tmp_path)
    assert written.exit_code == 0, written.stderr
    assert (tmp_path / "schema.graphql").is_file()
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n", encoding="utf-8")
    assert here("contracts", "check", "--folder", tmp_path).exit_code == 0
    (tmp_path / "schema.graphql").write_text("type Query { old: Int }\n", encoding="utf-8")
    stale = here("contracts", "check", "--folder", tmp_path)
    assert stale.exit_code == 1
    assert "stale: " in stale.stderr


def test_what_was_released_is_not_broken(tmp_path: Path) -> None:
    assert here("contracts", "--folder", tmp_path).exit_code == 0
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n", encoding="utf-8")
    released = here("contracts", "release", "1.0.0", "--folder", tmp_path)
    assert released.exit_code == 0, released.stderr
    kept = tmp_path / "released" / "1.0.0" / "schema.graphql"
    assert "nothing that 1.0.0 promised" in here("contracts", "check", "--folder", tmp_path).stdout
    schema = kept.read_text(encoding="utf-8")
    kept.write_text(schema.replace("type Query {", "type Query {\n  gone: ID\n"), encoding="utf-8")
    for command in (("check",), ("release", "1.0.1")):
        broken = here("contracts", *command, "--folder", tmp_path)
        assert broken.exit_code == 1
        assert "FIELD_REMOVED: Field Query.gone was removed." in broken.stderr
