"""What can be expected to go wrong in a command, said to the person who typed it."""

import re

from api.campaign_files import BadCampaign
from api.embedded_mongo import EmbeddedMongoUnavailable
from api.key_files import KeyFileBroken
from api.manifests import BadManifest
from api.settings import BadSettings
from loyalty import messages
from loyalty.errors import BadInput, Refused, Unavailable
from loyalty.jobs import JobNotDead
from loyalty.program import ProgramInvalid, ProgramMissing, VersionUnknown

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SAY_IT_THEMSELVES = (
    EmbeddedMongoUnavailable,
    KeyFileBroken,
    BadCampaign,
    BadManifest,
    BadSettings,
)


def explained(error: BaseException) -> str | None:
    """Give the message for an expected failure; None for a bug, whose trace is wanted."""
    if isinstance(error, BaseExceptionGroup):
        return explained(error.exceptions[0])
    if isinstance(error, _SAY_IT_THEMSELVES):
        return str(error)
    if isinstance(error, BadInput):
        names = (_WORDS.sub("_", str(part)).lower() for part in error.path)  # as in files
        return str(BadInput(error.message, tuple(names)))
    if isinstance(error, Unavailable):
        return (
            f"{error}. Is MongoDB running, as a replica set, at the address in STAMKUND_MONGO_URL? "
            "What was done by now is kept: run the command again to go on"
        )
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    return None


def _refused(refused: Refused) -> str:
    match refused.refusal:
        case ProgramInvalid(problems):
            lines = "\n".join(f"  {problem.path}: {problem.message}" for problem in problems)
            return f"the program cannot be used:\n{lines}"
        case ProgramMissing():
            return "no program is active: publish one with `stamkund program publish FILE`"
        case VersionUnknown(number):
            return f"there is no version {number}: `stamkund program show` lists them"
        case JobNotDead(job_id):
            return f"{job_id} is not dead: `stamkund jobs list --dead` lists those that are"
        case refusal:
            return messages.describe(refusal, messages.FALLBACK)
