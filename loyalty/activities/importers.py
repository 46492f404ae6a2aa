"""Purchases out of files: the CDNOW format and CSV; reads text and decides, records nothing.

A line that cannot be used is reported with its number and the reason; the rest goes in.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.errors import BadInput
from loyalty.program import Line, Program, Purchase, terms

CDNOW = "cdnow"
REQUIRED = ("order", "customer", "date")
AMOUNTS = ("total", "amount", "price")
OF_THE_ORDER = ("currency", "store", "channel", "payment_method")
OF_A_LINE = ("product", "name", "category")
COLUMNS = (*REQUIRED, *AMOUNTS, "quantity", *OF_THE_ORDER, *OF_A_LINE, "flags")

_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_COMMA_AMOUNT = re.compile(r"-?\d+,\d{1,2}", re.ASCII)
_QUANTITY = re.compile(r"(-?\d{1,9})(?:\.0+)?", re.ASCII)
_FLOAT_NUMBER = re.compile(r"(\d+)\.0", re.ASCII)  # a number that went through a spreadsheet


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was left out: its number in the file, counted from 1, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase as a file tells it: which lines, and the shop's own number of the customer.

    The purchase has no member yet (its `member_id` is empty).
    """

    numbers: tuple[int, ...]
    customer: str
    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file holds, for a program: its money and its time zone."""

    sales: list[Sale] = field(default_factory=list)
    bad_lines: list[BadLine] = field(default_factory=list)


class _Unusable(Exception):
    """Say why a line cannot be used."""


def read_cdnow(lines: Iterable[str], program: Program) -> Intake:
    """Read the CDNOW format: customer, date YYYYMMDD, count of discs, dollars; one purchase a line.

    The lines carry no order number, so a purchase's id is made of all the line says and of its
    place among equal lines. Nothing else goes into it, so the same file gives the same ids
    whenever it is read again, and a second equal line is a second purchase and not a repeat.
    """
    intake = Intake()
    equal_lines: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            customer, purchase = _cdnow_purchase(line, program, equal_lines)
        except _Unusable as why:
            intake.bad_lines.append(BadLine(number, str(why)))
        else:
            intake.sales.append(Sale((number,), customer, purchase))
    return intake


def _cdnow_purchase(line: str, program: Program, equal_lines: Counter[str]) -> tuple[str, Purchase]:
    parts = line.split()
    if len(parts) != 4:
        raise _Unusable(f"4 fields expected (customer, date, discs, dollars), {len(parts)} found")
    customer, day, discs, dollars = parts
    if not customer.isascii() or not customer.isdigit():
        raise _Unusable(f"the customer is a number, not {_quoted(customer)}")
    if len(day) != 8 or not day.isascii() or not day.isdigit():
        raise _Unusable(f"the date is YYYYMMDD, not {_quoted(day)}")
    occurred_at = _instant(f"{day[:4]}-{day[4:6]}-{day[6:]}", program.zone)
    total, quantity = _minor(dollars, program), _quantity(discs)
    said = f"{customer}-{day}-{quantity}-{total}"
    equal_lines[said] += 1
    return customer, Purchase(
        source=CDNOW,
        id=f"{said}-{equal_lines[said]}",
        member_id="",
        occurred_at=occurred_at,
        money=program.money,
        total=total,
        lines=(Line(total, quantity),),
    )


@dataclass(frozen=True, slots=True)
class CsvShape:
    """How to read a CSV file: the file's name of each of our columns, and who reports it.

    `columns` maps names of `COLUMNS` to those of the header; a column that is not mapped is looked
    for under its own name.
    """

    source: str = "csv"
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    order: str
    customer: str
    occurred_at: datetime
    total: int | None
    line: Line | None
    priced: bool
    about: Mapping[str, str]

    def same_as(self, other: "_Row") -> bool:
        """Tell whether the other row says exactly the same."""
        return replace(self, number=other.number) == other


def read_csv(lines: Sequence[str], program: Program, shape: CsvShape | None = None) -> Intake:
    """Read CSV with a header; rows of one order, wherever they stand, become one purchase.

    Columns: `order`, `customer`, `date` (ISO 8601; without an offset in the program's zone), and
    what was paid: `amount` of the row, or `price` of one and `quantity`, or `total` of the order.
    Others may be absent; `flags` of a line are parted by `|`. Fields are separated by comma,
    semicolon or tab. An order of which a row cannot be used is held back whole: recorded in part,
    it could not be completed later. A row is one line: a quote left open makes that line bad, and
    never takes those below it along.

    Raises BadInput when the header lacks a column that is needed, or has one twice.
    """
    shape = shape or CsvShape()
    intake = Intake()
    bad = {}
    orders: dict[str, list[_Row]] = {}
    broken: dict[str, int] = {}
    table = _open_csv(lines, shape)
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        order = ""
        try:
            fields = _split(line, table.separator)
            values = table.values(fields.found)
            order = values["order"]
            if fields.open_quote:
                order = order.partition(table.separator)[0].strip()
                raise _Unusable("a quote is opened and not closed on the same line")
            if len(fields.found) > table.width:
                raise _Unusable("more fields than the header has")
            row = _row(number, values, program)
            orders.setdefault(row.order, []).append(row)
        except _Unusable as why:
            bad[number] = str(why)
            broken.setdefault(order, number)
    for order, rows in orders.items():
        try:
            if order in broken:
                raise _Unusable(f"held back: line {broken[order]} of the same order is bad")
            intake.sales.append(_order_sale(rows, program, shape))
        except _Unusable as why:
            bad.update((row.number, str(why)) for row in rows)
    intake.bad_lines.extend(BadLine(number, bad[number]) for number in sorted(bad))
    return intake


@dataclass(frozen=True, slots=True)
class _Fields:
    found: list[str]
    open_quote: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """The separator, how many columns the header has, and where ours are."""

    separator: str
    width: int
    places: Mapping[str, int]

    def values(self, found: Sequence[str]) -> dict[str, str]:
        """Give the fields of a row by our names; one that a short row lacks is empty."""
        return {
            name: found[place].strip() if place < len(found) else ""
            for name, place in self.places.items()
        }


def _split(line: str, separator: str) -> _Fields:
    """Split one line, with a reader of its own: an open quote must not swallow the next lines."""
    try:
        # Only a quote that is still open takes the end of the line into its field.
        found = next(csv.reader([line.rstrip("\r\n") + "\n"], delimiter=separator), [])
    except csv.Error as error:
        raise _Unusable(f"not readable as CSV: {error}") from None
    return _Fields(found, bool(found) and found[-1].endswith("\n"))


def _open_csv(lines: Sequence[str], shape: CsvShape) -> _Table:
    """Find the separator and the columns."""
    unknown = sorted(set(shape.columns) - set(COLUMNS))
    if unknown:
        raise BadInput(f"`{unknown[0]}` is not a column; there are {', '.join(COLUMNS)}")
    header = lines[0] if lines else ""
    separator = max(",;\t", key=header.count)
    try:
        fields = _split(header, separator)
    except _Unusable as why:
        raise BadInput(f"the header is {why}") from None
    if fields.open_quote:
        raise BadInput("the header opens a quote and does not close it on the same line")
    there = fields.found
    wanted = {name: shape.columns.get(name, name) for name in COLUMNS}
    places = {name: there.index(column) for name, column in wanted.items() if column in there}
    missing = [wanted[name] for name in (*REQUIRED, *shape.columns) if name not in places]
    if not missing and not set(AMOUNTS) & set(places):
        missing = ["total, or amount, or price and quantity"]
    if missing:
        raise BadInput(
            f"the file has no column {', '.join(dict.fromkeys(missing))}; its header has "
            f"{', '.join(there) or 'nothing'}. Name the columns with "
            "--columns order=InvoiceNo,customer=CustomerID"
        )
    twice = [there[place] for place in places.values() if there.count(there[place]) > 1]
    if twice:
        raise BadInput(f"the header has the column {twice[0]} twice: rename the one not meant")
    return _Table(separator, len(there), places)


def _row(number: int, values: Mapping[str, str], program: Program) -> _Row:
    for name in REQUIRED:
        if not values[name]:
            raise _Unusable(f"no {name}")
    quantity = _quantity(values["quantity"]) if values.get("quantity") else 1
    paid = None
    if values.get("amount"):
        paid = _minor(values["amount"], program)
    elif values.get("price"):
        paid = _minor(values["price"], program) * quantity
    total = _minor(values["total"], program) if values.get("total") else None
    if paid is None and total is None:
        raise _Unusable("no amount")
    texts: dict[str, Any] = {name: values[name] for name in OF_A_LINE if values.get(name)}
    if values.get("flags"):
        texts["flags"] = tuple(flag.strip() for flag in values["flags"].split("|"))
    line = Line(paid if paid is not None else total or 0, quantity, **texts)
    return _Row(
        number=number,
        order=values["order"],
        customer=_FLOAT_NUMBER.sub(r"\1", values["customer"]),
        occurred_at=_instant(values["date"], program.zone),
        total=total,
        line=line if paid is not None or texts or quantity > 1 else None,
        priced=paid is not None,
        about={name: values[name] for name in OF_THE_ORDER if values.get(name)},
    )


def _order_sale(rows: Sequence[_Row], program: Program, shape: CsvShape) -> Sale:
    """Make one purchase of the rows of an order."""
    first = rows[0]
    for row in rows:
        if row.customer != first.customer:
            raise _Unusable(f"order {first.order} names two customers")
        if row.about != first.about:
            raise _Unusable(f"order {first.order} names two currencies, stores or ways to pay")
    lines = tuple(row.line for row in rows if row.line is not None)
    paid = sum(line.amount for line in lines)
    total = first.total if first.total is not None else paid
    if any(row.total not in (None, total) for row in rows) or (lines and total != paid):
        raise _Unusable(_why_not_the_sum(rows))
    if not lines and len(rows) > 1:
        raise _Unusable(f"order {first.order} is there twice")
    about: dict[str, Any] = dict(first.about)
    purchase = Purchase(
        source=shape.source,
        id=first.order,
        member_id="",
        occurred_at=min(row.occurred_at for row in rows),
        money=about.pop("currency", program.money),
        total=total,
        lines=lines,
        **about,
    )
    return Sale(tuple(row.number for row in rows), first.customer, purchase)


def _why_not_the_sum(rows: Sequence[_Row]) -> str:
    """Say why the rows of an order do not make its total."""
    first, *others = rows
    if others and all(row.same_as(first) for row in others):
        return f"order {first.order} is there twice"
    if others and not all(row.priced for row in rows):
        return f"order {first.order} has several rows: each needs an amount, or a price"
    return f"order {first.order} has a total that its lines do not add up to"


def by_customer(sales: Iterable[Sale]) -> dict[str, list[Sale]]:
    """Group sales by customer, each customer's in the order in which they happened."""
    groups: dict[str, list[Sale]] = {}
    for sale in sales:
        groups.setdefault(sale.customer, []).append(sale)
    for group in groups.values():
        group.sort(key=lambda sale: (sale.purchase.occurred_at, sale.numbers))
    return groups


def _minor(text: str, program: Program) -> int:
    """Read an amount exactly, in minor units."""
    plain = text.replace(",", ".") if _COMMA_AMOUNT.fullmatch(text) else text
    if not _AMOUNT.fullmatch(plain):
        raise _Unusable(f"not an amount: {_quoted(text)}")
    try:
        amount = terms.minor_units(Decimal(plain), program.exponent)
    except ValueError as error:
        raise _Unusable(str(error)) from None
    if amount < 0:
        raise _Unusable(f"the amount {plain} is negative: refunds are not imported")
    return amount


def _quantity(text: str) -> int:
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise _Unusable(f"not a quantity: {_quoted(text)}")
    quantity = int(found[1])
    if quantity < 0:
        raise _Unusable(f"the quantity {quantity} is negative: returns are not imported")
    if quantity == 0:
        raise _Unusable("the quantity is 0")
    return quantity


@lru_cache(maxsize=4_096)
def _instant(text: str, zone: ZoneInfo) -> datetime:
    """Read a date (as noon, in the zone), a local time, or an instant, into naive UTC."""
    try:
        if len(text) == 10:
            moment = datetime.combine(date.fromisoformat(text), time(12), zone)
        else:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _Unusable(f"not a date: {_quoted(text)}") from None
    return moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)


def _quoted(text: str) -> str:
    return f"`{text[:40]}`" if text.isprintable() else "text that cannot be shown"
