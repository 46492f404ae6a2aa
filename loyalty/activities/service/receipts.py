"""Late claims: what was bought without a card becomes a member's by the number of its receipt."""

from dataclasses import replace
from datetime import timedelta

from loyalty import program, wallets
from loyalty.activities import rules, store
from loyalty.activities.rules import ReceiptExpired, ReceiptTaken, ReceiptUnknown
from loyalty.activities.service.recording import check_when, record_purchase, to_the_millisecond
from loyalty.activities.store.receipts import Receipt
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.program import Purchase


async def record_receipt(engine: Engine, number: str, purchase: Purchase) -> bool:
    """Keep a purchase of nobody for whoever has its receipt; tell whether it was kept before.

    Its `member_id` is empty. Raises BadInput; Refused with MoneyMismatch, ProgramMissing, or
    KeyReused when the number was used for another purchase, or the purchase for another number;
    Unavailable.
    """
    now = engine.clock()
    terms = (await program.active(engine)).program
    purchase = replace(purchase, occurred_at=to_the_millisecond(purchase.occurred_at))
    rules.check(purchase)
    rules.check_number(number)
    check_when(purchase.occurred_at, now)
    if purchase.money != terms.money:
        raise Refused(rules.MoneyMismatch(purchase.money, terms.money))
    fingerprint = wallets.hash_input(number=number, **store.to_document(purchase))
    held = await store.receipts.add(engine.mongo, Receipt(number, purchase), fingerprint, now)
    if held is not None and held["input"] != fingerprint:
        raise Refused(KeyReused(number))
    return held is not None


async def claim_receipt(engine: Engine, member_id: str, number: str) -> Outcome:
    """Make the purchase of a receipt a member's own, once; it earns as if it always had been.

    Raises Refused with ReceiptUnknown, ReceiptTaken by another member, ReceiptExpired, and as a
    purchase; Unavailable.
    """
    receipt = await store.receipts.find(engine.mongo, number)
    if receipt is None:
        raise Refused(ReceiptUnknown(number))
    purchase = replace(receipt.purchase, member_id=member_id)
    claimed = await store.find_claim(engine.mongo, store.activity_id(purchase))
    if claimed is None:
        await _check_window(engine, receipt)
    elif claimed["member"] != member_id:
        raise Refused(ReceiptTaken(number))
    try:
        return await record_purchase(engine, purchase)
    except Refused as refused:
        if isinstance(refused.refusal, KeyReused):
            raise Refused(ReceiptTaken(number)) from refused
        raise


async def _check_window(engine: Engine, receipt: Receipt) -> None:
    """Refuse a receipt that is too old. Raises Refused(ReceiptExpired)."""
    terms = (await program.active(engine)).program
    last = rules.local_day(receipt.purchase, terms) + timedelta(days=terms.receipts.claim_days)
    if terms.place.day(engine.clock()) > last:
        raise Refused(ReceiptExpired(receipt.number, last))
