"""What lies on the desk when the demo opens: told by hand, so that a visitor always finds it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from conto.apps.accounts import actions as invitations
from conto.apps.accounts import queries as accounts
from conto.apps.invoicing import actions as invoicing
from conto.apps.messaging import actions as messaging
from conto.apps.payments import actions as payments
from conto.domain.permissions import Role
from conto.flows import answer_customer, send_document
from conto.jobs.simulation.cast import Login
from conto.jobs.simulation.company import Company, Issued, Part
from conto.jobs.simulation.parts.billing import Wanted, bill, lines_of
from conto.jobs.simulation.parts.correcting import credit
from conto.jobs.simulation.parts.paying import pay_by_transfer

if TYPE_CHECKING:
    from conto.apps.crm.models import Customer

STORIES = tuple[int, str, Callable[[datetime], None]]
QUESTION = "Which six hours of web development are these? The booking form was on the last one."
HOURS = b"date;hours;what\n2026-11-02;7,5;Umbau Startseite\n2026-11-03;4,5;Formulare\n"
TRAINEE = Login("lea@demo.example", "Lea Brandt", Role.SUPPORT)
DRAFTS: tuple[tuple[str, Wanted], ...] = (
    ("kupfer", (("day", Decimal(2)), ("shoot", Decimal(1)))),
    ("meridian", (("hour", Decimal(18)),)),
    ("atelier", (("day", Decimal(3)), ("brochure", Decimal(1000)))),
)


def desk_of(ends_on: date) -> type[Part]:
    """Return the part of life that leaves the desk as it shall be on a day."""

    class Desk(Part):
        def __init__(self, company: Company) -> None:
            super().__init__(company)
            self.documents: dict[str, Issued] = {}
            self.stories = _stories(self.company, self.documents)

        def morning(self, day: date) -> None:
            for days_before, word, act in self.stories:
                if (ends_on - day).days == days_before:
                    at = self.company.moment(day, "desk", word, hours=(10, 11))
                    self.company.on(at, f"desk {word}", act)

        def issued(self, document: Issued) -> None:
            if document.reference and document.kind == "invoice":
                self.documents[document.reference] = document

    return Desk


def _stories(company: Company, documents: dict[str, Issued]) -> tuple[STORIES, ...]:
    def billed(key: str, reference: str, *wanted: tuple[str, int]) -> Callable[[datetime], None]:
        def act(at: datetime) -> None:
            customer = company.customer(key)
            if customer is not None:
                bill(company, customer, [(item, Decimal(count)) for item, count in wanted], at, reference)

        return act

    def credited(reference: str, reason: str, count: int | None) -> Callable[[datetime], None]:
        def act(at: datetime) -> None:
            if document := documents.get(reference):
                credit(company, document, reason, at, quantity=Decimal(count) if count else None)

        return act

    def paid(reference: str, percent: int) -> Callable[[datetime], None]:
        def act(at: datetime) -> None:
            if document := documents.get(reference):
                pay_by_transfer(company, document, at, "desk", percent=percent)

        return act

    return (
        (70, "catalog", billed("nordlicht", "Herbstkatalog", ("brochure", 500), ("day", 3))),
        (68, "misprint", credited("Herbstkatalog", "100 Exemplare mit Druckfehler", 100)),
        (58, "catalog paid", paid("Herbstkatalog", 100)),
        (33, "books", billed("weber", "Briefe 2", ("book", 2))),
        (29, "revoked", credited("Briefe 2", "Bestellung widerrufen", None)),
        (24, "relaunch", billed("solaris", "Relaunch", ("hour", 46))),
        (16, "relaunch half paid", paid("Relaunch", 50)),
        (20, "overpaid", lambda at: _pay_ahead(company, at)),
        (9, "sprint", billed("donau", "Sprint 12", ("hour", 12))),
        (8, "bounce", lambda at: _bounce(company, documents.get("Sprint 12"), at)),
        (3, "form", billed("orchard", "Booking form", ("hour", 6))),
        (2, "question", lambda at: _ask(company, documents.get("Booking form"), at)),
        (6, "invitation", lambda at: _invite(company, at)),
        (1, "drafts", lambda at: _leave_drafts(company, at)),
    )


def _pay_ahead(company: Company, at: datetime) -> None:
    customer = company.customer("yilmaz")
    if customer is not None:
        payments.receive_payment(
            customer=customer,
            legal_entity=company.entity,
            method="bank_transfer",
            amount_minor=15000,
            currency="EUR",
            received_on=at.date(),
            allocate_to=None,
            reference="Anzahlung Visitenkarten",
            payment_id=company.id_of("desk", "yilmaz"),
            actor=company.finance,
            at=at,
        )


def _bounce(company: Company, sprint: Issued | None, at: datetime) -> None:
    if sprint is None:
        return
    document = company.document(sprint)
    mail = send_document.send(document, to_address="office@donauwrek.example", actor=company.finance, at=at)
    reason = "550 5.1.2 Host unknown: donauwrek.example"
    messaging.mark_bounced(mail_id=mail.id, reason=reason, at=at + timedelta(minutes=2))
    invoicing.add_attachment(
        subject=document, name="Stundenzettel.csv", mime="text/csv", content=HOURS, actor=company.sales, at=at
    )


def _ask(company: Company, form: Issued | None, at: datetime) -> None:
    if form is not None:
        document = company.document(form)
        link = invoicing.create_link(document=document, actor=company.finance, at=at)
        invoicing.see_link(token=link.token, at=at)
        answer_customer.ask(document, name="Tom Whitfield", email="tom@orcharddental.example", body=QUESTION, at=at)


def _invite(company: Company, at: datetime) -> None:
    if accounts.member_by_email(TRAINEE.email) is None:
        invitations.invite_member(
            email=TRAINEE.email, name=TRAINEE.name, role=TRAINEE.role, actor=company.founder, at=at, language="de"
        )


def _leave_drafts(company: Company, at: datetime) -> None:
    for key, wanted in DRAFTS:
        customer: Customer | None = company.customer(key)
        if customer is not None:
            invoicing.create_draft(
                customer=customer,
                lines=lines_of(customer, wanted, company, at),
                delivered_on=at.date(),
                actor=company.sales,
                at=at,
            )
