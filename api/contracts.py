"""The files of `mobile_contracts`: written from the code and compared with it."""

from pathlib import Path

from graphql import build_schema, parse, validate
from graphql.error import GraphQLError

from loyalty.push import contract
from schema import app_schema

FOLDER = Path(__file__).resolve().parents[1] / "mobile_contracts"


def texts() -> dict[str, str]:
    """Give the generated files by their path in the folder."""
    payloads = {f"push/{name}": text for name, text in contract.contract_files().items()}
    return {"schema.graphql": app_schema.as_str() + "\n", **payloads}


def export(folder: Path) -> list[Path]:
    """Write every generated file; return those that changed."""
    changed = []
    for name, text in texts().items():
        path = folder / name
        if _text_of(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def check(folder: Path) -> list[str]:
    """List generated files that are stale, and operations that do not fit the app door."""
    stale = [
        f"stale: {folder / name}"
        for name, text in texts().items()
        if _text_of(folder / name) != text
    ]
    graph = build_schema(texts()["schema.graphql"])
    for path in sorted((folder / "operations").glob("*.graphql")):
        try:
            problems = validate(graph, parse(path.read_text(encoding="utf-8")))
        except GraphQLError as error:
            problems = [error]
        stale += [f"{path}: {problem.message}" for problem in problems]
    return stale


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
