"""The commands `program validate`, `publish`, `show` and `schema`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.running import DataDir, give_up, opened, run

if TYPE_CHECKING:
    from loyalty.program import Version

PLAIN_WIDTH = 1_000

programs = typer.Typer(help="Validate, publish and show the program.", no_args_is_help=True)
commands = typer.Typer()
commands.add_typer(programs, name="program")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The program, in YAML.")]


def read_source(file: Path) -> str:
    """Read a program file; end the command when it is not text in UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        give_up(f"{file}: line {line} is not UTF-8: save the file as UTF-8")


@programs.command()
def validate(file: File) -> None:
    """Check a program and list every mistake; needs no database.

    Example: `stamkund program validate examples/programs/demo.yaml`
    """
    from loyalty import program

    parsed = program.parse(read_source(file))
    parts = [(name, len(value)) for name, value in parsed if isinstance(value, tuple)]
    declared = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in parts if count)
    typer.echo(f"{file}: valid; {declared or 'declares nothing yet'}")


@programs.command()
def publish(file: File, data_dir: DataDir = None) -> None:
    """Make a program the active one, at once; publishing the same again changes nothing.

    Example: `stamkund program publish examples/programs/points.yaml`
    """
    source = read_source(file)

    async def work() -> None:
        from loyalty import offers, program

        async with opened(data_dir) as house:
            version = await program.publish(house.engine, source, offers.codes.texts_taken)
            typer.echo(f"version {version.number} of {version.program.id} is active")

    run(work())


@programs.command()
def show(
    version: Annotated[int | None, typer.Option(help="Number; default: the active one.")] = None,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the text it was published from.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show a version of the program as a table, or as the YAML it was made from.

    Example: `stamkund program show --version 2 --yaml > program.yaml`
    """

    async def work() -> None:
        from loyalty import program

        async with opened(data_dir) as house:
            found = {each.number: each for each in await program.versions(house.engine)}
            active = (await program.active(house.engine)).number if version is None else version
        if active not in found:
            known = ", ".join(map(str, sorted(found))) or "none yet"
            give_up(f"there is no version {active}; there are: {known}")
        if as_yaml:
            typer.echo(found[active].source, nl=False)
        else:
            _print(found[active])

    run(work())


@programs.command()
def schema(
    to: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Print the format of programs as JSON Schema, by which editors complete and check.

    Example: `stamkund program schema --to program.schema.json`
    """
    from loyalty.program import terms

    text = json.dumps(terms.json_schema(), indent=2, ensure_ascii=False) + "\n"
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_text(text, encoding="utf-8")
        typer.echo(f"written to {to}")


def _print(version: "Version") -> None:
    """Print a version as tables for people."""
    from rich.console import Console
    from rich.table import Table

    # What reads a pipe or a file has no edge to wrap at.
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    terms = version.program
    language = terms.default_language
    published = f"{version.published_at:%Y-%m-%d %H:%M} UTC" if version.published_at else "never"
    console.print(
        f"{terms.name.in_language(language)} ({terms.id}), version {version.number}, "
        f"{version.status.value}, published {published}, money {terms.money}, {terms.time_zone}"
    )
    rules = Table("rule", "name", "currency", "when", "effect", title="Earning rules")
    for rule in terms.earning_rules:
        name = rule.name.in_language(language)
        rules.add_row(rule.id, name, rule.currency, _brief(rule.when), _brief(rule.effect))
    console.print(rules)
    for ladder in terms.ladders:
        title = f"{ladder.name.in_language(language)} ({ladder.window.value})"
        tiers = Table("tier", "name", "threshold", "benefits", title=title)
        for tier in ladder.tiers:
            threshold = _brief(tier.threshold) if tier.threshold else "from the start"
            benefits = ", ".join(benefit.name.in_language(language) for benefit in tier.benefits)
            tiers.add_row(tier.id, tier.name.in_language(language), threshold, benefits)
        console.print(tiers)
    for part in ("offers", "personal_offers", "plans", "passes", "cards", "challenges"):
        declared = getattr(terms, part)
        if declared:
            table = Table("id", "name", "terms", title=part.replace("_", " ").capitalize())
            for one in declared:
                name = one.name.in_language(language) if hasattr(one, "name") else ""
                table.add_row(one.id, name, _brief(one))
            console.print(table)


def _brief(terms: object) -> str:
    """Say what differs from the defaults, on a line."""
    from pydantic import BaseModel

    assert isinstance(terms, BaseModel)
    said = terms.model_dump(
        mode="json", exclude_defaults=True, exclude={"id", "name", "description"}
    )
    return _words(said) or "always"


def _words(said: object) -> str:
    """Write plain data as words: names before values, parts of lists after commas."""
    if isinstance(said, dict):
        kind = [str(said["kind"])] if "kind" in said else []
        named = [f"{name} {_words(value)}" for name, value in said.items() if name != "kind"]
        return " ".join([*kind, *named])
    if isinstance(said, list):
        return ", ".join(sorted(map(_words, said)))
    return str(said)
