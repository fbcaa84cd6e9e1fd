"""Take over customers from elsewhere, a set at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit
from conto.apps.bulk import copy_rows
from conto.apps.crm.entry import PROFILE_FIELDS, CheckedCustomer, NewCustomer, checked_customer
from conto.apps.crm.models import Address, Contact, Customer, SearchToken, TaxIdentifier
from conto.apps.crm.tokens import words_of_record
from conto.apps.fields import actions as fields
from conto.apps.fields.entry import Record
from conto.domain import contact, facts
from conto.domain.errors import RuleBroken
from conto.domain.facts import Actor
from conto.domain.fields import Subject
from conto.domain.ids import new_id

_HEAD = ["id", "sort_key", "source", "external_ref", "created_at", "changed_at"]
_PROFILE = ["owner" if name == "owner_id" else name for name in PROFILE_FIELDS]
_ADDRESS = ["country", "line1", "line2", "postcode", "city", "region"]


@transaction.atomic
def import_customers(*, rows: Sequence[NewCustomer], actor: Actor, at: datetime) -> dict[tuple[str, str], UUID]:
    """Add the customers that are not here yet and return the ids of all, by (source, external reference).

    Every row names where it comes from; the same row a second time changes nothing. One COPY per table. Bank details,
    tags and notes are not taken over here.

    Raises: EntryRefused for the first row that cannot stand; its `row` tells which.
    """
    known = _known(rows)
    business = accounts.business()
    home, currency, language = (business.country, business.currency, business.language) if business else ("", "", "en")
    fresh: dict[tuple[str, str], tuple[UUID, NewCustomer, CheckedCustomer]] = {}
    for place, row in enumerate(rows):
        key = _origin(row)
        if key not in known and key not in fresh:
            try:
                checked = checked_customer(row, home_country=home, currency=currency, language=language)
            except RuleBroken as broken:
                broken.params["row"] = place + 1
                raise
            fresh[key] = (new_id(), row, checked)
    _write(list(fresh.values()), at=at)
    own = [
        (Record(subject=Subject.CUSTOMER, id=id_, currency=made.profile["currency"], customer_id=id_), row.own)
        for id_, row, made in fresh.values()
        if row.own is not None
    ]
    fields.set_many_values(rows=own, actor=actor, at=at)
    audit.record_many(
        (
            (facts.CustomerAdded(subject_id=id_, customer_id=id_, source=row.source), row.created_at or at)
            for id_, row, _ in fresh.values()
        ),
        actor=actor,
    )
    return known | {key: id_ for key, (id_, _, _) in fresh.items()}


def _origin(row: NewCustomer) -> tuple[str, str]:
    if not row.source or not row.external_ref:
        raise RuleBroken("import.no_origin", "An imported customer needs its source and its reference there.")
    return row.source, row.external_ref


def _known(rows: Sequence[NewCustomer]) -> dict[tuple[str, str], UUID]:
    found: dict[tuple[str, str], UUID] = {}
    for source in {row.source for row in rows}:
        wanted = [row.external_ref for row in rows if row.source == source]
        here = Customer.objects.filter(source=source, external_ref__in=wanted).values_list("external_ref", "id")
        found.update({(source, str(reference)): id_ for reference, id_ in here})
    return found


def _write(fresh: Sequence[tuple[UUID, NewCustomer, CheckedCustomer]], *, at: datetime) -> None:
    heads: list[tuple[Any, ...]] = []
    addresses: list[tuple[Any, ...]] = []
    numbers: list[tuple[Any, ...]] = []
    people: list[tuple[Any, ...]] = []
    words: list[tuple[Any, ...]] = []
    for id_, row, checked in fresh:
        profile = {**checked.profile, "payment_methods": Jsonb(checked.profile["payment_methods"])}
        key, is_person = contact.sort_key(profile["name"])[:200], profile["kind"] == "person"
        head = (id_, key, row.source, row.external_ref, row.created_at or at, at)
        heads.append((*head, *(profile[name] for name in PROFILE_FIELDS)))
        for kind, address in (("billing", checked.billing), ("delivery", checked.delivery)):
            if address:
                addresses.append((new_id(), id_, kind, *(getattr(address, name) for name in _ADDRESS)))
        country = row.billing.country if row.billing else ""
        for value, is_vat in ((checked.vat_number, True), (checked.tax_number, False)):
            if value:
                numbers.append((new_id(), id_, country, value, is_vat, False, ""))
        words.extend((word, id_, None, is_person) for word in _own_words(row, checked))
        for person in checked.contacts:
            person_id = new_id()
            person_key = contact.sort_key(person["name"])[:200]
            people.append((person_id, id_, person_key, *(person[name] for name in _PERSON)))
            found_by = words_of_record(names=(person["name"],), email=person["email"], phone=person["phone"])
            words.extend((word, id_, person_id, is_person) for word in found_by)
    copy_rows(Customer, [*_HEAD, *_PROFILE], heads)
    copy_rows(Address, ["id", "customer", "kind", *_ADDRESS], addresses)
    copy_rows(TaxIdentifier, _TAX, numbers)
    copy_rows(Contact, ["id", "customer", "sort_key", *_PERSON], people)
    copy_rows(SearchToken, ["token", "customer", "contact", "is_person"], words)


_PERSON = ["name", "job_title", "email", "phone", "receives_invoices"]
_TAX = ["id", "customer", "country", "value", "is_vat", "is_confirmed", "consultation_number"]


def _own_words(row: NewCustomer, checked: CheckedCustomer) -> set[str]:
    profile = checked.profile
    return words_of_record(
        names=(profile["name"], profile["legal_name"], *row.extra_words),
        email=profile["email"],
        phone=profile["phone"],
        numbers=filter(None, (checked.vat_number, checked.tax_number, row.external_ref)),
    )
