"""From an issued document to paper: PDF/A-3 with its e-invoice inside, or a quick picture of a draft."""

import atexit
import base64
import threading
from datetime import UTC, datetime
from typing import Any, Literal

from conto.domain.document import IssuedDocument
from conto.domain.errors import RuleBroken
from conto.gateways.documents.factur_x import mark_factur_x
from conto.gateways.documents.paper import paper
from conto.gateways.documents.worker import Worker, WorkerLost

PreviewFormat = Literal["png", "svg", "pdf"]


class Renderer:
    """The typesetter in a worker process, which starts with the first document.

    Units: seconds.
    """

    def __init__(self, *, seconds: float = 10.0, first_seconds: float = 40.0) -> None:
        self._seconds = seconds
        self._first_seconds = first_seconds
        self._worker = Worker("conto.gateways.documents.render_worker")

    @property
    def worker_pid(self) -> int | None:
        """Name the running worker, if there is one."""
        return self._worker.pid

    def pdf(self, document: IssuedDocument, cii: bytes | None = None) -> bytes:
        """Set a document as PDF/A-3b, with its CII inside where there is one (Factur-X).

        Raises: RuleBroken when it cannot be set.
        """
        question: dict[str, Any] = {
            "format": "pdf",
            "archive": True,
            "timestamp": _midnight(document),
            "data": paper(document, has_e_invoice=cii is not None),
        }
        if cii is None:
            return self._pages(question)[0]
        question |= {"xml": cii.decode(), "relation": "alternative"}
        return mark_factur_x(self._pages(question)[0])

    def preview(self, document: IssuedDocument, form: PreviewFormat = "svg", *, ppi: int = 110) -> list[bytes]:
        """Set a document quickly, page by page (PDF: all in one), without e-invoice.

        Raises: RuleBroken when it cannot be set.
        """
        question = {
            "format": form,
            "archive": False,
            "timestamp": _midnight(document),
            "ppi": ppi,
            "data": paper(document, has_e_invoice=False),
        }
        return self._pages(question)

    def close(self) -> None:
        """Stop the worker; the next document starts another."""
        self._worker.close()

    def _pages(self, question: dict[str, Any]) -> list[bytes]:
        try:
            answer = self._worker.ask(
                question, kind="document", seconds=self._seconds, first_seconds=self._first_seconds
            )
        except WorkerLost as lost:
            raise RuleBroken(
                "document.cannot_be_set", "The document could not be set: %(reason)s.", reason=str(lost)
            ) from lost
        if "problem" in answer:
            raise RuleBroken(
                "document.cannot_be_set", "The document could not be set: %(reason)s.", reason=answer["problem"]
            )
        return [base64.b64decode(page) for page in answer["pages"]]


def _midnight(document: IssuedDocument) -> int:
    """Give a time that depends on the document only: the same document has the same bytes."""
    day = document.issued_on
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


_kept: list[Renderer] = []
_kept_lock = threading.Lock()


def renderer() -> Renderer:
    """Give the renderer of this process, which keeps its worker until the process ends."""
    with _kept_lock:
        if not _kept:
            _kept.append(Renderer())
            atexit.register(_kept[0].close)
        return _kept[0]


def render_pdf(document: IssuedDocument, cii: bytes | None = None) -> bytes:
    """Set a document as PDF/A-3b, with its CII inside where there is one.

    Raises: RuleBroken.
    """
    return renderer().pdf(document, cii)


def preview(document: IssuedDocument, form: PreviewFormat = "svg", *, ppi: int = 110) -> list[bytes]:
    """Show a draft quickly: one SVG or PNG per page, or one PDF.

    Raises: RuleBroken.
    """
    return renderer().preview(document, form, ppi=ppi)
