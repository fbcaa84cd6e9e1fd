"""The test cards: each number is one story."""

from dataclasses import dataclass
from typing import Literal

Course = Literal[
    "succeeds", "declined", "no_funds", "asks", "later", "silent", "jumbled",
    "declined_later", "no_funds_later", "asks_later",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card number and what happens when it pays."""

    number: str
    course: Course
    words: str


CARDS = (
    TestCard("4242424242424242", "succeeds", "is paid at once"),
    TestCard("4000000000000002", "declined", "is declined by the bank"),
    TestCard("4000000000009995", "no_funds", "has not enough money on it"),
    TestCard("4000000000003220", "asks", "asks for a confirmation by the bank (3-D Secure)"),
    TestCard("4000000000000077", "later", "is paid some seconds later"),
    TestCard("4000000000000119", "silent", "is paid, but nobody is told: only asking the gateway finds out"),
    TestCard("4000000000000101", "jumbled", "is paid, and every event comes twice and in the wrong order"),
    TestCard("4000000000000341", "declined_later", "is paid, but declined when it was saved and is charged later"),
    TestCard("4000000000009987", "no_funds_later", "is paid, but has not enough money when it is charged later"),
    TestCard("4000002500003155", "asks_later", "is paid, but the bank wants a confirmation when it is charged later"),
)
COURSES: dict[str, Course] = {card.number: card.course for card in CARDS}
FAILURES = {
    "card_declined": "The card was declined. Please try another card.",
    "insufficient_funds": "The card has not enough money on it.",
    "authentication_required": "The bank wants the customer to confirm this payment.",
    "no_such_method": "This card is not saved any more.",
    "authentication_failed": "The bank did not confirm the payment.",
    "unknown_card": "This is no test card. Take one of those below.",
}
# What becomes of a charge of a saved card at once; those that are not here are paid.
CHARGED_FAILURES: dict[Course, str] = {
    "declined": "card_declined",
    "declined_later": "card_declined",
    "no_funds": "insufficient_funds",
    "no_funds_later": "insufficient_funds",
    "asks": "authentication_required",
    "asks_later": "authentication_required",
}
BRANDS = {"4": "Visa", "5": "Mastercard", "3": "American Express"}
