"""The whole of a document that leaves the house: XML in both syntaxes, judged, and paper that carries it."""

from dataclasses import dataclass
from typing import Any

from conto.domain.document import IssuedDocument
from conto.domain.errors import RuleBroken
from conto.gateways.documents.einvoice.cii import cii_xml
from conto.gateways.documents.einvoice.ubl import ubl_xml
from conto.gateways.documents.render import render_pdf
from conto.gateways.documents.validate import ValidationReport, validate

_SHOWN_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """What is kept and sent. Without XML (currencies of three decimals) `without_xml` says why, in a refusal."""

    pdf: bytes
    cii_xml: bytes | None
    ubl_xml: bytes | None
    reports: tuple[ValidationReport, ...]
    content_sha256: str
    without_xml: RuleBroken | None = None

    def report_json(self) -> dict[str, Any]:
        """Give the reports as they are stored."""
        refusal = {"code": self.without_xml.code, "text": str(self.without_xml)} if self.without_xml else None
        return {
            "ok": all(report.ok for report in self.reports),
            "refusal": refusal,
            "reports": [report.to_json() for report in self.reports],
        }


def make_documents(document: IssuedDocument) -> MadeDocument:
    """Make PDF, CII and UBL of an issued document, or refuse when the rules object.

    Raises: RuleBroken `document.invalid_e_invoice`, `document.cannot_be_set`, `document.is_draft`.
        ValidationUnavailable when the rules could not be asked.
    """
    if document.watermark or not document.number:
        raise RuleBroken("document.is_draft", "A draft has no e-invoice; issue it first.")
    content = document.sha256()
    if document.minor_digits > 2:
        try:
            cii_xml(document)
        except RuleBroken as refusal:
            return MadeDocument(render_pdf(document), None, None, (), content, refusal)
    cii, ubl = cii_xml(document), ubl_xml(document)
    reports = (validate("cii", cii), validate("ubl", ubl))
    refuse_invalid(document, reports)
    return MadeDocument(render_pdf(document, cii), cii, ubl, reports, content)


def check_document(document: IssuedDocument) -> tuple[ValidationReport, ...]:
    """Judge the e-invoices of a document without making paper: the last line of a check list.

    Raises: RuleBroken for currencies of three decimals; ValidationUnavailable.
    """
    return validate("cii", cii_xml(document)), validate("ubl", ubl_xml(document))


def refuse_invalid(document: IssuedDocument, reports: tuple[ValidationReport, ...]) -> None:
    """Refuse what the official rules refuse, and say which rules.

    Raises: RuleBroken.
    """
    fatal = [finding for report in reports for finding in report.findings if finding.flag != "warning"]
    if fatal:
        raise RuleBroken(
            "document.invalid_e_invoice",
            "%(number)s would not be a valid e-invoice: %(findings)s",
            number=document.number,
            findings="; ".join(finding.text for finding in fatal[:_SHOWN_FINDINGS]),
        )
