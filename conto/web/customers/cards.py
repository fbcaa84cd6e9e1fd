"""The cards of the right column: what to do next, how is billed, which tax numbers."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conto.apps.crm import queries as customers
from conto.apps.payments.queries.relation import Relation
from conto.domain.permissions import Permission
from conto.web import formats
from conto.web.access import may
from conto.web.customers import choices


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do with a customer now."""

    when: str
    words: str
    href: str
    tone: str = ""


def next_steps(customer: Any, around: customers.Surroundings, standing: Relation) -> list[Step]:
    """List what is to be done with a customer, the most pressing first."""
    steps = []
    for each in standing.standings:
        if each.late_count:
            words = ngettext(
                "%(n)s invoice is late, %(amount)s", "%(n)s invoices are late, %(amount)s", each.late_count
            )
            amount = formats.money_text(each.late_minor, each.currency)
            address = f"/invoices/?customer={customer.id}&state=overdue"
            steps.append(Step(_("Now"), words % {"n": each.late_count, "amount": amount}, address, "late"))
        if each.credit_minor and each.owed_minor:
            amount = formats.money_text(min(each.credit_minor, each.owed_minor), each.currency)
            words = _("Settle %(amount)s with the credit") % {"amount": amount}
            steps.append(Step(_("Today"), words, f"/payments/?customer={customer.id}"))
    if standing.draft_count:
        words = ngettext("%(n)s draft to issue", "%(n)s drafts to issue", standing.draft_count)
        address = f"/invoices/?customer={customer.id}&state=draft"
        steps.append(Step(_("Today"), words % {"n": standing.draft_count}, address))
    billing = around.address("billing")
    if billing is None or not billing.line1:
        words = _("Add the billing address, invoices need it")
        steps.append(Step(_("Before billing"), words, f"/customers/{customer.id}/cards/address", "soon"))
    if not customer.email and not any(each["email"] for each in around.contacts):
        words = _("Add a mail address for invoices")
        steps.append(Step(_("Before billing"), words, f"/customers/{customer.id}/cards/identity", "soon"))
    return steps


def billing_facts(customer: Any) -> list[tuple[str, str]]:
    """Say how a customer is billed."""
    days = customer.terms_days
    terms = _("as in the settings") if days is None else ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    if customer.early_discount_percent is not None:
        percent = formats.number_text(customer.early_discount_percent.normalize())
        terms = _("%(terms)s, %(percent)s %% off within %(days)s") % {
            "terms": terms, "percent": percent, "days": customer.early_discount_days}  # fmt: skip
    sent = dict(choices.DELIVERY).get(customer.delivery_method, customer.delivery_method)
    facts = [
        (_("Terms"), terms),
        (_("Currency"), customer.currency),
        (_("Sends as"), f"{sent}, {choices.language_name(customer.language)}"),
    ]
    if customer.payment_methods:
        words = dict(choices.METHODS)
        facts.append((_("Pays by"), ", ".join(str(words.get(each, each)) for each in customer.payment_methods)))
    if customer.buyer_reference:
        facts.append((_("Reference"), customer.buyer_reference))
    if customer.electronic_address:
        facts.append((_("E-address"), f"{customer.electronic_address_scheme}:{customer.electronic_address}"))
    return facts


def tax_facts(customer: Any, around: customers.Surroundings, member: Any) -> list[dict[str, Any]]:
    """List the tax numbers and the bank account, the latter only by its last digits."""
    facts: list[dict[str, Any]] = []
    for number in around.tax_numbers:
        term = _("VAT") if number["is_vat"] else _("Tax number")
        state = "valid" if number["is_confirmed"] else "unchecked"
        facts.append({"term": term, "value": number["value"], "state": state, "id": number["id"]})
    if customer.is_tax_exempt:
        facts.append({"term": _("Tax"), "value": _("exempt")})
    if around.bank:
        shown = f"…{around.bank['last4']}"
        bank_id = around.bank["id"] if may(member, Permission.CUSTOMER_VIEW_BANK) else None
        facts.append({"term": _("Bank"), "value": shown, "bank": bank_id})
    return facts


def address_lines(address: customers.PostalLines | None) -> list[str]:
    """Write an address in lines, the country last and in full."""
    if address is None:
        return []
    town = " ".join(part for part in (address.postcode, address.city) if part)
    lines = (address.line1, address.line2, town, address.region, choices.country_name(address.country))
    return [line for line in lines if line]
