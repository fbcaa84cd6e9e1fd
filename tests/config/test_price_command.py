"""`conto price`: the rules of billing in a terminal, without a book."""

import json
import signal
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pytest

from conto.config.cli.entrance import main

FLAT = {"kind": "flat", "currency": "EUR", "version": "basic", "amount": "30"}
DEFINITION = {
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "starts_on": "2027-04-01",
    "ends_on": "2027-04-11",
    "items": [{"key": "base", "price": FLAT}],
}


@pytest.fixture(autouse=True)
def left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command is run in this process, which goes on."""
    monkeypatch.setenv("CONTO_DB_ROLE", "app")
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, body: object, *more: str) -> tuple[int, str]:
    file = tmp_path / "given.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body))
    # In a context of its own: a command notes for good that what it writes comes through the command line.
    code = copy_context().run(main, ["price", kind, str(file), *more])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_a_price_is_told_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = {"price": FLAT | {"amount": "249.95"}, "part": 9, "whole": 30}
    code, told = said(tmp_path, capsys, "price", body)
    assert code == 0
    assert told == "74.99 EUR: €249.95 for the whole period, for 9 of 30 days, €74.985 rounded to €74.99\n"


def test_a_subscription_is_told_invoice_by_invoice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = said(tmp_path, capsys, "subscription", {"definition": DEFINITION, "until": "2027-06-01"})
    assert code == 0
    assert "2027-04-01  10.00 EUR" in told
    assert "base 2027-04-01 – 2027-04-10: €30.00 for the whole period, for 10 of 30 days" in told
    nothing = said(tmp_path, capsys, "subscription", {"definition": DEFINITION, "until": "2027-03-01"})
    assert nothing == (0, "Nothing is billed until then.\n")


def test_an_invoice_is_told_by_its_totals_and_for_programs_in_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"currency": "EUR", "lines": [{"unit_price": "100", "tax": {"rate": "19"}}]}
    assert said(tmp_path, capsys, "invoice", body) == (0, "net 100.00 EUR, tax 19.00 EUR, together 119.00 EUR\n")
    code, told = said(tmp_path, capsys, "invoice", body, "--json")
    assert (code, json.loads(told)["totals"]["tax_minor"]) == (0, 1900)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("no json", "This is not JSON"),
        ({"price": FLAT | {"currency": "EUX"}}, "EUX is not a currency."),
        ({"price": {"kind": "flat"}}, "price.currency: Field required"),
    ],
)
def test_what_cannot_be_rated_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: object, words: str
) -> None:
    code, told = said(tmp_path, capsys, "price", body)
    assert code == 1
    assert words in told
