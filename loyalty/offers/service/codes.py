"""The lists of codes that limited offers take from: imported from elsewhere, or made here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from loyalty import program, wallets
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.offers import rules, store
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import known
from loyalty.program import Problem, Program, Version, terms

CODES_AT_ONCE = 1_000
_CODE = re.compile(r"[A-Z0-9-]{3,40}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes to be made for an offer, once for the key."""

    offer: str
    count: int
    key: str


class CodeTaken(StrEnum):
    """Say where a code stands already: every code means one thing in the whole program."""

    THIS_LIST = "THIS_LIST"
    OTHER_LIST = "OTHER_LIST"
    MEMBERS_OWN = "MEMBERS_OWN"
    GENERIC_TEXT = "GENERIC_TEXT"


@dataclass(frozen=True, slots=True)
class NotAdded:
    """A code that was not added: where it stands already, and of which offer."""

    code: str
    why: CodeTaken
    offer: str


@dataclass(frozen=True, slots=True)
class Added:
    """How many codes were new, and which were not added."""

    count: int
    not_added: tuple[NotAdded, ...] = ()


async def add(engine: Engine, offer_id: str, codes: Sequence[str]) -> Added:
    """Add codes to the list of an offer; tell how many were new, and which are taken.

    Raises BadInput, Refused(OfferUnknown).
    """
    version = await _check(engine, offer_id, len(codes))
    clean = [code.strip().upper() for code in codes]
    for index, code in enumerate(clean):
        if not _CODE.fullmatch(code):
            raise BadInput("a code is 3 to 40 of A-Z, 0-9 and -", ("codes", index))
    wanted = list(dict.fromkeys(clean))
    taken = await _taken(engine, version, wanted)
    new = [code for code in wanted if code not in taken]
    listed = await store.units.add_codes(engine.mongo, offer_id, new)
    taken |= {
        code: NotAdded(code, _where(offer_id, offer), offer) for code, offer in listed.items()
    }
    await stocking.serve_at_once(engine, offer_id)
    not_added = tuple(taken[code] for code in wanted if code in taken)
    return Added(len(wanted) - len(not_added), not_added)


async def _taken(engine: Engine, version: Version, codes: Sequence[str]) -> dict[str, NotAdded]:
    """Find codes that everybody may show, or that a member was given outside of any list."""
    own = await store.helds.own_codes(engine.mongo, codes)
    of_lists = {unit.code for unit in await store.units.find_codes(engine.mongo, list(own))}
    texts = {text: offer.id for offer in version.program.offers if (text := _text(offer))}
    found = {
        code: NotAdded(code, CodeTaken.MEMBERS_OWN, offer)
        for code, offer in own.items()
        if code not in of_lists
    }
    return found | {
        code: NotAdded(code, CodeTaken.GENERIC_TEXT, texts[code]) for code in codes if code in texts
    }


def _text(offer: terms.Offer) -> str | None:
    return offer.code.text if offer.code is not None else None


def _where(wanted: str, listed: str) -> CodeTaken:
    return CodeTaken.THIS_LIST if listed == wanted else CodeTaken.OTHER_LIST


async def texts_taken(engine: Engine, wanted: Program) -> list[Problem]:
    """Find the texts of a program that stand in a list of codes, or that a member was given."""
    texts = {
        text: f"offers.{index}.code.text"
        for index, offer in enumerate(wanted.offers)
        if (text := _text(offer)) is not None
    }
    own = await store.helds.own_codes(engine.mongo, list(texts))
    listed = await store.units.find_codes(engine.mongo, list(texts))
    taken = own | {unit.code or "": unit.offer for unit in listed}
    return [
        Problem(texts[text], f"`{text}` is a code of `{taken[text]}` already: choose another text")
        for text in sorted(taken)
    ]


async def generate(engine: Engine, wanted: Batch) -> list[str]:
    """Make codes nobody can guess and add them to the list of an offer; the same for the same key.

    Raises BadInput, Refused with OfferUnknown or KeyReused.
    """
    wallets.check_key(wanted.key)
    await _check(engine, wanted.offer, wanted.count)
    asked = wallets.hash_input(verb="codes.generate", offer=wanted.offer, count=wanted.count)
    kept = await store.keys.keep(engine.mongo, wanted.key, asked, {"seed": engine.new_id()})
    codes = [rules.unique_code(f"{kept['seed']}:{n}") for n in range(wanted.count)]
    await store.units.add_codes(engine.mongo, wanted.offer, codes)
    await stocking.serve_at_once(engine, wanted.offer)
    return codes


async def _check(engine: Engine, offer_id: str, count: int) -> Version:
    version = await program.active(engine, fresh=True)
    if not known(version, offer_id).has_list:
        raise BadInput("this offer has no list of codes: its code is not of kind LIST", ("offer",))
    if not 1 <= count <= CODES_AT_ONCE:
        raise BadInput(f"1 to {CODES_AT_ONCE} codes at once", ("codes",))
    return version
