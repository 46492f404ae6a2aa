"""Files of purchases: what each line becomes, and which are left out and why."""

from datetime import datetime

import pytest

from loyalty import program
from loyalty.activities import (
    BadLine,
    CsvShape,
    Intake,
    Line,
    by_customer,
    read_cdnow,
    read_csv,
)
from loyalty.errors import BadInput
from loyalty.program import Program
from tests.processes import PROGRAMS

RETAIL = {
    "order": "InvoiceNo",
    "customer": "CustomerID",
    "date": "InvoiceDate",
    "price": "UnitPrice",
    "quantity": "Quantity",
    "product": "StockCode",
    "name": "Description",
}


@pytest.fixture(scope="module")
def plain() -> Program:
    """A program in dollars whose days are those of New York."""
    return program.parse((PROGRAMS / "points.yaml").read_text(encoding="utf-8"))


def csv(plain: Program, text: str, columns: dict[str, str] | None = None) -> Intake:
    return read_csv(text.splitlines(keepends=True), plain, CsvShape("shop", columns or {}))


def test_a_cdnow_line_is_one_purchase_at_noon_of_its_day(plain: Program) -> None:
    [sale] = read_cdnow([" 00001 19970101  2   11.77\n"], plain).sales
    assert (sale.numbers, sale.customer) == ((1,), "00001")
    purchase = sale.purchase
    assert (purchase.source, purchase.id) == ("cdnow", "00001-19970101-2-1177-1")
    assert purchase.occurred_at == datetime(1997, 1, 1, 17)
    assert (purchase.money, purchase.total) == ("USD", 1177)
    assert purchase.lines == (Line(1177, 2),)


def test_equal_cdnow_lines_are_two_purchases_with_the_same_ids_every_time(plain: Program) -> None:
    lines = ["00003 19970102 2 20.76", "00004 19970102 2 20.76", "00003 19970102 2 20.76"]
    ids = [sale.purchase.id for sale in read_cdnow(lines, plain).sales]
    assert ids == [
        "00003-19970102-2-2076-1",
        "00004-19970102-2-2076-1",
        "00003-19970102-2-2076-2",
    ]
    assert [sale.purchase.id for sale in read_cdnow(lines, plain).sales] == ids


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("00001 19970101 1", "4 fields expected (customer, date, discs, dollars), 3 found"),
        ("abc 19970101 1 1.00", "the customer is a number, not `abc`"),
        ("00001 1997-01-01 1 1.00", "the date is YYYYMMDD, not `1997-01-01`"),
        ("00001 19970231 1 1.00", "not a date: `1997-02-31`"),
        ("00001 19970101 x 1.00", "not a quantity: `x`"),
        ("00001 19970101 0 1.00", "the quantity is 0"),
        ("00001 19970101 -1 1.00", "the quantity -1 is negative: returns are not imported"),
        ("00001 19970101 1 -1.00", "the amount -1.00 is negative: refunds are not imported"),
        ("00001 19970101 1 1.005", "1.005 has more decimals than the currency's 2"),
        ("00001 19970101 1 NaN", "not an amount: `NaN`"),
        ("00001 19970101 1 1e3", "not an amount: `1e3`"),
    ],
)
def test_a_bad_cdnow_line_is_named_and_the_rest_goes_in(
    plain: Program, line: str, reason: str
) -> None:
    intake = read_cdnow(["", line, "00002 19970101 1 5.00"], plain)
    assert intake.bad_lines == [BadLine(2, reason)]
    assert [sale.customer for sale in intake.sales] == ["00002"]


def test_amounts_are_read_exactly(plain: Program) -> None:
    [sale] = read_cdnow(["1 19970101 1 90071992547409.93"], plain).sales
    assert sale.purchase.total == 9_007_199_254_740_993


def test_a_csv_row_with_a_total_is_one_purchase(plain: Program) -> None:
    text = "order,customer,date,total,store\nA1,c1,2024-03-01T10:00:00Z,12.50,north\n"
    [sale] = csv(plain, text).sales
    purchase = sale.purchase
    assert (purchase.source, purchase.id, sale.customer) == ("shop", "A1", "c1")
    assert purchase.occurred_at == datetime(2024, 3, 1, 10)
    assert (purchase.total, purchase.lines, purchase.store) == (1250, (Line(1250),), "north")


def test_rows_of_an_order_become_one_purchase_wherever_they_stand(plain: Program) -> None:
    text = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,UK\n"
        "536366,B,LAMP,1,2010-12-01 09:00:00,7.00,17851.0,UK\n"
        '536365,C,"MUG, WHITE",1,2010-12-01 08:26:00,3.39,17850.0,UK\n'
    )
    intake = csv(plain, text, RETAIL)
    assert intake.bad_lines == []
    first, second = intake.sales
    assert (first.numbers, first.customer) == ((2, 4), "17850")
    assert first.purchase.total == 1530 + 339
    assert first.purchase.lines == (
        Line(1530, 6, "A", "HEART"),
        Line(339, 1, "C", "MUG, WHITE"),
    )
    assert first.purchase.occurred_at == datetime(2010, 12, 1, 13, 26)
    assert second.purchase.total == 700


def test_an_order_with_a_bad_row_is_held_back_whole(plain: Program) -> None:
    text = (
        "order,customer,date,price,quantity\n"
        "1,c,2024-01-01,5.00,1\n"
        "1,c,2024-01-01,5.00,-1\n"
        "2,c,2024-01-01,5.00,1\n"
    )
    intake = csv(plain, text)
    assert [sale.purchase.id for sale in intake.sales] == ["2"]
    assert intake.bad_lines == [
        BadLine(2, "held back: line 3 of the same order is bad"),
        BadLine(3, "the quantity -1 is negative: returns are not imported"),
    ]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("1,,2024-01-01,5.00\n", "no customer"),
        ("1,c,soon,5.00\n", "not a date: `soon`"),
        ("1,c,2024-01-01,\n", "no amount"),
        ("1,c,2024-01-01,5.00,6\n", "more fields than the header has"),
        ("1,c,2024-01-01,5.00\n1,d,2024-01-01,5.00\n", "order 1 names two customers"),
        ("1,c,2024-01-01,5.00\n1,c,2024-01-01,5.00\n", "order 1 is there twice"),
    ],
)
def test_a_csv_row_that_cannot_be_used_is_named(plain: Program, rows: str, reason: str) -> None:
    intake = csv(plain, f"order,customer,date,total\n{rows}")
    assert intake.sales == []
    assert {bad.reason for bad in intake.bad_lines} == {reason}
    assert [bad.number for bad in intake.bad_lines] == list(range(2, 2 + rows.count("\n")))


@pytest.mark.parametrize("rows", [1_000, 6_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_open_quote_takes_no_other_order_along(plain: Program, rows: int, end: str) -> None:
    lines = [f"Q{n},c{n},2024-01-01,5.00,plate {'x' * 20}" for n in range(rows)]
    lines[5] = 'Q5,c5,2024-01-01,5.00,"12 inch plate'
    intake = csv(plain, end.join(["order,customer,date,total,name", *lines, ""]))
    assert intake.bad_lines == [BadLine(7, "a quote is opened and not closed on the same line")]
    assert len(intake.sales) + len(intake.bad_lines) == rows


def test_an_open_quote_holds_its_order_back(plain: Program) -> None:
    rows = ["1,c,2024-01-01,5.00,mug", '1,c,2024-01-01,5.00,"mug', '"2,c,2024-01-01,5.00,mug']
    text = "\n".join(["order,customer,date,amount,name", *rows, "2,c,2024-01-01,5.00,mug"])
    intake = csv(plain, text)
    assert intake.sales == []
    assert [bad.number for bad in intake.bad_lines] == [2, 3, 4, 5]


def test_a_field_too_long_to_read_is_one_bad_line(plain: Program) -> None:
    text = f"order,customer,date,total,name\n1,c,2024-01-01,5.00,{'x' * 200_000}\n"
    intake = csv(plain, text + "2,c,2024-01-01,5.00,mug\n")
    [bad] = intake.bad_lines
    assert bad.number == 2
    assert bad.reason.startswith("not readable as CSV: ")
    assert [sale.purchase.id for sale in intake.sales] == ["2"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (["5.00,,mug", "5.00,,mug"], "order 1 is there twice"),
        (["5.00,5.00,mug", "5.00,5.00,mug"], "order 1 is there twice"),
        (["5.00,,mug", "5.00,,cup"], "order 1 has several rows: each needs an amount, or a price"),
        (["5.00,1.00,mug"], "order 1 has a total that its lines do not add up to"),
    ],
)
def test_a_total_that_cannot_be_is_explained(plain: Program, rows: list[str], reason: str) -> None:
    text = "order,customer,date,total,amount,product\n"
    intake = csv(plain, text + "".join(f"1,c,2024-01-01,{row}\n" for row in rows))
    assert intake.sales == []
    assert {bad.reason for bad in intake.bad_lines} == {reason}


def test_a_nordic_spreadsheet_is_read(plain: Program) -> None:
    text = "order;customer;date;total\nA1;c1;2024-07-01;1234,50\n"
    assert csv(plain, text).sales[0].purchase.total == 123_450


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        ("order,customer,total\n", {}, "the file has no column date"),
        ("order,customer,date\n", {}, "total, or amount, or price and quantity"),
        ("order,customer,date,total\n", {"order": "Invoice"}, "the file has no column Invoice"),
        ("order,customer,date,total\n", {"colour": "x"}, "`colour` is not a column"),
        ("", {}, "its header has nothing"),
        ("order,customer,date,total,total\n", {}, "has the column total twice"),
        ('order,customer,date,"total\n', {}, "opens a quote and does not close it"),
    ],
)
def test_a_header_that_cannot_be_used_is_said_before_anything_is_read(
    plain: Program, header: str, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        csv(plain, header, columns)


def test_each_customers_sales_come_in_the_order_in_which_they_happened(plain: Program) -> None:
    lines = ["2 19970301 1 1.00", "1 19970101 1 1.00", "2 19970201 1 2.00"]
    groups = by_customer(read_cdnow(lines, plain).sales)
    assert [sale.numbers for sale in groups["2"]] == [(3,), (1,)]
    assert [sale.numbers for sale in groups["1"]] == [(2,)]
