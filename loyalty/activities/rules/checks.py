"""What can be recorded at all: limits of what is reported, checked before anything is decided."""

from collections.abc import Iterable

from loyalty.errors import BadInput
from loyalty.program import Activity, Event, Line, Purchase

OWN_SOURCE = "stamkund"
LINES_LIMIT = 200
FLAGS_LIMIT = 20
TEXT_LIMIT = 200
AMOUNT_LIMIT = 10**12
QUANTITY_LIMIT = 1_000_000


def check(activity: Activity) -> None:
    """Refuse what cannot have happened. Raises BadInput."""
    check_identity(activity.source, activity.id)
    _check_texts((activity.store, activity.channel))
    match activity:
        case Purchase():
            _check_purchase(activity)
        case Event():
            _check_event(activity)


def _check_event(event: Event) -> None:
    if not 1 <= len(event.kind) <= TEXT_LIMIT:
        raise BadInput(f"1 to {TEXT_LIMIT} characters", ("type",))
    _check_quantity(event.quantity, "quantity")


def _check_purchase(purchase: Purchase) -> None:
    if len(purchase.lines) > LINES_LIMIT:
        raise BadInput(f"at most {LINES_LIMIT} lines", ("lines",))
    _check_texts((purchase.payment_method,))
    for index, line in enumerate(purchase.lines):
        _check_line(index, line)
    if min(purchase.shipping, purchase.points_payment, purchase.total) < 0:
        raise BadInput(
            "amounts of a purchase are not negative; report a refund as a refund", ("total",)
        )
    expected = sum(line.amount for line in purchase.lines) + purchase.shipping
    if purchase.total != expected:
        raise BadInput(
            f"total is {purchase.total}, lines and shipping add up to {expected}", ("total",)
        )
    if purchase.total > AMOUNT_LIMIT:
        raise BadInput(f"at most {AMOUNT_LIMIT:,} minor units", ("total",))
    if purchase.points_payment > purchase.total:
        raise BadInput("at most the total can be paid with points", ("pointsPayment",))


def check_identity(source: str, activity_id: str) -> None:
    """Refuse what cannot name an activity. Raises BadInput."""
    for name, text in (("source", source), ("id", activity_id)):
        if not 1 <= len(text) <= TEXT_LIMIT:
            raise BadInput(f"1 to {TEXT_LIMIT} characters", (name,))
    if ":" in source:
        raise BadInput("the name of a source has no colon", ("source",))
    if source == OWN_SOURCE:
        raise BadInput(f"`{OWN_SOURCE}` is the source of what happens here", ("source",))


def check_number(number: str) -> None:
    """Refuse what cannot be the number of a receipt. Raises BadInput."""
    if not 1 <= len(number.strip()) <= TEXT_LIMIT:
        raise BadInput(f"1 to {TEXT_LIMIT} characters", ("number",))


def _check_texts(texts: Iterable[str | None], *path: str | int) -> None:
    for text in texts:
        if text is not None and len(text) > TEXT_LIMIT:
            raise BadInput(f"texts are at most {TEXT_LIMIT} characters", path)


def _check_line(index: int, line: Line) -> None:
    if line.amount < 0 or not 0 <= line.tax <= line.amount:
        raise BadInput(
            "an amount is not negative, and tax is part of it", ("lines", index, "amount")
        )
    _check_quantity(line.quantity, "lines", index, "quantity")
    if len(line.flags) > FLAGS_LIMIT:
        raise BadInput(f"at most {FLAGS_LIMIT} flags", ("lines", index, "flags"))
    _check_texts((line.product, line.name, line.category, *line.flags), "lines", index)


def _check_quantity(quantity: int, *path: str | int) -> None:
    if not 1 <= quantity <= QUANTITY_LIMIT:
        raise BadInput(f"a quantity is 1 to {QUANTITY_LIMIT}", path)
