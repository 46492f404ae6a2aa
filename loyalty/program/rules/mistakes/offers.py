"""What is wrong with offers and with what members are given: names of nothing, parts amiss."""

from collections.abc import Collection, Iterable, Iterator

from loyalty.money import EXPONENTS, exponent
from loyalty.program.rules.currencies import CurrencyKind
from loyalty.program.rules.mistakes.parts import (
    AMOUNT,
    INSTANT,
    TRUTH,
    WHOLE,
    Part,
    Problem,
    conditions,
    exact,
    ids,
    known,
    nearest,
    tiers,
)

# The kinds that need a part, and the only ones that may have it
_BELONGS = {"percent": ("PERCENT_OFF",), "amount": ("AMOUNT_OFF",), "gives": ("POINTS",)}

_OF_MONEY = (CurrencyKind.STORE_CREDIT, CurrencyKind.PREPAID)
_SPENT = (CurrencyKind.REDEEMABLE, *_OF_MONEY)
_GIVEN = (CurrencyKind.QUALIFYING, *_SPENT)


def grant(given: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with what a member is given."""
    if given["amount"].value is None:
        yield from _currency(given["currency"], _GIVEN, "is never given, it fills cards", whole)
    else:
        why = "is not counted in money: give `points` of it"
        yield from _currency(given["currency"], _OF_MONEY, why, whole)
    yield from known("offer", given["offer"], ids(whole["offers"].items()))
    yield from exact(given["amount"], whole)


def _currency(wanted: Part, kinds: Collection[str], why: str, whole: Part) -> Iterator[Problem]:
    """Find the name of a currency that is not declared, or is of none of the kinds it may be."""
    declared = list(whole["currencies"].items())
    yield from known("currency", wanted, ids(declared))
    kind_of = {one["id"].text: one["kind"].text or "REDEEMABLE" for one in declared}
    kind = kind_of.get(wanted.text)
    if wanted.text is not None and kind in set(CurrencyKind) - set(kinds):
        others = [str(name) for name, kind in kind_of.items() if kind in kinds]
        yield wanted.wrong(
            f"`{wanted.text}` is {kind} and {why}; of {' or '.join(kinds)} "
            + nearest(wanted.text, others)
        )


def offer(offer: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with an offer."""
    price = offer["price"]["currency"]
    yield from _currency(price, _SPENT, "is never spent", whole)
    yield from grant(offer["gives"], whole)
    yield from exact(offer["amount"], whole)
    yield from _gain(offer, whole)
    yield from _audience(offer, whole)
    yield from _parts_of_kinds(offer)
    yield from _times(offer)
    yield from _numbers(offer)
    yield from _code(offer)
    yield from _issuing(offer["issue_on"], whole)


def _gain(offer: Part, whole: Part) -> Iterator[Problem]:
    """Find an offer that members make points with, as often as they like."""
    gives, price = offer["gives"], offer["price"]
    if offer["limits"].value or offer["personal"].read(TRUTH) or gives.value is None:
        return
    if price.value is None:
        yield offer["limits"].wrong("required: members take what is given for nothing without end")
    elif price["currency"].text == gives["currency"].text:
        paid, given = price["points"].read(WHOLE), _given(gives, whole)
        if paid is not None and given is not None and given > paid:
            yield price["points"].wrong(
                f"gives {given} for {paid}, without end: ask for {given} or more, or name `limits`"
            )


def _given(gives: Part, whole: Part) -> int | None:
    """Give how many of its currency a grant gives: money in its smallest unit."""
    amount, money = gives["amount"].read(AMOUNT), whole["money"].text
    if amount is None or money is None or money not in EXPONENTS:
        return gives["points"].read(WHOLE)
    return int(amount.scaleb(exponent(money)))


def _audience(offer: Part, whole: Part) -> Iterator[Problem]:
    declared = ids(tiers(whole))
    for tier in offer["audience"]["tiers"].items():
        yield from known("tier", tier, declared)
    for access in offer["early_access"].items():
        yield from known("tier", access["tier"], declared)
    plans = ids(whole["plans"].items()) | ids(whole["passes"].items())
    for plan in offer["audience"]["plans"].items():
        yield from known("plan", plan, plans)


def _parts_of_kinds(offer: Part) -> Iterator[Problem]:
    kind = offer["kind"].text
    if kind is None:
        return
    for name, kinds in _BELONGS.items():
        if (kind in kinds) != (offer[name].value is not None):
            yield offer[name].wrong(
                f"`{name}` belongs to {' or '.join(kinds)}, and is required there"
            )
    if kind == "FREE_PRODUCT" and not offer["products"].value:
        yield offer["products"].wrong("required: which products are free")
    if kind == "VOUCHER_CODE" and offer["code"].value is None:
        yield offer["code"].wrong("required: a VOUCHER_CODE gives a code")
    if offer["gives"]["offer"].value is not None:
        yield offer["gives"]["offer"].wrong("an offer gives `points` or an `amount`, not an offer")


def _times(offer: Part) -> Iterator[Problem]:
    starts, ends = offer["starts_at"].read(INSTANT), offer["ends_at"].read(INSTANT)
    if starts is not None and ends is not None and ends <= starts:
        yield offer["ends_at"].wrong("must be after `starts_at`, or nobody can have it")
    for access in offer["early_access"].items():
        early = access["starts_at"].read(INSTANT)
        if offer["starts_at"].value is None:
            yield access.wrong("there is nothing to be early for: give the offer a `starts_at`")
        elif early is not None and starts is not None and early >= starts:
            yield access["starts_at"].wrong("must be before the offer's own `starts_at`")


def _numbers(offer: Part) -> Iterator[Problem]:
    percent = offer["percent"].read(AMOUNT)
    if percent is not None and percent > 100:
        yield offer["percent"].wrong("at most 100, which is free of charge")
    is_list = offer["code"]["kind"].text == "LIST"
    if is_list and offer["stock"].value is not None:
        yield offer["stock"].wrong("a code of kind LIST has as many as its list: leave `stock` out")
    if offer["waiting_list"].read(TRUTH) and offer["stock"].value is None and not is_list:
        yield offer["waiting_list"].wrong("nobody ever waits: name the `stock`")
    if offer["personal"].read(TRUTH) and offer["price"].value is not None:
        yield offer["price"].wrong("a personal offer is only issued, and issued ones are free")


def _code(offer: Part) -> Iterator[Problem]:
    code = offer["code"]
    is_generic = code["kind"].text == "GENERIC"
    if is_generic != (code["text"].value is not None):
        yield code["text"].wrong("`text` belongs to a code of kind GENERIC, and is required there")
    if is_generic and offer["personal"].read(TRUTH):
        yield code["kind"].wrong(
            "a personal offer is used only by whom it was issued to: give it a code of kind UNIQUE"
        )
    if is_generic and offer["active_minutes"].value is not None:
        yield offer["active_minutes"].wrong(
            "a code of kind GENERIC is used the moment it is shown: leave `active_minutes` out"
        )


def texts(offers: Iterable[Part]) -> Iterator[Problem]:
    """Find texts of codes that two offers have: a till could not tell which one is meant."""
    first: dict[str, Part] = {}
    for offer in offers:
        place = offer["code"]["text"]
        if place.text is not None and first.setdefault(place.text, place) != place:
            yield place.wrong(
                f"the code `{place.text}` is used twice, first at {first[place.text].path}"
            )


def _issuing(issue_on: Part, whole: Part) -> Iterator[Problem]:
    if issue_on.value is None:
        return
    if (issue_on["trigger"].text == "EVENT") != (issue_on["event"].value is not None):
        yield issue_on["event"].wrong("trigger EVENT names its `event`, others do not")
    yield from conditions(issue_on["when"], whole)
