"""A saved card, an invoice that it is charged for, and one where that fails, for tests that need a book with these."""

from datetime import datetime
from uuid import UUID

from conto.apps.crm.models import Customer
from conto.apps.invoicing.models import Document
from conto.apps.payments import actions
from conto.apps.payments.actions import GatewayReport, NewlySaved, SavingReport
from conto.domain.facts import SYSTEM

TOKEN = "met_secret"


def saved(customer: Customer, *, at: datetime, last_four: str = "4242") -> UUID:
    """Save a card of a customer, as the gateway would tell of it."""
    method = actions.agree_to_save(customer=customer, gateway="sandbox", consent="Do so.", actor=SYSTEM, at=at)
    told = NewlySaved(token=TOKEN, brand="Visa", last_four=last_four)
    report = SavingReport(state="succeeded", saved=told)
    return actions.record_saving(method_id=method.id, report=report, actor=SYSTEM, at=at).id


def tried(document: Document, *, at: datetime, failure_code: str = "") -> None:
    """Charge an invoice to the card that its customer has saved: paid, or failed with a code of the gateway."""
    actions.want_collection(wanted=[(document.id, document.customer_id)], at=at)
    step = actions.begin_next(gateway="sandbox", actor=SYSTEM, at=at)
    assert step is not None
    assert step.checkout is not None
    state = "failed" if failure_code else "succeeded"
    report = GatewayReport(state=state, payment_ref=f"pay_{document.id}", failure_code=failure_code, failure="Declined")
    actions.record_gateway_answer(checkout_id=step.checkout.id, report=report, actor=SYSTEM, at=at)


def collected(document: Document) -> dict[str, UUID]:
    """Let the customer of an invoice have saved a card which is declined for it, and return what that made."""
    method_id = saved(document.customer, at=document.issued_at)
    tried(document, at=document.issued_at, failure_code="card_declined")
    return {"method_id": method_id}
