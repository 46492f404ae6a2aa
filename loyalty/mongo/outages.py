"""Which errors of the driver are outages, to be waited out, and which are mistakes of ours."""

from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from loyalty.errors import Unavailable

_OUTAGES = (
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    WaitQueueTimeoutError,
    WTimeoutError,
)


def outage(error: PyMongoError) -> Exception:
    """Give what to raise for an error of the driver: Unavailable for an outage, else itself."""
    if isinstance(error, _OUTAGES) or error.timeout:
        return Unavailable(f"the database did not answer: {type(error).__name__}")
    return error
