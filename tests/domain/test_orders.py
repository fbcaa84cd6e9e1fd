"""Reading the order list of an online shop."""

from datetime import date

import pytest

from conto.domain.orders import read_orders

HEAD = "customer_id date number_of_cds dollar_value"


def test_orders_come_back_by_date_and_keep_their_names() -> None:
    read = read_orders([HEAD, " 2 19970112 1 12.00", " 1 19970101 3  11.77", " 2 19970112 1 12.00"], "USD")
    assert [order.ref for order in read.orders] == [
        "1/19970101/3/11.77/1",
        "2/19970112/1/12.00/1",
        "2/19970112/1/12.00/2",
    ]
    assert read.orders[0].ordered_on == date(1997, 1, 1)
    assert read.orders[0].value_minor == 1177
    assert read.findings == ()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1 19970230 1 5.00", "not a date"),
        ("1 19970201 0 5.00", "quantity"),
        (f"1 19970201 {'9' * 5000} 5.00", "quantity"),
        (f"1 19970201 1 5.00{'0' * 40}", "amount"),
        (f"{'C' * 51} 19970201 1 5.00", "name of a customer"),
        ("C\x009 19970201 1 5.00", "name of a customer"),
        ("C\u202e9 19970201 1 5.00", "name of a customer"),
        ("1 19970201 1 5.005", "decimals"),
        ("1 19970201 1 -5", "amount"),
        ("1 19970201 1 NaN", "amount"),
        ("1 19970201 1", "columns"),
        ("1 19970201 1 five", "amount"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_reason(line: str, why: str) -> None:
    read = read_orders([HEAD, "1 19970101 1 5.00", line], "USD")
    assert len(read.orders) == 1
    assert read.findings[0].text.startswith("Line 3: ")
    assert why in read.findings[0].text


def test_the_same_list_gives_the_same_refs_whatever_its_order() -> None:
    lines = ["1 19970101 1 5.00", "1 19970101 1 5.00", "3 19970101 1 5.00"]
    assert read_orders(lines, "USD").orders == read_orders(reversed(lines), "USD").orders
