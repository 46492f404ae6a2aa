"""A mongod with its guard, seen from the owner; knows nothing of what it serves."""

import subprocess
import sys
from pathlib import Path
from typing import IO

from api.embedded_mongo import guard


class ChildEnded(Exception):
    """Carry the exit status of a child that ended by itself: its own, or 128 + n for signal n."""

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with status {status}")
        self.status = status


class Child:
    """Start `command` under a guard, with what it says going to the file `output`."""

    def __init__(self, command: list[str], output: Path) -> None:
        with output.open("wb") as said:
            self._guard = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", "-S", guard.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for the owner, which then stops the child
                creationflags=_own_process_group(),
            )
        self.pid = int(_open(self._guard.stdout).readline() or 0)

    def is_running(self) -> bool:
        """Tell whether the child runs."""
        return self._guard.poll() is None

    def check(self) -> None:
        """Raise `ChildEnded` when the child runs no more."""
        status = self._guard.poll()
        if status is not None:
            raise ChildEnded(status if status >= 0 else guard.SIGNAL_BASE - status)

    def stop(self) -> None:
        """Stop the child in order, by force after the guard's grace, and return when it is gone."""
        with self._guard as process:
            _open(process.stdin).close()
            try:
                process.wait(2 * guard.GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the guard was started without pipes")
    return pipe


def _own_process_group() -> int:
    """Return what `start_new_session` is on Windows."""
    if sys.platform == "win32":
        return subprocess.CREATE_NEW_PROCESS_GROUP
    else:  # noqa: RET505 - the type checker follows the platform in this form only
        return 0
