"""Customers look at what they got, download it, and ask about it; somebody answers."""

import re
from datetime import datetime, timedelta

from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries
from conto.apps.messaging import queries as messaging
from conto.flows import answer_customer
from conto.jobs.simulation.company import Issued, Part

LINK = re.compile(r"/i/([\w-]{20,})")


class Asking(Part):
    """What customers do on the page of a document."""

    def issued(self, document: Issued) -> None:
        """Plan the customer's looks and questions."""
        company, number, habits = self.company, document.number, document.habits
        dice = company.chance("look", number)
        looks_at = document.issued_at + timedelta(hours=dice.randint(1, 70), minutes=dice.randint(1, 59))
        asks_at = looks_at + timedelta(minutes=dice.randint(5, 90))
        answers_at = asks_at + timedelta(hours=dice.randint(2, 40))
        if company.happens(habits.views_percent, "views", number):
            company.on(looks_at, f"view {number}", lambda at: self._look(document, at))
        if document.kind != "credit_note" and company.happens(habits.asks_percent, "asks", number):
            company.on(asks_at, f"ask {number}", lambda at: self._ask(document, at))
            company.on(answers_at, f"answer {number}", lambda at: self._answer(document, at))

    def _look(self, document: Issued, at: datetime) -> None:
        for mail in messaging.mails_about(document.id):
            found = LINK.search(mail.text)
            if found and invoicing.see_link(token=found[1], at=at):
                if self.company.happens(40, "downloads", document.number):
                    invoicing.note_download(document=self.company.document(document), file_format="pdf", at=at)
                return

    def _ask(self, document: Issued, at: datetime) -> None:
        company, customer = self.company, document.customer
        known = company.cast.questions
        body = company.chance("question", document.number).choice(known.get(customer.language) or known["en"])
        people = document.buyer.new.contacts
        name, email = (people[0].name, people[0].email) if people else (customer.name, customer.email)
        answer_customer.ask(company.document(document), name=name, email=email, body=body, at=at)

    def _answer(self, document: Issued, at: datetime) -> None:
        for question in queries.questions_of(self.company.document(document)):
            if question.answered_at is None:
                invoicing.answer_question(question=question, actor=self.company.sales, at=at)
