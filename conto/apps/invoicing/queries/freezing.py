"""What a draft becomes: the new document, complete but for its number."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from conto.apps.crm.parties import buyer_party, seller_party
from conto.apps.invoicing.entries import LATE_CHARGES, DocumentKind
from conto.apps.invoicing.models import Draft
from conto.apps.invoicing.new_documents import NewDocument, NewPrepayment, PartySnapshot, snapshot_of
from conto.apps.invoicing.queries.computing import ComputedDraft
from conto.apps.invoicing.queries.loading import LoadedDraft
from conto.domain.errors import RuleBroken

_BANK = ("iban", "bic", "holder", "bank_name", "account_number", "routing_number")
_PLACE = ("line1", "line2", "postcode", "city", "region", "country")


class Freezer:
    """Turns loaded drafts into new documents; sellers are written once."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._sellers: dict[Any, PartySnapshot] = {}

    def freeze(self, loaded: LoadedDraft, computed: ComputedDraft, overrides: Mapping[str, str]) -> NewDocument:
        """Give the new document of a draft that has no blocking finding."""
        draft, document = loaded.draft, computed.document
        if document is None or loaded.series is None:
            raise RuleBroken("draft.not_computable", "This draft cannot be computed.")
        contact = (draft.contact.name, draft.contact.email) if draft.contact else None
        corrects = draft.corrects
        return NewDocument(
            id=draft.id,
            kind=cast("DocumentKind", draft.kind),
            legal_entity_id=draft.legal_entity_id,
            customer_id=draft.customer_id,
            series_id=loaded.series.id,
            issued_on=loaded.on,
            issued_at=self._at,
            due_on=computed.due_on,
            language=draft.language,
            seller=self._seller(draft),
            buyer=snapshot_of(buyer_party(loaded.profile, contact)),
            computed=document,
            terms_days=draft.terms_days,
            line_facts=computed.line_facts,
            template_id=draft.template_id,
            quote_id=draft.quote_id,
            deal_id=draft.deal_id,
            corrects_id=draft.corrects_id,
            corrects_number=corrects.number if corrects else "",
            corrects_deposit=corrects is not None and corrects.kind == "deposit",
            is_late_charge=draft.charges_late or (corrects is not None and corrects.source == LATE_CHARGES),
            source=LATE_CHARGES if draft.charges_late else "",
            early_discount_percent=draft.early_discount_percent,
            early_discount_days=draft.early_discount_days,
            prepayments=tuple(
                NewPrepayment(taken.deposit_id, taken.parts) for taken in computed.deductions if taken.amount_minor
            ),
            goods_stay=draft.goods_stay,
            overrides=dict(overrides),
            details=details_of(loaded),
        )

    def _seller(self, draft: Draft) -> PartySnapshot:
        if draft.legal_entity_id not in self._sellers:
            self._sellers[draft.legal_entity_id] = snapshot_of(seller_party(draft.legal_entity))
        return self._sellers[draft.legal_entity_id]


def details_of(loaded: LoadedDraft) -> dict[str, Any]:
    """Return what of a draft only the paper shows: references, dates of supply, texts, where to pay."""
    draft = loaded.draft
    details: dict[str, Any] = {
        "buyer_reference": draft.buyer_reference,
        "order_reference": draft.order_reference,
        "contract_reference": draft.contract_reference,
        "intro": draft.intro,
        "notes": draft.notes,
        "delivered_on": _iso(draft.delivered_on),
        "period_start_on": _iso(draft.period_start_on),
        "period_end_on": _iso(draft.period_end_on),
    }
    if draft.corrects:
        details["corrects_number"] = draft.corrects.number
        details["corrects_issued_on"] = _iso(draft.corrects.issued_on)
    elif loaded.bank:
        bank = {name: getattr(loaded.bank, name) for name in _BANK}
        details["bank"] = {name: value for name, value in bank.items() if value}
    delivery = loaded.profile.delivery
    if delivery:
        details["deliver_to"] = {name: getattr(delivery, name) for name in _PLACE}
    return {name: value for name, value in details.items() if value}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
