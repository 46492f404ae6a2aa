"""Who may run a mongod on a directory: one process at a time, by locks the kernel lets go of."""

import os
import sys
import time
from pathlib import Path
from typing import IO

from api.embedded_mongo.binary import EmbeddedMongoUnavailable
from api.embedded_mongo.guard import GRACE_SECONDS

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_STALE_SECONDS = GRACE_SECONDS + 10.0
_POLL_SECONDS = 0.005
_LOCKED_BYTE = 1 << 20  # Windows locks ranges of bytes, and the process id must stay readable


class DataDirInUse(EmbeddedMongoUnavailable):
    """Say which process (`pid`, if known) already has this directory."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"{directory} is in use by {holder}: stop it, or choose another data directory"
        )
        self.pid = pid


def own(path: Path) -> IO[str]:
    """Lock `path` for as long as the returned file is open, and leave our process id in it.

    Raises `DataDirInUse` when another has it.
    """
    file = _try_lock(path)
    if file is None:
        raise DataDirInUse(path.parent, _pid_in(path))
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def wait_for_predecessor(path: Path) -> None:
    """Wait until the mongod of a killed owner has shut down and let go of its lock at `path`.

    Raises `DataDirInUse` after 30 seconds. On Windows the guard ends it at once: nothing to wait
    for.
    """
    if sys.platform == "win32" or not path.exists():
        return
    deadline = time.monotonic() + _STALE_SECONDS
    while (file := _try_lock(path)) is None:
        if time.monotonic() > deadline:
            raise DataDirInUse(path.parent, _pid_in(path))
        time.sleep(_POLL_SECONDS)
    file.close()


def _try_lock(path: Path) -> IO[str] | None:
    file = path.open("a+")
    try:
        if sys.platform == "win32":
            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        file.close()
        return None
    return file


def _pid_in(path: Path) -> int | None:
    text = path.read_text().strip()
    return int(text) if text.isdigit() else None
