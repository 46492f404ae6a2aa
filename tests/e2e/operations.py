"""The operations the app ships with, as they are in mobile_contracts."""

from pathlib import Path

OPERATIONS = Path(__file__).parents[2] / "mobile_contracts" / "operations"


def operation(name: str) -> str:
    """Read an operation by its name."""
    return (OPERATIONS / f"{name}.graphql").read_text(encoding="utf-8")


def operation_names() -> list[str]:
    """Name every operation."""
    return sorted(path.stem for path in OPERATIONS.glob("*.graphql"))
