"""Two books to sweep: a plain one, and one in which every text carries a canary and every kind of record stands.

Each is made once in a run; a test works in it and leaves it as it was.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.test import Client, override_settings

from conto.apps.accounts.models import Member
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.models import Item
from conto.apps.crm import actions as crm
from conto.apps.integrations.models import ApiKey
from conto.apps.invoicing import actions as invoicing
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.queries import TO_MEMBERS
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Allocation
from conto.config.home import Home
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from conto.web import freshness
from tests import house
from tests.api.programs import key_for
from tests.canaries import Canaries, fill
from tests.house import FreshBook
from tests.web.living import NOW, Living, live

QUICK = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}
COST = Decimal("4711.93")
IBAN = "DE75512108001245126199"  # no example of the documentation


@dataclass
class SweptBook:
    """A book of its own database, what stands in it, its canaries, and what opens it."""

    name: str
    living: Living
    canaries: Canaries
    tokens: dict[Role, str]  # a key of the API by role

    @contextmanager
    def opened(self) -> Iterator["SweptBook"]:
        """Let this process work in the book, and take back what it wrote there."""
        with house.default_connection_on(self.name), override_settings(**QUICK), transaction.atomic():
            yield self
            transaction.set_rollback(True)

    def client(self, role: Role) -> Client:
        """Return a browser in which a member of a role has just signed in and shown who they are."""
        client = Client(SERVER_NAME="localhost")
        client.force_login(Member.objects.get(id=self.living.members[role].id))
        session = client.session
        session[freshness._PROVED] = int(time.time())
        session.save()
        return client


def plain_book(home: Home, template: str) -> SweptBook:
    """Make the book that is visited."""
    name = f"t_{os.getpid()}_plain"
    house.copy_book(home, template, name)
    with house.default_connection_on(name), override_settings(**QUICK):
        living = live()
        return SweptBook(name, living, Canaries(), _tokens(living))


def canary_book(home: Home, template: str) -> SweptBook:
    """Make the book of which nobody may read more than their role allows, and nobody of another book anything."""
    name = f"t_{os.getpid()}_canary"
    house.copy_book(home, template, name)
    with house.default_connection_on(name), override_settings(**QUICK):
        living = live()
        secrets = _write_the_rest(living)
        tokens = _tokens(living)
        living.ids["key_id"] = ApiKey.objects.latest("made_at").id
        canaries = fill(FreshBook(name).admin_dsn)
        canaries.words = secrets | _amounts(living)
        for member in living.members.values():
            member.refresh_from_db()
        return SweptBook(name, living, canaries, tokens)


def _tokens(living: Living) -> dict[Role, str]:
    return {role: key_for(member).token for role, member in living.members.items()}


def _write_the_rest(living: Living) -> dict[str, str]:
    """Write what a book has besides one of everything, and return its secrets: where each stands, by its words."""
    customer, by = living.customer, {"actor": SYSTEM, "at": NOW}
    item = Item.objects.get(id=living.ids["item_id"])
    crm.set_bank_detail(customer=customer, holder="Eva Kupfer", iban=IBAN, bic="SOLADEST600", **by)
    catalog.change_item(item=item, changes={"cost": COST}, **by)
    catalog.set_item_text(item=item, language="de", name="Tag Gestaltung", description="Am Schirm", **by)
    crm.set_tax_identifier(customer=customer, country="DE", value="DE129273398", **by)
    invoicing.ask_question(document=living.document, name="Eva", body="When?", email="eva@kupfer1.example", at=NOW)
    payments.reverse_allocation(allocation=Allocation.objects.all()[0], reason="For another one", **by)
    payments.refund(
        amount_minor=100,
        method="bank_transfer",
        refunded_on=NOW.date(),
        payment=living.payment,
        reason="Too much",
        **by,
    )
    invoicing.write_off(document=living.document, amount_minor=1000, reason="Not worth it", **by)
    messaging.set_mail_server(
        host="mail.berg.example", port=587, security="starttls", username="berg", password="password-of-the-mail",
        from_address="post@berg.example", from_name="Berg", **by,
    )  # fmt: skip
    for purpose in sorted(TO_MEMBERS):
        messaging.write_mail(
            customer=None, purpose=purpose, subject_id=None, to_address="owner@berg.example", subject="For you alone",
            text="From where: 192.0.2.7", language="en", **by,
        )  # fmt: skip
    return {
        IBAN: "crm.BankDetail.iban_sealed",
        "password-of-the-mail": "messaging.MailServer.password_sealed",
        "hush-of-the-place": "upkeep.BackupPlace.secret_sealed",
        "4711.93": "catalog.Item.cost",
        "4,711.93": "catalog.Item.cost",
    }


def _amounts(living: Living) -> dict[str, str]:
    """Return what is owed and was paid, in every way in which an answer could write it."""
    minors = {
        living.document.payable_minor: "invoicing.Document.amounts",
        living.payment.amount_minor: "payments.Payment.amounts",
    }
    return {
        text: column
        for minor, column in minors.items()
        for text in (f"{minor}", f"{minor / 100:,.2f}", f"{minor / 100:.2f}")
    }
