"""The lists of codes that limited offers take from: imported from elsewhere, or made here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loyalty import program, wallets
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.offers import rules, store
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import known

CODES_AT_ONCE = 1_000
_CODE = re.compile(r"[A-Z0-9-]{3,40}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes to be made for an offer, once for the key."""

    offer: str
    count: int
    key: str


async def add(engine: Engine, offer_id: str, codes: Sequence[str]) -> int:
    """Add codes to the list of an offer; return how many were new: each stands there once.

    Raises BadInput, Refused(OfferUnknown).
    """
    await _check(engine, offer_id, len(codes))
    clean = [code.strip().upper() for code in codes]
    for index, code in enumerate(clean):
        if not _CODE.fullmatch(code):
            raise BadInput("a code is 3 to 40 of A-Z, 0-9 and -", ("codes", index))
    added = await store.units.add_codes(engine.mongo, offer_id, list(dict.fromkeys(clean)))
    await stocking.serve_at_once(engine, offer_id)
    return added


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


async def _check(engine: Engine, offer_id: str, count: int) -> None:
    offer = known(await program.active(engine), offer_id)
    if not offer.has_list:
        raise BadInput("this offer has no list of codes: its code is not of kind LIST", ("offer",))
    if not 1 <= count <= CODES_AT_ONCE:
        raise BadInput(f"1 to {CODES_AT_ONCE} codes at once", ("codes",))
