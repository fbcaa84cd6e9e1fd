"""Where and how a customer is billed: addresses, tax numbers, bank details."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.crm.actions.finding import refresh_words
from conto.apps.crm.entry import EntryRefused, PostalAddress, checked_address
from conto.apps.crm.models import Address, BankDetail, Customer, TaxIdentifier
from conto.apps.crm.sealed import IBAN_COLUMN
from conto.apps.vault.sealing import seal
from conto.domain import contact, facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id

_ADDRESS_FIELDS = ("line1", "line2", "postcode", "city", "region", "country")


@transaction.atomic
def set_address(
    *, customer: Customer, kind: str, address: PostalAddress, actor: Actor, at: datetime, address_id: UUID | None = None
) -> UUID | None:
    """Write the billing address or a delivery address; issued documents keep the old one.

    Without `address_id` the one address of its kind is changed, or made. Returns the fact that tells of it.
    Raises: EntryRefused with every field that cannot stand.
    """
    after = asdict(checked_address(address))
    rows = Address.objects.select_for_update().filter(customer=customer, kind=kind)
    row = (rows.filter(id=address_id) if address_id else rows.order_by("id")).first()
    if row is None:
        made = Address.objects.create(id=new_id(), customer=customer, kind=kind, **after)
        added = facts.AddressAdded(subject_id=made.id, customer_id=customer.id, address_kind=kind)
        return audit.record(added, actor=actor, at=at)
    changed = changes_between({name: getattr(row, name) for name in _ADDRESS_FIELDS}, after)
    if not changed:
        return None
    for name in changed:
        setattr(row, name, after[name])
    row.save(update_fields=list(changed))
    fact = facts.AddressChanged(subject_id=row.id, customer_id=customer.id, changes=changed)
    return audit.record(fact, actor=actor, at=at)


@transaction.atomic
def set_tax_identifier(
    *, customer: Customer, country: str, value: str, actor: Actor, at: datetime, is_vat: bool = True
) -> TaxIdentifier | None:
    """Write a customer's VAT (or other tax) number, checked by its digits; an empty value removes it.

    Raises: EntryRefused for `value` when it is not a number of the country.
    """
    row = TaxIdentifier.objects.select_for_update().filter(customer=customer, is_vat=is_vat).order_by("id").first()
    before = row.value if row else ""
    try:
        after = contact.check_tax_id(country, value) if value.strip() else ""
    except RuleBroken as broken:
        raise EntryRefused({"value": broken}) from broken
    if after == before:
        return row
    if not after:
        TaxIdentifier.objects.filter(customer=customer, is_vat=is_vat).delete()
        row = None
    elif row:
        row.country, row.value, row.is_confirmed, row.confirmed_at, row.consultation_number = (
            country,
            after,
            False,
            None,
            "",
        )
        row.save()
    else:
        row = TaxIdentifier.objects.create(id=new_id(), customer=customer, country=country, value=after, is_vat=is_vat)
    refresh_words(customer)
    _record(customer, "vat_number" if is_vat else "tax_number", before, after, actor=actor, at=at)
    return row


@transaction.atomic
def confirm_tax_identifier(
    *, customer: Customer, tax_identifier_id: UUID, actor: Actor, at: datetime, consultation_number: str = ""
) -> TaxIdentifier:
    """Note that a tax number is valid: by the authority (with its consultation number) or seen by hand.

    Raises: RuleBroken when the customer has no such number.
    """
    row = TaxIdentifier.objects.select_for_update().filter(customer=customer, id=tax_identifier_id).first()
    if row is None:
        raise RuleBroken("customer.no_tax_number", "There is no such tax number.")
    row.is_confirmed, row.confirmed_at, row.consultation_number = True, at, consultation_number
    row.save(update_fields=["is_confirmed", "confirmed_at", "consultation_number"])
    _record(customer, "tax_number_confirmed", "", row.value, actor=actor, at=at)
    return row


@transaction.atomic
def set_bank_detail(
    *, customer: Customer, holder: str, iban: str, actor: Actor, at: datetime, bic: str = ""
) -> BankDetail | None:
    """Write a customer's bank account, its IBAN checked and then sealed; an empty IBAN removes it.

    Raises: EntryRefused for `iban` or `bic` when they are not what they should be.
    """
    number, code = _checked_account(iban, bic)
    row = BankDetail.objects.select_for_update().filter(customer=customer).order_by("id").first()
    before = f"… {row.iban_last4}" if row else ""
    if not number:
        BankDetail.objects.filter(customer=customer).delete()
        if row:
            _record(customer, "iban", before, "", actor=actor, at=at)
        return None
    row = row or BankDetail(id=new_id(), customer=customer)
    row.holder = holder.strip() or customer.legal_name or customer.name
    row.iban_sealed = seal(number, column=IBAN_COLUMN, row_id=row.id)
    row.iban_last4, row.bic, row.changed_at = number[-4:], code, at
    row.save()
    _record(customer, "iban", before, f"… {row.iban_last4}", actor=actor, at=at)
    return row


def _checked_account(iban: str, bic: str) -> tuple[str, str]:
    problems: dict[str, RuleBroken] = {}
    number = code = ""
    try:
        number = contact.check_iban(iban) if iban.strip() else ""
    except RuleBroken as broken:
        problems["iban"] = broken
    try:
        code = contact.check_bic(bic) if bic.strip() else ""
    except RuleBroken as broken:
        problems["bic"] = broken
    if problems:
        raise EntryRefused(problems)
    return number, code


def _record(customer: Customer, name: str, before: str, after: str, *, actor: Actor, at: datetime) -> None:
    fact = facts.CustomerChanged(subject_id=customer.id, customer_id=customer.id, changes={name: [before, after]})
    audit.record(fact, actor=actor, at=at)
