"""Which errors of the driver are outages, to be waited out, and which are mistakes of ours."""

from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from loyalty.errors import TooSlow, Unavailable

_OUTAGES = (
    ConnectionFailure,
    NetworkTimeout,
    WaitQueueTimeoutError,
    WTimeoutError,
)


def outage(error: PyMongoError, *, has_limit: bool = False) -> Exception:
    """Give what to raise for an error of the driver: Unavailable for an outage, else itself.

    What did not end within a limit of its own is TooSlow: the same may be so for ever.
    """
    if isinstance(error, ExecutionTimeout) or (has_limit and isinstance(error, NetworkTimeout)):
        return TooSlow("the database did not finish within the time it had")
    if isinstance(error, _OUTAGES) or error.timeout:
        return Unavailable(f"the database did not answer: {type(error).__name__}")
    return error
