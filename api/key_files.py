"""Files that hold signing keys: made once, whole, for their owner's eyes alone."""

import os
import secrets
from pathlib import Path


class KeyFileBroken(Exception):
    """Say that a key file cannot be used, and what to do."""


def make_once(path: Path, text: str) -> None:
    """Write a file that is not there yet; processes that start at once end with one.

    The whole file is written aside, then given its name only if nobody was faster.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
