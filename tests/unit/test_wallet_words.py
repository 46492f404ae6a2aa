"""Why an entry is what it is, in one sentence of every language, money as money."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from loyalty.wallets import EntryKind, PostedEntry
from loyalty.wallets.rules import LedgerEntry
from schema.context import Reader
from schema.wallets.explanations import Told, explain

NOW = datetime(2026, 3, 2, 12)
LANGUAGES = ("en", "da", "sv", "nb", "fi")

SAID: list[tuple[str, int, Mapping[str, object], str, str]] = [
    ("REDEMPTION", -20, {"reason": "mug"}, "Spent: mug", "Brugt: mug"),
    ("REDEMPTION", -20, {}, "Spent", "Brugt"),
    ("EXPIRY", -20, {"kind": "EXPIRY"}, "Expired unused", "Udløbet uden at være brugt"),
    (
        "CLAWBACK",
        -20,
        {"arrears": 500},
        "Taken back after a refund; €5.00 of it to be taken from what you earn next",
        (
            "Taget tilbage efter en returnering; heraf trækkes 5,00\xa0€ fra det, du optjener"
            " næste gang"
        ),
    ),
    (
        "CLAWBACK",
        -20,
        {"written_off": 500},
        "Taken back after a refund; €5.00 more let go",
        "Taget tilbage efter en returnering; yderligere 5,00\xa0€ er eftergivet",
    ),
    (
        "ACCRUAL",
        2000,
        {"kind": "FIXED", "points": 2000, "recovered": 500},
        "€20.00; €5.00 of it paid what was owed",
        "20,00\xa0€; heraf dækkede 5,00\xa0€ det, du skyldte",
    ),
    ("REINSTATEMENT", 20, {}, "Given back after a refund", "Givet tilbage efter en returnering"),
    (
        "REINSTATEMENT",
        20,
        {"expired_meanwhile": True},
        "Given back after a refund; it had expired, and is good for a short time",
        "Givet tilbage efter en returnering; det var udløbet og gælder en kort tid endnu",
    ),
    (
        "CLAWBACK",
        0,
        {"kind": "ARREARS_PAID", "recovered": 20},
        "No longer set aside; €0.20 of it paid what was owed",
        "Ikke længere sat til side; heraf dækkede 0,20\xa0€ det, du skyldte",
    ),
    ("TRANSFER_OUT", -20, {}, "A gift to another member", "En gave til et andet medlem"),
    ("TRANSFER_IN", 20, {}, "A gift from another member", "En gave fra et andet medlem"),
    (
        "TRANSFER_IN",
        20,
        {"kind": "TRANSFER_RETURNED"},
        "Your gift came back: it could not be received",
        "Din gave kom tilbage: den kunne ikke modtages",
    ),
    (
        "TOP_UP",
        10_000,
        {"kind": "TOP_UP_PAID", "pay": 10_000},
        "Topped up with €100.00",
        "Tanket op for 100,00\xa0€",
    ),
    (
        "TOP_UP",
        3_000,
        {"kind": "TOP_UP_BONUS", "pay": 10_000},
        "Bonus for topping up with €100.00",
        "Bonus for at tanke op for 100,00\xa0€",
    ),
    (
        "RELEASE",
        -9_000,
        {"reason": "moved"},
        "Paid back: what was left of a top-up",
        "Betalt tilbage: resten af en optankning",
    ),
    (
        "CLAWBACK",
        -3_000,
        {"kind": "TOP_UP_BONUS_TAKEN"},
        "Bonus of a top-up that was paid back",
        "Bonus for en optankning, der blev betalt tilbage",
    ),
]


def said(kind: str, points: int, facts: Mapping[str, object], locale: str) -> str:
    entry = LedgerEntry(EntryKind(kind), "credit", points, 0, NOW, explanation=facts)
    posted = PostedEntry("mbr_x", 1, 0, NOW, entry)
    sentence: str = explain(Told(posted, None, Reader(locale, "en"), "EUR")).text()
    return sentence


@pytest.mark.parametrize(("kind", "points", "facts", "english", "danish"), SAID)
def test_an_entry_says_why(
    kind: str, points: int, facts: Mapping[str, object], english: str, danish: str
) -> None:
    assert said(kind, points, facts, "en") == english
    assert said(kind, points, facts, "da") == danish
    others = {said(kind, points, facts, language) for language in LANGUAGES}
    assert len(others) == len(LANGUAGES)
    assert not any("{" in sentence for sentence in others)
