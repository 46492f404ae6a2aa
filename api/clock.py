"""The only reading of the clock and of chance that the engine is given: instants and new ids."""

import secrets
import time
from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)
_last_tick = 0


def now() -> datetime:
    """Give the present instant, naive UTC, to the millisecond (what MongoDB keeps)."""
    return _EPOCH + timedelta(milliseconds=time.time_ns() // 1_000_000)


def new_id() -> str:
    """Make a UUIDv7 (RFC 9562): its text sorts by the time it was made, also within a millisecond.

    48 bits of milliseconds, 12 bits of the fraction of the millisecond, 62 random bits.
    """
    global _last_tick  # noqa: PLW0603 - one counter for the process keeps ids in order
    tick = max(time.time_ns() * 4096 // 1_000_000, _last_tick + 1)
    _last_tick = tick
    value = (tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0x2 << 62
    text = f"{value | secrets.randbits(62):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
