"""Keep the words by which customers are found."""

from django.db.models import Exists, OuterRef

from conto.apps.bulk.derived import write_anew
from conto.apps.crm.derived import SORT_KEYS, missing_words, words_of, words_of_another_kind
from conto.apps.crm.models import Contact, Customer, SearchToken, TaxIdentifier


def refresh_words(customer: Customer) -> None:
    """Write anew the words by which a customer is found."""
    numbers = list(TaxIdentifier.objects.filter(customer=customer).values_list("value", flat=True))
    people = list(Contact.objects.filter(customer=customer, archived_at=None))
    rows = sorted(words_of(customer, numbers, people), key=str)
    SearchToken.objects.filter(customer=customer).delete()
    SearchToken.objects.bulk_create(
        SearchToken(token=word, customer=customer, contact_id=contact_id, is_person=customer.kind == "person")
        for word, contact_id in rows
    )


def add_missing_words() -> int:
    """Write the words that should lead to customers and are not there or mislead, and return how many there were."""
    added = words_of_another_kind().update(
        is_person=Exists(Customer.objects.filter(id=OuterRef("customer_id"), kind="person"))
    )
    for customer, words in missing_words():
        SearchToken.objects.bulk_create(
            SearchToken(token=word, customer=customer, contact_id=contact_id, is_person=customer.kind == "person")
            for word, contact_id in sorted(words, key=str)
        )
        added += len(words)
    return added


def write_sort_keys() -> int:
    """Write every sort key of customers and contacts that is not what the name makes it; return how many there were."""
    return write_anew(SORT_KEYS)
