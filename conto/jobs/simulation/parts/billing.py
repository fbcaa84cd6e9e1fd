"""Work is done and billed: retainers by the month, projects as they come, large ones with a deposit."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from conto.apps.catalog import queries as catalog
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import PREPAID_CREDIT, LineEntry
from conto.apps.ledger import queries as ledger
from conto.domain.errors import RuleBroken
from conto.flows import issue_document
from conto.jobs.simulation.cast import Buyer
from conto.jobs.simulation.company import Company, Issued, Part

if TYPE_CHECKING:
    from conto.apps.crm.models import Customer
    from conto.apps.invoicing.models import Document, Draft

WORKING_DAYS = 250
FINAL_AFTER_DAYS = 35
OVERRIDDEN = "Agreed with the customer."
# Goods and services to a firm outside the Union are taxed apart, so they stand on documents of their own.
TAXED_APART = {"GB", "CH", "US"}

Wanted = Sequence[tuple[str, Decimal]]


class Billing(Part):
    """What is billed, and when."""

    def morning(self, day: date) -> None:
        """Plan the invoices of a working day."""
        if day.weekday() > 4:
            return
        company, today = self.company, self.company.day_of_life(day)
        is_first = company.working_day(day.replace(day=1)) == day
        for buyer in company.cast.buyers:
            habits = buyer.habits
            if today <= buyer.joins_on_day:
                continue
            if habits.retainer and is_first:
                at = company.moment(day, "retainer", buyer.key, hours=(9, 10))
                wanted = [(habits.retainer, Decimal(1))]
                company.on(at, f"retainer {buyer.key}", lambda at, b=buyer, w=wanted: self._bill(b, w, at))  # type: ignore[misc]
            if company.happens(100 * habits.projects_a_year / WORKING_DAYS, "project", day, buyer.key):
                at = company.moment(day, "project", buyer.key)
                company.on(at, f"project {buyer.key}", lambda at, b=buyer: self._bill(b, self._project(b, at), at))  # type: ignore[misc]
            if company.happens(100 * habits.deposits_a_year / WORKING_DAYS, "deposit", day, buyer.key):
                at = company.moment(day, "deposit", buyer.key)
                company.on(at, f"deposit {buyer.key}", lambda at, b=buyer: self._take_deposit(b, at))  # type: ignore[misc]

    def issued(self, document: Issued) -> None:
        """Plan the final invoice that follows a deposit."""
        if document.kind == "deposit":
            days = FINAL_AFTER_DAYS + self.company.chance("final", document.number).randint(0, 20)
            day = self.company.working_day(date.fromordinal(document.issued_at.date().toordinal() + days))
            at = self.company.moment(day, "final", document.number)
            self.company.on(at, f"final {document.number}", lambda at: self._finish(document, at))

    def _project(self, buyer: Buyer, at: datetime) -> Wanted:
        dice = self.company.chance("what", buyer.key, at.date())
        chosen = [(key, Decimal(dice.choice(counts))) for key, counts in dice.choice(self.company.cast.projects)]
        is_apart = buyer.new.billing is not None and buyer.new.billing.country in TAXED_APART
        return chosen[:1] if is_apart else chosen

    def _bill(self, buyer: Buyer, wanted: Wanted, at: datetime) -> None:
        customer = self.company.customer(buyer.key)
        if customer is not None and customer.archived_at is None:
            bill(self.company, customer, wanted, at)

    def _take_deposit(self, buyer: Buyer, at: datetime) -> None:
        company, customer = self.company, self.company.customer(buyer.key)
        if customer is None or customer.archived_at is not None:
            return
        lines = lines_of(customer, self._project(buyer, at), company, at)
        whole = invoicing.create_draft(customer=customer, lines=lines, actor=company.sales, at=at)
        draft = invoicing.draft_deposit(customer=customer, of=whole, percent=Decimal(30), actor=company.sales, at=at)
        invoicing.discard_draft(draft=whole, actor=company.sales, at=at)
        issue(company, draft, at)

    def _finish(self, deposit: Issued, at: datetime) -> None:
        company = self.company
        if ledger.open_minor(deposit.id):
            return  # nobody works on before the deposit is there
        paid = company.document(deposit)
        if paid.source == PREPAID_CREDIT:
            return  # it is used up by what is billed, bill by bill; no final invoice follows it
        drafted_at = deposit.issued_at.astimezone(company.zone)
        # The deposit of an accepted quote has its whole waiting beside it.
        is_of_quote = paid.quote_id is not None
        what = () if is_of_quote else self._project(deposit.buyer, drafted_at)
        lines = lines_of(deposit.customer, what, company, at) if what else ()
        try:
            draft = invoicing.draft_final(
                customer=deposit.customer, deposits=[paid], lines=lines, actor=company.sales, at=at
            )
            issue(company, draft, at)
        except RuleBroken as refusal:
            # A customer who has moved to another country meanwhile is taxed otherwise; somebody settles that by hand.
            if refusal.code not in {"deposit.already_deducted", "draft.has_findings"}:
                raise


def bill(company: Company, customer: "Customer", wanted: Wanted, at: datetime, reference: str = "") -> "Document":
    """Draft and issue an invoice."""
    draft = invoicing.create_draft(
        customer=customer,
        lines=lines_of(customer, wanted, company, at),
        delivered_on=at.date(),
        order_reference=reference,
        actor=company.sales,
        at=at,
    )
    return issue(company, draft, at)


def issue(company: Company, draft: "Draft", at: datetime) -> "Document":
    """Issue a draft, over the warnings that its check list has, and plan what follows.

    Raises: RuleBroken when something stands against it that nobody may go over.
    """
    document = over_warnings(
        company,
        draft.customer_id,
        lambda known: issue_document.issue(draft=draft, actor=company.finance, at=at, overrides=known),
    )
    company.tell_of(document)
    return document


def over_warnings(company: Company, customer_id: UUID, act: "Callable[[Mapping[str, str]], Document]") -> "Document":
    """Issue what finance has gone over the warnings of; a new warning is gone over too, with a reason.

    Raises: RuleBroken when something stands against it that nobody may go over.
    """
    known = company.overridden.setdefault(customer_id, {})
    try:
        return act(known)
    except RuleBroken as refusal:
        findings = refusal.params.get("findings", [])
        if not findings or any(found.severity != "warn" for found in findings):
            raise
        known.update({found.code: OVERRIDDEN for found in findings})
        return act(known)


def lines_of(customer: "Customer", wanted: Wanted, company: Company, at: datetime) -> list[LineEntry]:
    """Return the lines of a draft from the catalog, in the customer's language and currency."""
    quantities = {company.goods[key].id: quantity for key, quantity in wanted}
    offers = catalog.offers(list(quantities), currency=customer.currency, on=at.date(), language=customer.language)
    return [
        LineEntry(
            name=offers[item_id].name,
            description=offers[item_id].description,
            quantity=quantity,
            unit_price=offers[item_id].price or Decimal(0),
            item_id=item_id,
            unit_code=offers[item_id].unit_code,
            supply=offers[item_id].supply,
            rate_class=offers[item_id].rate_class,
        )
        for item_id, quantity in quantities.items()
    ]
