"""Whether what is made of customers' names and numbers, to sort and find by, is what they make."""

from itertools import chain

from conto.apps.bulk.derived import wrong_rows
from conto.apps.bulk.invariants import Verdict, verdict_of
from conto.apps.crm.derived import SORT_KEYS, missing_words, words_of_another_kind


def customers_are_found() -> Verdict:
    """Check that every word by which a customer should be found leads to them."""
    missing = (
        f"customer {customer.id} is not found by {', '.join(sorted(word for word, _ in words)[:3])}" if words else None
        for customer, words in missing_words()
    )
    misleading = (
        f"the word {word.token} says another kind than customer {word.customer_id} is"
        for word in words_of_another_kind()[:10]
    )
    found = chain(missing, misleading)
    return verdict_of("I42", "Every customer is found by name, mail, phone and number", found)


def names_are_sorted() -> Verdict:
    """Check that customers and contacts stand where their names belong."""
    return verdict_of("I43", "Customers and contacts are sorted by their names", wrong_rows(SORT_KEYS))
