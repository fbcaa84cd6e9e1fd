"""Keep the words by which a customer is found in step with the record."""

from uuid import UUID

from conto.apps.crm.models import Contact, Customer, SearchToken, TaxIdentifier
from conto.apps.crm.tokens import words_of_record


def refresh_words(customer: Customer) -> None:
    """Write anew the words by which a customer is found."""
    numbers = list(TaxIdentifier.objects.filter(customer=customer).values_list("value", flat=True))
    if customer.external_ref:
        numbers.append(customer.external_ref)
    own = words_of_record(
        names=(customer.name, customer.legal_name), email=customer.email, phone=customer.phone, numbers=numbers
    )
    rows: list[tuple[str, UUID | None]] = [(word, None) for word in sorted(own)]
    people = Contact.objects.filter(customer=customer, archived_at=None)
    for person in people:
        words = words_of_record(names=(person.name,), email=person.email, phone=person.phone)
        rows.extend((word, person.id) for word in sorted(words))
    SearchToken.objects.filter(customer=customer).delete()
    SearchToken.objects.bulk_create(
        SearchToken(token=word, customer=customer, contact_id=contact_id) for word, contact_id in rows
    )
