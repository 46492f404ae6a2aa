"""Where a mongod comes from, and what its last words mean; starts nothing."""

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from api.embedded_mongo.guard import CANNOT_EXECUTE, SIGNAL_BASE

_WAYS_OUT = """Any one of these helps:
  1. install the `embedded` extra, a mongod inside a wheel: pip install 'stamkund[embedded]'
  2. install MongoDB 6 or newer, so that `mongod` is on the PATH
  3. set STAMKUND_MONGO_URL to the address of a replica set that runs elsewhere"""

_OPENSSL = "OpenSSL 3 (Debian and Ubuntu: libssl3; Fedora: openssl-libs)"
_CURL = "libcurl 4 (Debian and Ubuntu: libcurl4; Fedora: libcurl)"
_PACKAGES = {"libcrypto": _OPENSSL, "libssl": _OPENSSL, "libcurl": _CURL}
_MISSING_LIBRARY = re.compile(r"error while loading shared libraries: ([^\s:]+)")

_WRONG_DATA_VERSION = 62
_LOADER_FAILED = 127
_ILLEGAL_INSTRUCTION = SIGNAL_BASE + 4
_KILLED = SIGNAL_BASE + 9

_TAIL_BYTES = 64 * 1024
_DETAIL_CHARACTERS = 400


class EmbeddedMongoUnavailable(Exception):
    """Say why no embedded MongoDB can run here, and what to do about it."""


def find_mongod() -> Path:
    """Return the mongod of the `embedded` extra, else the one on the PATH.

    Raises `EmbeddedMongoUnavailable`, which names the three ways out, when there is neither.
    """
    name = "mongod.exe" if sys.platform == "win32" else "mongod"
    for folder in _wheel_folders():
        binary = Path(folder, "db", "bin", name)
        if binary.is_file():
            return binary
    found = shutil.which("mongod")
    if found is None:
        raise EmbeddedMongoUnavailable(f"There is no mongod on this machine. {_WAYS_OUT}")
    return Path(found)


def explain_exit(status: int, binary: Path, home: Path) -> str:
    """Turn the exit status of a mongod that left its output and its log in `home` into advice."""
    output = _tail(home / "mongod.out").strip()
    if status == _LOADER_FAILED and (missing := _MISSING_LIBRARY.search(output)):
        library = missing[1]
        package = _PACKAGES.get(library.partition(".")[0], f"the package that holds {library}")
        return f"{binary} needs {library}, which is not installed: install {package}. {_WAYS_OUT}"
    if status in (CANNOT_EXECUTE, _LOADER_FAILED):
        return f"{binary} cannot be executed: {output}. {_WAYS_OUT}"
    if status == _ILLEGAL_INSTRUCTION:
        return f"{binary} needs a processor with AVX, which this one does not offer. {_WAYS_OUT}"
    if status == _KILLED:
        return "mongod was killed by signal 9: by somebody, or by a system that is short of memory"
    if status == _WRONG_DATA_VERSION:
        return (
            f"the data in {home} was written by another version of MongoDB than {binary}:"
            " use that version, or another data directory"
        )
    log = home / "mongod.log"
    said = _first_complaint(_tail(log).splitlines()) or output or "it did not say why"
    return f"mongod ended with status {status}: {said} (see {log})"


def _wheel_folders() -> Iterable[str]:
    """Name the folders of the wheel's package, found without importing it."""
    spec = importlib.util.find_spec("fiftyone")
    return (spec and spec.submodule_search_locations) or ()


def _first_complaint(lines: list[str]) -> str | None:
    """Return the first error or fatal line of a structured log, with its details: the root."""
    for line in lines:
        with suppress(ValueError, TypeError, KeyError):
            entry = json.loads(line)
            if entry["s"] in ("E", "F"):
                return f"{entry['msg']} {json.dumps(entry.get('attr', {}))[:_DETAIL_CHARACTERS]}"
    return None


def _tail(path: Path) -> str:
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return file.read().decode(errors="replace")
    return ""
