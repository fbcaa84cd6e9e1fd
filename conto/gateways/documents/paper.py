"""What stands on paper: an issued document in words and formatted numbers, ready to be set.

Nothing is computed here. Every text is data for the template, which knows no language and no number.
"""

from decimal import Decimal
from typing import Any

from conto.domain.document import DocumentLine, IssuedDocument, LineAdjustment, Party
from conto.gateways.documents.figures import Figures, chosen_locale, grouped_iban
from conto.gateways.documents.logo import logo_svg
from conto.gateways.documents.qr import epc_qr, link_qr, swiss_bill
from conto.gateways.documents.sums import Sums
from conto.gateways.documents.words import Words

Json = dict[str, Any]
COLUMNS = ("position", "item_code", "quantity", "unit_price", "tax", "total")  # beside the item's name
_LONGEST_NAME = 240
_UNBROKEN = 700
_UNTAXED = frozenset({"E", "AE", "K", "G", "O"})


def paper(document: IssuedDocument, *, has_e_invoice: bool) -> Json:
    """Prepare everything that the template shows."""
    page = _Paper(document)
    bill = swiss_bill(document)
    return {
        **page.frame(has_e_invoice=has_e_invoice),
        **page.head(),
        **page.answer(),
        **page.table(),
        **page.recurring(),
        **page.end(),
        "swiss_bill": bill,
        **({"paper": "a4"} if bill else {}),  # the payment part has the width of A4
    }


_NO_LINE = DocumentLine("", "", Decimal(0), Decimal(0), 0, "", Decimal(0))


class _Paper:
    """One document with its words and its way of writing numbers."""

    def __init__(self, document: IssuedDocument) -> None:
        self.document = document
        self.words = Words.of(document.language)
        language = document.language if self.words.language == document.language[:2].lower() else "en"
        locale = chosen_locale(language, document.buyer.address.country)
        self.figures = Figures(locale, document.currency, document.minor_digits)

    # --- the frame of every page --------------------------------------------------------------------------------

    def frame(self, *, has_e_invoice: bool) -> Json:
        """Give what stands on every page."""
        document, words = self.document, self.words
        before, _, rest = words["page"].partition("%(page)s")
        between, _, after = rest.partition("%(pages)s")
        day = document.issued_on
        title = words.title(document)
        return {
            "language": words.language,
            "day": [day.year, day.month, day.day],
            "paper": "us-letter" if document.look.paper == "letter" else "a4",
            "accent": _color(document.look.accent),
            "watermark": words.watermark(document),
            "page_words": [before, between, after],
            "title": title,
            "number": document.number or words.watermark(document).capitalize(),
            "running": " ".join(part for part in (title, document.number) if part),
            "author": document.seller.legal_name or document.seller.name,
            "footer": self._footer(),
            "small_print": _paragraphs(document.look.footer) + ([words["e_invoice"]] if has_e_invoice else []),
        }

    def _footer(self) -> list[list[str]]:
        seller, words, payment = self.document.seller, self.words, self.document.payment
        who = [seller.legal_name or seller.name, *self.figures.address(seller.address, seen_from="")]
        law = []
        if seller.vat_number:
            law.append(words["vat_number"] % seller.vat_number)
        if seller.tax_number and seller.tax_number != seller.vat_number:
            law.append(words["tax_number"] % seller.tax_number)
        law += [part for part in (seller.company_id, seller.legal_info) if part]
        money = []
        if payment.iban:
            money = [payment.bank_name, grouped_iban(payment.iban), payment.bic and f"BIC {payment.bic}"]
        columns = (who, law, [part for part in money if part])
        return [[_name(line) for line in column] for column in columns if column]

    # --- the head of the first page -----------------------------------------------------------------------------

    def head(self) -> Json:
        """Give sender, receiver and the facts beside them."""
        document = self.document
        seller, buyer = document.seller, document.buyer
        contact = seller.contact
        reach = [contact.name, contact.phone, contact.email] if contact else []
        home = self.figures.address(seller.address, seen_from=seller.address.country)
        sender = [part for part in (*home, *reach, seller.website) if part]
        return {
            "logo": logo_svg(document.look.logo) if document.look.logo else "",
            "seller": _name(seller.name),
            "header": document.look.header,
            "sender": [_name(line) for line in sender],
            "sender_line": _name(" · ".join([seller.legal_name or seller.name, *home])),
            "window": document.look.window,
            "to": self._receiver(buyer),
            "facts": self._facts(),
            "intro": _paragraphs(document.look.intro),
        }

    def _receiver(self, buyer: Party) -> list[str]:
        name = buyer.legal_name or buyer.name
        trading = buyer.name if buyer.name != name else ""
        person = buyer.contact.name if buyer.contact and buyer.contact.name != name else ""
        address = self.figures.address(buyer.address, seen_from=self.document.seller.address.country)
        return [_name(line) for line in (name, trading, person, *address) if line]

    def _facts(self) -> list[list[str]]:
        document, words, figures = self.document, self.words, self.figures
        facts = [
            ("number", document.number),
            ("date", figures.short_day(document.issued_on)),
            ("delivery", figures.short_day(document.delivery_on) if document.delivery_on else ""),
            ("period", figures.days(document.period) if document.period else ""),
            ("tax_point", figures.short_day(document.tax_point_on) if document.tax_point_on else ""),
            ("corrects", ", ".join(entry.number for entry in document.preceding)),
            ("customer_number", document.buyer.party_id),
            ("your_vat", document.buyer.vat_number),
            ("order", document.order_reference),
            ("buyer_reference", document.buyer_reference),
            ("sales_order", document.sales_order_reference),
            ("contract", document.contract_reference),
            ("project", document.project_reference),
        ]
        return [[words[key], _name(value)] for key, value in facts if value]

    # --- what, how much, by when, how to pay --------------------------------------------------------------------

    def answer(self) -> Json:
        """Give the strip that answers everything in three seconds."""
        document, words, figures = self.document, self.words, self.figures
        payable = document.totals.payable_minor
        if document.is_credit_note:
            amount = [words["credited"], figures.money(payable)]
        elif payable < 0:
            amount = [words["in_your_favor"], figures.money(-payable)]
        else:
            amount = [words["payable"], figures.money(payable)]
        due = ["", ""]
        if document.is_payable:
            terms = words["see_terms"] if document.payment_terms else words["at_once"]
            due = [words["due_by"], figures.day(document.due_on) if document.due_on else terms]
        elif not document.is_credit_note and payable == 0:
            due = ["", words["nothing_due"]]
        if document.is_quote:
            amount = [words["gross"], figures.money(payable)]
            due = [words["valid_until"], figures.day(document.valid_until) if document.valid_until else ""]
            usual = [
                [said, sum_] for each in document.recurring for said, sum_, _tax, is_usual in each.amounts if is_usual
            ]
            if usual and not document.lines:
                amount = usual[0]
        code, caption = epc_qr(document), words["scan_bank"]
        if not code:
            code, caption = link_qr(document), words["scan_link"]
        return {
            "amount": amount,
            "due": due,
            "how": self._how(),
            "qr": code,
            "qr_caption": caption if code else "",
        }

    def _how(self) -> list[str]:
        """Say how to pay: a label, then lines."""
        payment, words = self.document.payment, self.words
        if not self.document.is_payable:
            return []
        if payment.mandate_reference:
            iban = grouped_iban(payment.debited_iban)
            lines = [iban, f"{words['mandate']} {payment.mandate_reference}"]
            creditor = f"{words['creditor_id']} {payment.creditor_id}" if payment.creditor_id else ""
            return [words["debited"], *(line for line in (*lines, creditor) if line)]
        if payment.iban:
            reference = payment.reference or self.document.number
            return [
                words["pay_to"],
                grouped_iban(payment.iban),
                _name(payment.account_name or self.document.seller.legal_name or self.document.seller.name),
                f"{words['reference']}: {reference}" if reference else "",
            ]
        return [words["pay_online"], payment.link] if payment.link else []

    # --- the lines ----------------------------------------------------------------------------------------------

    def table(self) -> Json:
        """Give the columns and rows of the lines."""
        document, words = self.document, self.words
        wanted = [name for name in COLUMNS if name in document.look.columns]
        first = [name for name in wanted if name in {"position", "item_code"}]
        after = [name for name in wanted if name not in {"position", "item_code"}]
        names = [*first, "item", *after]
        titles = {name: words[name] for name in names if name != "total"}
        titles["total"] = words["total_in"] % document.currency
        return {
            "columns": [{"name": name, "title": titles[name]} for name in names],
            "rows": [
                {**self._row(line, names), "section": line.section if line.section != before.section else ""}
                for before, line in zip((_NO_LINE, *document.lines), document.lines, strict=False)
            ],
        }

    def _row(self, line: DocumentLine, names: list[str]) -> Json:
        figures, words = self.figures, self.words
        unit = words.unit(line.unit_code, line.unit_name, is_one=abs(line.quantity) == 1)
        gross = self.document.prices_include_tax
        price = line.unit_price_with_tax if gross and line.unit_price_with_tax is not None else line.unit_price
        total = line.with_tax_minor if gross and line.with_tax_minor is not None else line.net_minor
        per = ""
        if line.base_quantity != 1:
            per = words["per"] % " ".join(part for part in (figures.quantity(line.base_quantity), unit) if part)
        cells = {
            "position": line.line_id,
            "item_code": _name(line.item_code),
            "quantity": figures.quantity(line.quantity),
            "unit_price": figures.price(price),
            "tax": "–" if line.tax_category in _UNTAXED else figures.percent(line.tax_rate),
            "total": figures.plain(total),
        }
        details = self._details(line)
        return {
            "is_long": len(line.name) + sum(map(len, details)) > _UNBROKEN,  # only a long row may cross a page
            "cells": {name: cells[name] for name in names if name != "item"},
            "unit": unit,
            "per": per,
            "name": _one_line(line.name),
            "details": details,
        }

    def _details(self, line: DocumentLine) -> list[str]:
        details = _paragraphs(line.description)
        if line.choice:
            details.append(self.words[f"option_{line.choice}"])
        if line.item_code and "item_code" not in self.document.look.columns:
            details.append(f"{self.words['item_code']} {_name(line.item_code)}")
        if line.period:
            details.append(self.figures.days(line.period))
        if line.note:
            details += _paragraphs(line.note)
        return details + [self._line_adjustment(adjustment) for adjustment in line.adjustments]

    def _line_adjustment(self, adjustment: LineAdjustment) -> str:
        words, figures = self.words, self.figures
        gross = self.document.prices_include_tax and adjustment.with_tax_minor is not None
        minor = (
            adjustment.with_tax_minor if gross and adjustment.with_tax_minor is not None else adjustment.amount_minor
        )
        reason = adjustment.reason or words["charge" if adjustment.is_charge else "discount"]
        percent = figures.percent(adjustment.percent) if adjustment.percent else ""
        amount = figures.plain(minor if adjustment.is_charge else -minor)
        return " ".join(part for part in (reason, percent, amount) if part)

    def recurring(self) -> Json:
        """Give what recurs beside the lines, as it is said."""
        return {
            "recurring": [
                {
                    "title": _name(each.title),
                    "rhythm": each.rhythm,
                    "items": [[_name(name), price] for name, price in each.items],
                    "amounts": [list(amount) for amount in each.amounts],
                    "terms": list(each.terms),
                }
                for each in self.document.recurring
            ]
        }

    # --- sums and what follows them -----------------------------------------------------------------------------

    def end(self) -> Json:
        """Give the sums, the words of the law, the terms and the notes."""
        document, words, figures = self.document, self.words, self.figures
        reasons = [words.tax_reason(group) for group in document.tax_totals]
        place = document.deliver_to
        delivered = []
        if place and (place.name or place.address):
            seen_from = document.seller.address.country
            lines = figures.address(place.address, seen_from=seen_from) if place.address else []
            delivered = [words["delivered_to"], _name(", ".join(part for part in (place.name, *lines) if part))]
        return {
            "sums": Sums(document, words, figures).rows(),
            "remarks": list(dict.fromkeys(reason for reason in reasons if reason)),
            "terms": self._terms(),
            "delivered": delivered,
            "link": document.payment.link if document.is_payable else "",
            "link_label": words["pay_online"],
            "notes": [part for note in document.notes for part in _paragraphs(note)],
            "closing": _paragraphs(document.look.closing),
        }

    def _terms(self) -> list[str]:
        document, words, figures = self.document, self.words, self.figures
        terms = _paragraphs(document.payment_terms)
        for early in document.early_discounts:
            named = {
                "date": figures.day(early.until_on),
                "percent": figures.percent(early.percent),
                "payable": figures.money(early.payable_minor),
                "full": figures.money(document.totals.payable_minor),
            }
            terms.append(words["early" if early.payable_minor else "early_plain"] % named)
        return terms


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _name(text: str) -> str:
    """Keep a name on paper within reason; XML has all of it."""
    line = _one_line(text)
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def _color(accent: str) -> str:
    digits = accent.removeprefix("#")
    is_color = len(digits) == 6 and all(letter in "0123456789abcdefABCDEF" for letter in digits)
    return f"#{digits}" if is_color else "#1f5c4a"
