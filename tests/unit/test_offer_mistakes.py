"""Every mistake of an offer is told at its path."""

import pytest

from loyalty import program
from tests.unit.test_program_mistakes import HEAD, told

CURRENCIES = (
    "currencies: [{id: points, name: p}, {id: status, name: s, kind: QUALIFYING},"
    " {id: credit, name: c, kind: STORE_CREDIT}, {id: stamps, name: s, kind: STAMP}]\n"
)
LADDER = "ladders: [{id: l, name: l, tiers: [{id: gold, name: Gold}]}]\n"


def offer(text: str) -> str:
    return f"{HEAD}{CURRENCIES}{LADDER}offers: [{{id: o, name: o, {text}}}]\n"


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        (
            "kind: CUSTOM, price: {points: 5, currency: pionts}",
            "price.currency",
            "names the currency `pionts`, which is not declared; did you mean `points`?",
        ),
        (
            "kind: CUSTOM, audience: {tiers: [golf]}",
            "audience.tiers.0",
            "names the tier `golf`, which is not declared; did you mean `gold`?",
        ),
        ("kind: PERCENT_OFF", "percent", "`percent` belongs to PERCENT_OFF, and is required there"),
        (
            "kind: CUSTOM, amount: '5.00'",
            "amount",
            "`amount` belongs to AMOUNT_OFF, and is required there",
        ),
        ("kind: FREE_PRODUCT", "products", "required: which products are free"),
        ("kind: VOUCHER_CODE", "code", "required: a VOUCHER_CODE gives a code"),
        (
            "kind: AMOUNT_OFF, amount: '5.001'",
            "amount",
            "5.001 has more decimals than the currency's 2",
        ),
        (
            "kind: CUSTOM, starts_at: '2026-02-01T00:00:00Z', ends_at: '2026-01-01T00:00:00Z'",
            "ends_at",
            "must be after `starts_at`, or nobody can have it",
        ),
        (
            "kind: CUSTOM, early_access: [{tier: gold, starts_at: '2026-01-01T00:00:00Z'}]",
            "early_access.0",
            "there is nothing to be early for: give the offer a `starts_at`",
        ),
        (
            "kind: CUSTOM, waiting_list: true",
            "waiting_list",
            "nobody ever waits: name the `stock`",
        ),
        (
            "kind: CUSTOM, code: {kind: LIST}, stock: 3",
            "stock",
            "a code of kind LIST has as many as its list: leave `stock` out",
        ),
        (
            "kind: CUSTOM, code: {kind: GENERIC}",
            "code.text",
            "`text` belongs to a code of kind GENERIC, and is required there",
        ),
        (
            "kind: CUSTOM, active_minutes: 30, code: {kind: GENERIC, text: HELLO}",
            "active_minutes",
            "a code of kind GENERIC is used the moment it is shown: leave `active_minutes` out",
        ),
        (
            "kind: CUSTOM, issue_on: {trigger: EVENT}",
            "issue_on.event",
            "trigger EVENT names its `event`, others do not",
        ),
        (
            "kind: CUSTOM, price: {points: 5, currency: status}",
            "price.currency",
            (
                "`status` is QUALIFYING and is never spent; of REDEEMABLE or STORE_CREDIT"
                " or PREPAID there is only `credit`, `points`"
            ),
        ),
        (
            "kind: CUSTOM, price: {points: 5, currency: stamps}",
            "price.currency",
            (
                "`stamps` is STAMP and is never spent; of REDEEMABLE or STORE_CREDIT"
                " or PREPAID there is only `credit`, `points`"
            ),
        ),
        (
            "kind: POINTS, personal: true, gives: {points: 5, currency: stamps}",
            "gives.currency",
            (
                "`stamps` is STAMP and is never given, it fills cards; of QUALIFYING or"
                " REDEEMABLE or STORE_CREDIT or PREPAID did you mean `status`?"
            ),
        ),
        (
            "kind: POINTS, personal: true, gives: {amount: '5.00', currency: points}",
            "gives.currency",
            (
                "`points` is REDEEMABLE and is not counted in money: give `points` of it; of"
                " STORE_CREDIT or PREPAID there is only `credit`"
            ),
        ),
        (
            (
                "kind: POINTS, price: {points: 10, currency: points},"
                " gives: {points: 50, currency: points}"
            ),
            "price.points",
            "gives 50 for 10, without end: ask for 50 or more, or name `limits`",
        ),
        (
            (
                "kind: POINTS, price: {points: 10, currency: credit},"
                " gives: {amount: '0.11', currency: credit}"
            ),
            "price.points",
            "gives 11 for 10, without end: ask for 11 or more, or name `limits`",
        ),
        (
            "kind: POINTS, gives: {points: 50, currency: points}",
            "limits",
            "required: members take what is given for nothing without end",
        ),
        ("kind: PERCENT_OFF, percent: '120'", "percent", "at most 100, which is free of charge"),
        (
            "kind: CUSTOM, personal: true, code: {kind: GENERIC, text: HELLO}",
            "code.kind",
            "a personal offer is used only by whom it was issued to: give it a code of kind UNIQUE",
        ),
        (
            "kind: CUSTOM, code: {kind: GENERIC, text: hello}",
            "code.text",
            "must be 3 to 40 capital letters, digits and -, such as WELCOME-10",
        ),
        (
            (
                "kind: CUSTOM, starts_at: '2026-02-01T00:00:00Z',"
                " early_access: {tier: gold, starts_at: '2026-01-01T00:00:00Z'}"
            ),
            "early_access",
            "must be a list: put it in [ ], or each item on its own line after a -",
        ),
        (
            "kind: POINTS, personal: true, gives: {offer: o}",
            "gives.offer",
            "an offer gives `points` or an `amount`, not an offer",
        ),
    ],
)
def test_a_mistake_is_told_at_its_path(text: str, path: str, message: str) -> None:
    assert told(offer(text)) == {f"offers.0.{path}": message}


def test_an_offer_is_declared_once() -> None:
    twice = "offers: [{id: o, name: o, kind: CUSTOM}, {id: o, name: p, kind: CUSTOM}]\n"
    assert told(HEAD + twice) == {
        "offers.1.id": "the offer id `o` is used twice, first at offers.0.id"
    }


def test_an_offer_may_say_all_it_can() -> None:
    text = (
        "kind: PERCENT_OFF, percent: '12.5', price: {points: 100, currency: points}, stock: 10,"
        " waiting_list: true, limits: [{count: 1, per: MONTH}], valid_days: 30,"
        " starts_at: '2026-02-01T00:00:00Z', code: {kind: UNIQUE}, group: summer,"
        " early_access: [{tier: gold, starts_at: '2026-01-01T00:00:00Z'}],"
        " audience: {tiers: [gold]}, active_minutes: 15, exclusive: true"
    )
    assert program.parse(offer(text)).offers[0].is_limited


def test_two_offers_have_no_code_in_common() -> None:
    code = "kind: CUSTOM, code: {kind: GENERIC, text: HELLO}"
    two = f"offers: [{{id: o, name: o, {code}}}, {{id: p, name: p, {code}}}]\n"
    assert told(f"{HEAD}{CURRENCIES}{two}") == {
        "offers.1.code.text": "the code `HELLO` is used twice, first at offers.0.code.text"
    }
