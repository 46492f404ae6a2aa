"""A sweep: what the clock makes due, done for each by itself; what is due is the nouns' to say."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from loyalty.errors import Unavailable

_log = logging.getLogger(__name__)


async def each(ids: Sequence[str], do: Callable[[str], Awaitable[object]]) -> int:
    """Do what is due for each, beside each other, and count them.

    What is broken of one is that one's alone: it is logged, and met again by the next sweep.
    Raises Unavailable where the database did not answer, and the first error where everyone's
    failed: then somebody has to look.
    """
    answers = await asyncio.gather(*map(do, ids), return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    for error in errors:
        if isinstance(error, Unavailable) or not isinstance(error, Exception):
            raise error
    for one, answer in zip(ids, answers, strict=True):
        if isinstance(answer, Exception):
            _log.error("a sweep left out %s", one, exc_info=answer)
    if errors and len(errors) == len(ids):
        raise errors[0]
    return len(ids)
