"""Fill the demo book: the story is told in the order of time, with a fixed seed, by the actions that people use."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as sellers
from conto.apps.catalog import actions as catalog
from conto.apps.catalog import queries as items
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.entries import CreditPart, LineEntry
from conto.apps.ledger import queries as ledger
from conto.apps.messaging import actions as messaging
from conto.apps.payments import actions as payments
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.flows import credit_invoice, issue_document, send_document
from conto.flows.set_up_book import Numbers, set_up_book
from conto.jobs.clock import book_now
from conto.jobs.demo.cast import ACCOUNTS, BUYERS, ITEMS, SELLER, Buyer

Say = Callable[[str], None]
PASSWORD = "kestrel-and-finch"  # noqa: S105 -- of the demo, printed for everybody
LOGINS = (
    ("owner@demo.example", "Nadia Finch", Role.OWNER),
    ("sales@demo.example", "Jonas Kestrel", Role.SALES),
    ("finance@demo.example", "Mira Sommer", Role.FINANCE),
    ("auditor@demo.example", "Paul Adler", Role.AUDITOR),
)
DAYS = 210
SENT_DAYS = 75
_REASON = "The demo company has agreed this with the customer."


def fill(say: Say = print, at: datetime | None = None) -> None:
    """Make the demo company, in two transactions: who may sign in first, then its history.

    A book that is filled stays as it is; a run that was killed is told again from its beginning.
    """
    now = at or book_now()
    if sellers.business() is None:
        with transaction.atomic():
            _found_the_company(now - timedelta(days=DAYS))
    say("Demo log-ins, all with the password " + PASSWORD + ": " + ", ".join(login[0] for login in LOGINS))
    if customers.customers(sellers.members().filter(role=Role.OWNER).first()).exists():
        say("The demo company is here already.")
        return
    with transaction.atomic():
        story = Story(now=now, say=say)
        story.tell()
    say(f"The demo company has {story.issued} invoices and credit notes.")


def _found_the_company(at: datetime) -> None:
    for email, name, role in LOGINS:
        accounts.add_member(
            email=email,
            name=name,
            role=role,
            password=PASSWORD,
            language="en",
            actor=SYSTEM,
            at=at,
        )
    entity = set_up_book(
        seller=SELLER, bank_account=ACCOUNTS[0], numbers=Numbers(prefix="KF"), actor=SYSTEM, at=at, is_sandbox=True
    )
    accounts.set_bank_account(legal_entity_id=entity.id, details=ACCOUNTS[1], actor=SYSTEM, at=at)


@dataclass
class Story:
    """The months of the demo company, one event after the other."""

    now: datetime
    say: Say
    issued: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(20))  # noqa: S311 -- a story, no secret
    events: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    order: "itertools.count[int]" = field(default_factory=itertools.count)
    known: dict[str, Any] = field(default_factory=dict)
    goods: dict[str, Any] = field(default_factory=dict)

    def tell(self) -> None:
        """Let everything happen up to now."""
        self.entity = sellers.legal_entities()[0]
        people = {member.email: member for member in sellers.members()}
        self.sales = self._actor(people["sales@demo.example"])
        self.finance = self._actor(people["finance@demo.example"])
        self._stock_the_shelf(self.now - timedelta(days=DAYS))
        for buyer in BUYERS:
            self._plan(buyer)
        self._plan_specials()
        told = 0
        while self.events:
            when, _order, happen = heapq.heappop(self.events)
            if when > self.now:
                break
            happen(when)
            told += 1
            if told % 40 == 0:
                self.say(f"The demo company is moving in: {when:%B %Y} …")

    @staticmethod
    def _actor(member: Any) -> Actor:
        return Actor(member.id, "member", member.name)

    def _on(self, when: datetime, happen: Callable[[datetime], None]) -> None:
        heapq.heappush(self.events, (when, next(self.order), happen))

    def _moment(self, days_ago: float, hour: int | None = None) -> datetime:
        """Return a moment within office hours, so many days ago."""
        day = (self.now - timedelta(days=days_ago)).date()
        clock = time(hour or self.chance.randint(8, 15), self.chance.randint(0, 59))
        return datetime.combine(day, clock, tzinfo=UTC)

    def _stock_the_shelf(self, at: datetime) -> None:
        for key, (new, price, others, german, french) in ITEMS.items():
            item = catalog.add_item(new=new, actor=self.sales, at=at)
            for currency, amount in {"EUR": price, **others}.items():
                catalog.set_price(
                    item=item, currency=currency, amount=amount, valid_from=at.date(), actor=self.sales, at=at
                )
            catalog.set_item_text(item=item, language="de", name=german, actor=self.sales, at=at)
            catalog.set_item_text(item=item, language="fr", name=french, actor=self.sales, at=at)
            self.goods[key] = item

    def _plan(self, buyer: Buyer) -> None:
        self._on(self._moment(buyer.joined_days_ago, 7), lambda at: self._join(buyer, at))
        if buyer.monthly:
            for months in range(buyer.joined_days_ago // 30):
                self._on(
                    self._moment(buyer.joined_days_ago - 2 - 30 * months, 9),
                    lambda at: self._bill(buyer, [(buyer.monthly, Decimal(1))], at),
                )
        for n in range(buyer.projects):
            span = buyer.joined_days_ago - 4
            days_ago = max(1, span - (n + self.chance.random()) * span / buyer.projects)
            self._on(self._moment(days_ago), lambda at: self._bill(buyer, self._project(buyer), at))

    def _project(self, buyer: Buyer) -> list[tuple[str, Decimal]]:
        kinds = [
            [("day", Decimal(self.chance.randint(2, 6)))],
            [("hour", Decimal(self.chance.randint(8, 60)))],
            [("brochure", Decimal(self.chance.choice([250, 500, 1000]))), ("day", Decimal(2))],
            [("shoot", Decimal(1)), ("hour", Decimal("3.5"))],
            [("book", Decimal(self.chance.randint(3, 20)))],
        ]
        chosen = self.chance.choice(kinds)
        # Goods and services to a firm outside the Union are taxed apart, so they stand on documents of their own.
        is_abroad = buyer.new.billing is not None and buyer.new.billing.country in {"GB", "CH"}
        return chosen[:1] if is_abroad else chosen

    def _join(self, buyer: Buyer, at: datetime) -> None:
        owner = self.sales.member_id
        new = replace(buyer.new, owner_id=owner, source="demo", external_ref=buyer.key)
        customer = crm.add_customer(new=new, actor=self.sales, at=at)
        if buyer.note:
            crm.write_note(customer=customer, body=buyer.note, actor=self.sales, at=at + timedelta(minutes=9))
        self.known[buyer.key] = customer

    def _lines(self, customer: Any, wanted: list[tuple[str, Decimal]], at: datetime) -> list[LineEntry]:
        quantities = {self.goods[key].id: quantity for key, quantity in wanted}
        offers = items.offers(list(quantities), currency=customer.currency, on=at.date(), language=customer.language)
        return [
            LineEntry(
                name=offers[item_id].name,
                description=offers[item_id].description,
                quantity=quantity,
                unit_price=offers[item_id].price or Decimal(0),
                item_id=item_id,
                unit_code=offers[item_id].unit_code,
                supply=offers[item_id].supply,
                rate_class=offers[item_id].rate_class,
            )
            for item_id, quantity in quantities.items()
        ]

    def _bill(self, buyer: Buyer, wanted: list[tuple[str, Decimal]], at: datetime) -> Any:
        customer = self.known[buyer.key]
        draft = invoicing.create_draft(
            customer=customer,
            lines=self._lines(customer, wanted, at),
            delivered_on=at.date(),
            actor=self.sales,
            at=at,
        )
        document = self._issue(draft, at)
        self._on(at + timedelta(minutes=4), lambda then: self._send(document, then))
        paid_after = buyer.pays_after_days + self.chance.randint(-3, 4)
        if paid_after < DAYS:
            self._on(at + timedelta(days=max(1, paid_after), hours=1), lambda then: self._pay(document, then))
        return document

    def _issue(self, draft: Any, at: datetime) -> Any:
        try:
            document = issue_document.issue(draft=draft, actor=self.finance, at=at)
        except RuleBroken as refusal:
            warned = [found for found in refusal.params.get("findings", []) if found.severity == "warn"]
            if len(warned) != len(refusal.params.get("findings", [None])):
                raise
            overrides = {found.code: _REASON for found in warned}
            document = issue_document.issue(draft=draft, actor=self.finance, at=at, overrides=overrides)
        self.issued += 1
        return document

    def _send(self, document: Any, at: datetime) -> None:
        if at < self.now - timedelta(days=SENT_DAYS):
            return  # the papers of longer ago are made when somebody asks for them; a visitor shall not wait for them
        mail = send_document.send(document, actor=self.finance, at=at)
        if at < self.now - timedelta(days=3):
            messaging.mark_sent_by_hand(mail_id=mail.id, actor=self.finance, at=at + timedelta(minutes=1))

    def _pay(self, document: Any, at: datetime, part: Decimal = Decimal(1)) -> None:
        left = ledger.open_minor(document.id)
        amount = int(left * part)
        if amount <= 0:
            return
        payments.receive_payment(
            customer=document.customer,
            legal_entity=document.legal_entity,
            method=self.chance.choice(["bank_transfer", "bank_transfer", "bank_transfer", "card"]),
            amount_minor=amount,
            currency=document.currency,
            received_on=at.date(),
            allocate_to=[(document.id, amount)],
            reference=document.number,
            actor=self.finance,
            at=at,
        )

    def _plan_specials(self) -> None:
        """Plan what happens once: a deposit, credit notes, a part payment, a write-off, a question, drafts."""
        self._on(self._moment(100, 10), self._take_deposit)
        self._on(self._moment(70, 10), self._credit_a_part)
        self._on(self._moment(33, 11), self._credit_whole)
        self._on(self._moment(24, 11), self._pay_half)
        self._on(self._moment(20, 11), self._overpay)
        self._on(self._moment(9, 10), self._bounce)
        self._on(self._moment(2, 11), self._ask)
        self._on(self._moment(1, 10), self._leave_drafts)

    def _by_key(self, key: str) -> Buyer:
        return next(buyer for buyer in BUYERS if buyer.key == key)

    def _quiet(self, key: str, wanted: list[tuple[str, Decimal]], at: datetime) -> Any:
        """Issue an invoice that nobody pays by habit."""
        customer = self.known[key]
        draft = invoicing.create_draft(
            customer=customer, lines=self._lines(customer, wanted, at), delivered_on=at.date(), actor=self.sales, at=at
        )
        document = self._issue(draft, at)
        self._send(document, at + timedelta(minutes=5))
        return document

    def _take_deposit(self, at: datetime) -> None:
        customer = self.known["brouwer"]
        lines = self._lines(customer, [("day", Decimal(4))], at)
        draft = invoicing.draft_deposit(customer=customer, lines=lines, actor=self.sales, at=at)
        deposit = self._issue(draft, at)
        self._send(deposit, at + timedelta(minutes=5))
        self._on(at + timedelta(days=6), lambda then: self._pay(deposit, then))

        def finish(then: datetime) -> None:
            whole = self._lines(customer, [("day", Decimal(10)), ("brochure", Decimal(500))], then)
            final = invoicing.draft_final(customer=customer, deposits=[deposit], lines=whole, actor=self.sales, at=then)
            document = self._issue(final, then)
            self._send(document, then + timedelta(minutes=5))
            self._on(then + timedelta(days=13), lambda later: self._pay(document, later))

        self._on(at + timedelta(days=40), finish)

    def _credit_a_part(self, at: datetime) -> None:
        document = self._quiet("nordlicht", [("brochure", Decimal(500)), ("day", Decimal(3))], at)
        later = at + timedelta(days=2)

        def credit(then: datetime) -> None:
            note = credit_invoice.credit(
                document=document,
                reason="100 Exemplare mit Druckfehler",
                parts={1: CreditPart(quantity=Decimal(100))},
                actor=self.finance,
                at=then,
            )
            self.issued += 1
            self._send(note, then + timedelta(minutes=3))

        self._on(later, credit)
        self._on(at + timedelta(days=12), lambda then: self._pay(document, then))

    def _credit_whole(self, at: datetime) -> None:
        document = self._quiet("weber", [("book", Decimal(2))], at)

        def credit(then: datetime) -> None:
            note = credit_invoice.credit(document=document, reason="Bestellung widerrufen", actor=self.finance, at=then)
            self.issued += 1
            self._send(note, then + timedelta(minutes=3))

        self._on(at + timedelta(days=4), credit)

    def _pay_half(self, at: datetime) -> None:
        document = self._quiet("solaris", [("hour", Decimal(46))], at)
        self._on(at + timedelta(days=8), lambda then: self._pay(document, then, Decimal("0.5")))

    def _overpay(self, at: datetime) -> None:
        customer = self.known["yilmaz"]
        payments.receive_payment(
            customer=customer,
            legal_entity=self.entity,
            method="bank_transfer",
            amount_minor=15000,
            currency="EUR",
            received_on=at.date(),
            allocate_to=None,
            reference="Anzahlung Visitenkarten",
            actor=self.finance,
            at=at,
        )

    def _bounce(self, at: datetime) -> None:
        document = self._quiet("donau", [("hour", Decimal(12))], at)
        mail = send_document.send(document, to_address="office@donauwrek.example", actor=self.finance, at=at)
        messaging.mark_bounced(
            mail_id=mail.id, reason="550 5.1.2 Host unknown: donauwrek.example", at=at + timedelta(minutes=2)
        )
        scan = b"date;hours;what\n2026-11-02;7,5;Umbau Startseite\n2026-11-03;4,5;Formulare\n"
        invoicing.add_attachment(
            subject=document, name="Stundenzettel.csv", mime="text/csv", content=scan, actor=self.sales, at=at
        )

    def _ask(self, at: datetime) -> None:
        document = self._quiet("orchard", [("shoot", Decimal(1)), ("hour", Decimal(6))], at - timedelta(hours=2))
        link = invoicing.create_link(document=document, actor=self.finance, at=at)
        invoicing.see_link(token=link.token, at=at)
        invoicing.ask_question(
            document=document,
            name="Tom Whitfield",
            email="tom@orcharddental.example",
            body="Which six hours of web development are these? The booking form was on the last one.",
            at=at,
        )

    def _leave_drafts(self, at: datetime) -> None:
        for key, wanted in (
            ("kupfer", [("day", Decimal(2)), ("shoot", Decimal(1))]),
            ("meridian", [("hour", Decimal(18))]),
            ("atelier", [("day", Decimal(3)), ("brochure", Decimal(1000))]),
        ):
            customer = self.known[key]
            invoicing.create_draft(
                customer=customer,
                lines=self._lines(customer, wanted, at),
                delivered_on=at.date(),
                actor=self.sales,
                at=at,
            )
