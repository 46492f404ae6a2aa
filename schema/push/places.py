"""Where in a campaign's input that is which its brief is refused for; why is said elsewhere."""

from collections.abc import Awaitable
from typing import TypeVar

from loyalty import offers, push, segments
from loyalty.errors import BadInput, Refusal, Refused
from schema.push.briefs import CampaignBriefInput

T = TypeVar("T")

Path = tuple[str | int, ...]


async def of_brief(work: Awaitable[T], wanted: CampaignBriefInput) -> T:
    """Say what is wrong with a brief by its place in the input. Raises BadInput, Refused."""
    try:
        return await work
    except BadInput as bad:
        at = bad.path if bad.path == ("key",) else ("brief", *_shown(bad.path, wanted))
        raise BadInput(bad.message, at) from bad
    except Refused as refused:
        raise Refused(refused.refusal, _place(refused.refusal, wanted)) from refused


async def of_launch(work: Awaitable[T]) -> T:
    """Say what is wrong with an audience by the campaign, which the input names. Raises Refused."""
    try:
        return await work
    except Refused as refused:
        is_of_audience = isinstance(refused.refusal, segments.refusals.SegmentNamesUnknown)
        raise Refused(refused.refusal, ("id",) if is_of_audience else ()) from refused


def _place(refusal: Refusal, wanted: CampaignBriefInput) -> Path:
    """Give the part of the input that a refusal is about; nothing where it is not the brief."""
    match refusal:
        case push.refusals.TemplateInvalid():
            index = next(i for i, one in enumerate(wanted.variants) if one.id == refusal.variant)
            at = ("variants", index, refusal.part, refusal.language)
            return "brief", *_shown(at, wanted)
        case offers.refusals.OfferUnknown():
            return "brief", "offer"
        case segments.refusals.SegmentUnknown():
            return "brief", "segmentId"
        case segments.refusals.SegmentNamesUnknown() if wanted.segment_id is not None:
            return "brief", "segmentId"
        case segments.refusals.SegmentNamesUnknown():
            return "brief", "audience", *refusal.place.split(".")
    return ()


def _shown(path: Path, wanted: CampaignBriefInput) -> Path:
    """Give the place in the input of a text that the rules name by its language."""
    match path:
        case ("variants", int(index), ("title" | "body") as part, str(language)):
            texts = getattr(wanted.variants[index], part)
            return *path[:3], [text.locale for text in texts].index(language), "text"
    return path
