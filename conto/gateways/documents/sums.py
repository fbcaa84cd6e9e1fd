"""The column of sums under the lines: from their subtotal down to what is to be paid."""

from conto.domain.document import DocumentAdjustment, IssuedDocument, TaxTotal
from conto.gateways.documents.figures import Figures
from conto.gateways.documents.words import TAXED, Words

Row = list[str]  # kind, label, amount; kinds: plain, small, strong, final


class Sums:
    """Says what was computed, in the order in which a reader adds it up."""

    def __init__(self, document: IssuedDocument, words: Words, figures: Figures) -> None:
        self._document = document
        self._words = words
        self._figures = figures

    def rows(self) -> list[Row]:
        """Give the rows from top to bottom; a total that is also what to pay is said once."""
        settled = self._settled()
        total = [self._gross_row(), *settled, self._final()] if settled else [self._final()]
        if not self._document.prices_include_tax:
            return [*self._adjusted(), self._net_row(), *self._taxes(), *self._foreign_tax(), *total]
        net = ["small", self._words["net"], self._figures.plain(self._document.totals.net_minor)]
        return [*self._adjusted(), *total, net, *self._taxes(), *self._foreign_tax()]

    def _net_row(self) -> Row:
        return ["plain", self._words["net"], self._figures.plain(self._document.totals.net_minor)]

    def _gross_row(self) -> Row:
        return ["strong", self._words["gross"], self._figures.plain(self._document.totals.gross_minor)]

    def _adjusted(self) -> list[Row]:
        document, figures = self._document, self._figures
        if not document.adjustments:
            return []
        if document.prices_include_tax:
            subtotal = sum(
                line.net_minor if line.with_tax_minor is None else line.with_tax_minor for line in document.lines
            )
        else:
            subtotal = document.totals.lines_net_minor
        first = ["plain", self._words["subtotal"], figures.plain(subtotal)]
        return [first, *(self._adjustment(adjustment) for adjustment in document.adjustments)]

    def _adjustment(self, adjustment: DocumentAdjustment) -> Row:
        gross = self._document.prices_include_tax and adjustment.with_tax_minor is not None
        minor = adjustment.amount_minor
        if gross and adjustment.with_tax_minor is not None:
            minor = adjustment.with_tax_minor
        label = adjustment.reason or self._words["charge" if adjustment.is_charge else "discount"]
        if adjustment.percent:
            label = f"{label} {self._figures.percent(adjustment.percent)}"
        return ["plain", label, self._figures.plain(minor if adjustment.is_charge else -minor)]

    def _taxes(self) -> list[Row]:
        groups = self._document.tax_totals
        return [self._tax(group) for group in groups if len(groups) > 1 or group.category in TAXED]

    def _tax(self, group: TaxTotal) -> Row:
        words, figures = self._words, self._figures
        named = {
            "rate": figures.percent(group.rate),
            "base": figures.plain(group.taxable_minor),
            "code": group.category,
        }
        included = self._document.prices_include_tax
        taxed = "tax_included" if included else "tax_on"
        key = taxed if group.category in TAXED else "tax_free_on"
        return ["small" if included else "plain", words[key] % named, figures.plain(group.tax_minor)]

    def _foreign_tax(self) -> list[Row]:
        document = self._document
        if document.tax_in_tax_currency_minor is None:
            return []
        digits = document.tax_currency_digits
        foreign = Figures(self._figures.locale, document.tax_currency, digits)
        label = self._words["tax_in_currency"] % document.tax_currency
        return [["small", label, foreign.plain(document.tax_in_tax_currency_minor)]]

    def _settled(self) -> list[Row]:
        """List what was paid before and what rounding does."""
        document, words, figures = self._document, self._words, self._figures
        rows = []
        for deposit in document.deposits:
            named = {"number": deposit.number, "date": figures.short_day(deposit.issued_on)}
            rows.append(["plain", words["deposit_of"] % named, figures.plain(-deposit.gross_minor)])
            if deposit.tax_minor:
                parts = {"net": figures.plain(deposit.net_minor), "tax": figures.plain(deposit.tax_minor)}
                rows.append(["small", words["deposit_tax"] % parts, ""])
        other = document.totals.prepaid_minor - sum(deposit.gross_minor for deposit in document.deposits)
        if other:
            rows.append(["plain", words["prepaid"], figures.plain(-other)])
        if document.totals.rounding_minor:
            rows.append(["plain", words["rounding"], figures.plain(document.totals.rounding_minor)])
        return rows

    def _final(self) -> Row:
        document = self._document
        payable = document.totals.payable_minor
        if document.is_credit_note:
            return ["final", self._words["credited"], self._figures.money(payable)]
        if document.is_quote:
            return ["final", self._words["gross"], self._figures.money(payable)]
        key = "in_your_favor" if payable < 0 else "payable"
        return ["final", self._words[key], self._figures.money(abs(payable))]
