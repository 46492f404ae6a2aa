"""The guard of a mongod: stops it when its owner is gone; knows nothing of MongoDB itself.

Run as a script, with only the standard library. The owner holds the other end of standard input,
and the kernel closes it however the owner ends: a return, an exception or kill -9. That holds on
every platform and whichever thread did the starting, whereas Linux's parent-death signal fires as
soon as the *thread* that forked ends, which in a server may be any worker of a pool. Here the
forking thread lives as long as the process, so the signal serves as the second line: it takes
mongod along when the guard itself is killed.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

GRACE_SECONDS = 20.0
"""How long mongod may take over a clean shutdown before it is killed."""

CANNOT_EXECUTE = 126
SIGNAL_BASE = 128
OPEN_FILES = 64_000
"""How many files mongod should be able to open: one for each collection and each index."""

_PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> int:
    """Run `command`, write its process id, stop it at the end of standard input.

    The exit status is the command's; 128 + n when signal n ended it, 126 when it could not start.
    """
    _allow_open_files()
    try:
        mongod = subprocess.Popen(  # noqa: S603 - the owner's own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=_end_with_the_guard(),  # noqa: PLW1509 - this process has one thread as yet
        )
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_EXECUTE
    signal.signal(signal.SIGTERM, lambda *_: mongod.terminate())
    sys.stdout.write(f"{mongod.pid}\n")
    sys.stdout.flush()
    watch = threading.Thread(target=_leave_with, args=(mongod,), daemon=True)
    watch.start()
    while os.read(sys.stdin.fileno(), 1):
        pass
    mongod.terminate()
    watch.join(GRACE_SECONDS)
    mongod.kill()
    watch.join()
    return 0


def _leave_with(mongod: subprocess.Popen[bytes]) -> None:
    """End the guard at once, from under its blocking read, with the status of `mongod`."""
    status = mongod.wait()
    os._exit(status if status >= 0 else SIGNAL_BASE - status)


def _allow_open_files() -> None:
    """Raise this process's limit, which the child inherits, as far as it may be raised.

    Many systems start a process with 1,024, and mongod aborts at the first file over its limit.
    """
    if sys.platform != "win32":
        import resource  # there is none on Windows

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            with contextlib.suppress(OSError, ValueError):  # macOS has a lower limit of its own
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _end_with_the_guard() -> Callable[[], None] | None:
    """Prepare the child's parent-death signal; `None` where there is no such thing."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    guard = os.getpid()

    def in_the_child() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != guard:
            os._exit(SIGNAL_BASE + signal.SIGTERM)

    return in_the_child


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
