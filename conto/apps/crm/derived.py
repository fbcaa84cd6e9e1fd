"""What this area makes of other columns, to sort and find by."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet

from conto.apps.bulk.derived import Derived
from conto.apps.crm.models import Contact, Customer, SearchToken, TaxIdentifier
from conto.apps.crm.tokens import words_of_record
from conto.domain.contact import sort_key

Word = tuple[str, UUID | None]
_CHUNK = 500


def _key(name: str) -> str:
    return sort_key(name)[:200]


SORT_KEYS = (Derived(Customer, "sort_key", "name", _key), Derived(Contact, "sort_key", "name", _key))


def missing_words() -> Iterator[tuple[Customer, set[Word]]]:
    """Give every customer with the words that lead to them by name, mail, phone or number, and are not there.

    There may be more words than these: an import brings some of its own.
    """
    customers = Customer.objects.order_by("id").iterator(chunk_size=_CHUNK)
    while some := list(islice(customers, _CHUNK)):
        ids = [customer.id for customer in some]
        numbers: dict[UUID, list[str]] = defaultdict(list)
        people: dict[UUID, list[Contact]] = defaultdict(list)
        there: dict[UUID, set[Word]] = defaultdict(set)
        for customer_id, value in TaxIdentifier.objects.filter(customer__in=ids).values_list("customer_id", "value"):
            numbers[customer_id].append(value)
        for person in Contact.objects.filter(customer__in=ids, archived_at=None):
            people[person.customer_id].append(person)
        tokens = SearchToken.objects.filter(customer__in=ids).values_list("customer_id", "token", "contact_id")
        for customer_id, token, contact_id in tokens:
            there[customer_id].add((token, contact_id))
        for customer in some:
            yield customer, words_of(customer, numbers[customer.id], people[customer.id]) - there[customer.id]


def words_of_another_kind() -> QuerySet[SearchToken]:
    """Return the words that say another kind of their customer than the customer is: asked for a kind, they mislead."""
    is_person = Q(customer__kind="person")
    return SearchToken.objects.filter((is_person & Q(is_person=False)) | (~is_person & Q(is_person=True)))


def words_of(customer: Customer, numbers: list[str], people: list[Contact]) -> set[Word]:
    """Give every word by which a customer is found, with the person whose word it is."""
    known = [*numbers, customer.external_ref] if customer.external_ref else numbers
    own = words_of_record(
        names=(customer.name, customer.legal_name), email=customer.email, phone=customer.phone, numbers=known
    )
    found: set[Word] = {(word, None) for word in own}
    for person in people:
        words = words_of_record(names=(person.name,), email=person.email, phone=person.phone)
        found.update((word, person.id) for word in words)
    return found
