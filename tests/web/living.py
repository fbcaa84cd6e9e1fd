"""A small book with one of everything, made by the real actions, and how each page of the product is visited in it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as accounts_queries
from conto.apps.accounts.models import LegalEntity, Member, SellerBankAccount
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails
from conto.apps.audit.models import Fact
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.correspondence import actions as letters
from conto.apps.correspondence.actions import MailboxEntry, Spot
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.crm.own import record_of
from conto.apps.deals import actions as deals
from conto.apps.deals import queries as deals_queries
from conto.apps.deals.entry import LineEntry as DealLineEntry
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.deals.models import Deal
from conto.apps.fields import actions as fields
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.models import WebhookDelivery
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, DocumentTemplate, Draft, NumberSeries
from conto.apps.leads import actions as leads
from conto.apps.leads import queries as leads_queries
from conto.apps.leads.entry import FormEntry, NewLead, RuleEntry
from conto.apps.leads.models import Lead, LeadForm
from conto.apps.leads.own import record_of as lead_record
from conto.apps.ledger import actions as ledger
from conto.apps.ledger.models import Account
from conto.apps.messaging import actions as messaging
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Allocation, Payment
from conto.apps.upkeep import actions as upkeep
from conto.domain.facts import SYSTEM, Actor
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.ids import new_id
from conto.domain.letters import Person, ReadFile, ReadLetter
from conto.domain.permissions import Role
from conto.flows import convert_lead, issue_document
from conto.flows.convert_lead import Conversion
from conto.flows.set_up_book import Numbers, set_up_book
from conto.web.customers.editing import CARDS
from conto.web.help.handbook import ORDER as CHAPTERS
from tests.agreements import ASKED_OF_AGREEMENTS, agree, agree_to_news, aim, billed, offered
from tests.charged_late import charged
from tests.collecting import collected
from tests.goods import ASKED_OF_STOCK, stocked
from tests.migrated import looked_at
from tests.offers import quoted
from tests.repeating import ASKED_OF_REPEATS, repeated
from tests.retained import cared_for
from tests.scene import line
from tests.work import ASKED_OF_PROJECTS, busy

PRICES = count(800)  # a second invoice over the same amount would be warned of
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SELLER = SellerDetails(
    name="Berg Studio", country="DE", currency="EUR", zone="Europe/Berlin", language="de", line1="Torstraße 1",
    postcode="10119", city="Berlin", vat_number="DE136695976", email="post@berg.example",
)  # fmt: skip


@dataclass
class Living:
    """The book's people and papers."""

    members: dict[Role, Member]
    entity: LegalEntity
    customer: Customer
    draft: Draft
    document: Document
    payment: Payment
    token: str
    ids: dict[str, Any]


def live() -> Living:
    """Make a book with one of everything."""
    members = people()
    bank = BankAccountDetails(holder="Berg Studio", currency="EUR", iban="DE89370400440532013000")
    entity = set_up_book(
        seller=SELLER, bank_account=bank, numbers=Numbers(prefix="INV"), actor=SYSTEM, at=NOW, is_sandbox=True
    )
    accounts.set_logo(legal_entity_id=entity.id, content=logo(), actor=SYSTEM, at=NOW)
    customer = add_customer(1)
    crm.set_bank_detail(customer=customer, holder="", iban="DE02120300000000202051", actor=SYSTEM, at=NOW)
    note = crm.write_note(customer=customer, body="Prefers the phone.", actor=SYSTEM, at=NOW)
    crm.log_call(customer=customer, body="About the rest.", with_name="Eva", minutes=4, actor=SYSTEM, at=NOW)
    contact = crm.add_contact(
        customer=customer, given={"name": "Eva Kupfer", "email": "eva@kupfer1.example"}, actor=SYSTEM, at=NOW
    )
    agree_to_news(contact)
    item, deal, lead = add_item(1), add_deal(customer, members[Role.SALES], 1), add_lead(members[Role.SALES], 1)
    old = bill(customer, NOW - timedelta(days=40))
    document = bill(customer, NOW)
    draft = begin(customer, NOW)
    payment = pay(old, old.payable_minor + 500)
    file = invoicing.add_attachment(
        subject=document, name="hours.csv", mime="text/csv", content=b"date;hours\n", actor=SYSTEM, at=NOW
    )
    mail = write_mail(customer, 1)
    link = invoicing.create_link(document=document, actor=SYSTEM, at=datetime.now(UTC))
    closing = ledger.close_period(legal_entity=entity, until=date(2026, 9, 30), actor=SYSTEM, at=NOW)
    series = NumberSeries.objects.filter(kind="invoice").get()
    template, account = DocumentTemplate.objects.first(), SellerBankAccount.objects.first()
    fact = Fact.objects.filter(customer_id=customer.id).order_by("id").last()
    endpoint = integrations.add_endpoint(
        url="https://example.com/hooks", description="Shop", types=["note.added"], actor=SYSTEM, at=NOW
    ).endpoint
    delivery = tell(customer, endpoint.id)
    invitation, _token = accounts.invite_member(
        email="new@berg.example", name="Nele Neu", role=Role.SALES, actor=SYSTEM, at=NOW
    )
    accounts.note_session(
        member_id=members[Role.SALES].id, key="a" * 32, was="", address="127.0.0.1", agent="Firefox/1", at=NOW
    )
    ids = {
        "invitation_id": invitation.id, "session_id": accounts_queries.sessions_of(members[Role.SALES].id)[0].id,
        "customer_id": customer.id, "contact_id": contact.id, "note_id": note.id, "item_id": item.id,
        "document_id": document.id, "draft_id": draft.id, "subject_id": document.id, "attachment_id": file.id,
        "payment_id": payment.id, "allocation_id": Allocation.objects.all()[0].id, "mail_id": mail.id,
        "lead_id": lead.id, "form_id": LeadForm.objects.get().id,
        "token": link.token, "entity_id": entity.id, "series_id": series.id, "key_id": new_id(),
        "template_id": template.id if template else new_id(), "account_id": account.id if account else new_id(),
        "member_id": members[Role.SALES].id, "fact_id": fact.id if fact else new_id(), "number_id": new_id(),
        "ledger_account_id": Account.objects.get(legal_entity=entity, currency="EUR", role="receivable").id,
        "closing_id": closing.id, "checkout_id": new_id(), "currency": "EUR", "language": "de", "gateway": "sandbox",
        "place_id": kept_place(), "backup_id": kept_backup(), "team_id": team_of(members), **ids_around(deal, lead),
        "quote_id": quoted(customer).id, "contract_id": agree(customer, deal), **offered(1), **billed(customer, 1),
        **stocked(item, entity), "charge_id": charged(document, old), **correspond(customer),
        **looked_at(customer, NOW),
        "target_id": aim(members[Role.SALES]), **busy(customer, members[Role.SUPPORT]), **repeated(customer),
        "batch_id": invoicing.begin_batch(draft_ids=[document.id, draft.id], actor=SYSTEM, at=NOW).id,
        "endpoint_id": endpoint.id, "delivery_id": delivery.id, **cared_for(customer, members[Role.SUPPORT]),
    }  # fmt: skip
    return Living(members, entity, customer, draft, document, payment, link.token, ids | collected(document))


def team_of(members: dict[Role, Member]) -> UUID:
    """Make a team of one."""
    team = accounts.add_team(name="North", actor=SYSTEM, at=NOW)
    accounts.change_member(member_id=members[Role.SUPPORT].id, team_id=team.id, actor=SYSTEM, at=NOW)
    return team.id


def add_fields(customer: Customer, lead_id: UUID) -> UUID:
    """Add fields of one's own, with values, and return one."""
    rules = (
        FieldRule(key="", label="Sector", kind=FieldKind.CHOICE, choices=("Trade", "Craft"), is_listed=True),
        FieldRule(key="", label="Visits", kind=FieldKind.NUMBER, is_listed=True),
        FieldRule(key="", label="Worth", kind=FieldKind.FORMULA, formula="paid_12_months / visits", is_listed=True),
    )
    made = [fields.add_field(subject=Subject.CUSTOMER, field=rule, actor=SYSTEM, at=NOW) for rule in rules]
    budget = FieldRule(key="", label="Budget", kind=FieldKind.MONEY, is_listed=True)
    fields.add_field(subject=Subject.LEAD, field=budget, actor=SYSTEM, at=NOW)
    given = {"budget": {"amount_minor": 90_000, "currency": "EUR"}}
    fields.set_values(of=lead_record(lead_id), given=given, actor=SYSTEM, at=NOW)
    fields.set_values(
        of=record_of(customer), given={"sector": "Craft", "visits": Decimal(4)}, actor=SYSTEM, at=NOW
    )  # fmt: skip
    return made[0].id


def people() -> dict[Role, Member]:
    """Add a member of each role."""
    return {
        role: accounts.add_member(
            email=f"{role}@berg.example", name=f"{role.title()} Berg", role=role, password="correct horse 9",
            language="en", actor=SYSTEM, at=NOW,
        )
        for role in Role
    }  # fmt: skip


def correspond(customer: Customer) -> dict[str, Any]:
    """Let a customer write to a mailbox, with a file, and return the ids around it."""
    entry = MailboxEntry(
        name="Post", address="post@berg.example", host="127.0.0.1", port=9, security="none", username="post",
        password="secret-of-the-mailbox", read_since=NOW.date(),
    )  # fmt: skip
    mailbox = letters.add_mailbox(new=entry, actor=SYSTEM, at=NOW)
    read = ReadLetter(
        message_id="1@kupfer.example", references=(), sender=Person(customer.email, "Eva Kupfer"),
        to=(Person("post@berg.example"),), cc=(), delivered_to=(), subject="The chairs", text="In oak?\n\n> Which?",
        sent_at=NOW, received_at=NOW, files=(ReadFile("plan.pdf", "application/pdf", 4, b"%PDF"),),
    )  # fmt: skip
    letter = letters.keep_message(spot=Spot(mailbox, "INBOX", 1, 1), read=read, at=NOW).letter
    letters.note_missing(mailbox=mailbox, folder="INBOX", uidvalidity=1, gaps=[(2, 3)], reason="It is gone.", at=NOW)
    template = letters.save_template(
        template_id=None,
        name="Thanks",
        language="en",
        subject="Thank you",
        text="Dear {contact},",
        actor=SYSTEM,
        at=NOW,
    )
    words = messaging.save_invoice_words(
        row=None, kind="invoice", language="de", customer=customer, tag="", occasion="", subject="Rechnung {number}",
        text="Guten Tag {contact}, {link}", actor=SYSTEM, at=NOW,
    )  # fmt: skip
    return {
        "invoice_words_id": words.id,
        "mailbox_id": mailbox.id, "letter_template_id": template.id, "thread_id": letter and letter.thread_id,
        "letter_id": letter and letter.id, "file_id": letter and letter.files.get().id,
    }  # fmt: skip


def logo() -> bytes:
    """Draw a logo."""
    out = io.BytesIO()
    Image.new("RGB", (120, 40), "#224488").save(out, "PNG")
    return out.getvalue()


def add_customer(n: int) -> Customer:
    """Add the nth customer."""
    billing = PostalAddress(country="DE", line1=f"Lange Gasse {n}", postcode="86152", city="Augsburg")
    new = NewCustomer(
        name=f"Kupfer & Söhne {n} GmbH", email=f"ap@kupfer{n}.example", phone=f"+49 30 90182{n:02}",
        currency="EUR", language="de", billing=billing, tags=("studio",),
    )  # fmt: skip
    return crm.add_customer(new=new, actor=SYSTEM, at=NOW)


def add_item(n: int) -> Any:
    """Add the nth item, with a price."""
    item = catalog.add_item(new=NewItem(code=f"D{n}", name=f"Design day {n}"), actor=SYSTEM, at=NOW)
    catalog.set_price(item=item, currency="EUR", amount=Decimal(800), valid_from=NOW.date(), actor=SYSTEM, at=NOW)
    return item


def add_deal(customer: Customer, owner: Member, n: int) -> Deal:
    """Add the nth deal, with everything that a deal can have."""
    actor = Actor(owner.id, "member", owner.name)
    new = NewDeal(name=f"Website {n}", value_minor=90_000, source="Fair", owner_id=owner.id)
    deal = deals.add_deal(customer=customer, new=new, actor=actor, at=NOW)
    deals.set_deal_lines(deal=deal, lines=[DealLineEntry(name="Draft", unit_price_minor=900)], actor=actor, at=NOW)
    deals.add_comment(deal=deal, text=f"They are in a hurry, @{owner.name}.", actor=actor, at=NOW)
    call = NewActivity(kind="call", title="Ask for the date", due_at=NOW, text="Mornings.")
    deals.add_activity(customer=customer, new=call, deal=deal, actor=actor, at=NOW)
    done = deals.add_activity(customer=customer, new=NewActivity(title="Send words"), deal=deal, actor=actor, at=NOW)
    deals.finish_activity(activity=done, outcome="Liked them", actor=actor, at=NOW)
    lost = deals.add_deal(customer=customer, new=NewDeal(name=f"Film {n}"), actor=actor, at=NOW)
    reason = deals_queries.lost_reasons()[0]
    deals.lose_deal(deal=lost, reason_id=reason.id, note="Too dear", actor=actor, at=NOW)
    won = deals.add_deal(customer=customer, new=NewDeal(name=f"Shop {n}", value_minor=50_000), actor=actor, at=NOW)
    deals.win_deal(deal=won, actor=actor, at=NOW)
    return deal


def add_lead(owner: Member, n: int) -> Lead:
    """Add the nth lead, with everything that a lead can have, and one that became a customer."""
    actor = Actor(owner.id, "member", owner.name)
    new = NewLead(
        name=f"Mara Lindt {n}", company=f"Lindt Möbel {n}", email=f"mara@lindt{n}.example", phone=f"+49 30 90190{n:02}",
        country="DE", message="24 chairs before Christmas.", source="Fair", owner_id=owner.id, has_consent=True,
        consent_text="You may write to me.", next_step="Send the list", next_step_at=NOW,
    )  # fmt: skip
    lead = leads.add_lead(new=new, actor=actor, at=NOW)
    if not leads_queries.routing_rules():
        form = FormEntry(
            name="Contact", fields={"phone": "needed"}, asks_consent=True, sites=["https://www.berg.example"],
            texts={"en": {"title": "Talk to us", "thanks": "We call you."}}, owner_id=owner.id,
        )  # fmt: skip
        leads.add_form(new=form, actor=actor, at=NOW)
        leads.set_routing(rules=[RuleEntry(contains="chairs", member_ids=[owner.id])], actor=actor, at=NOW)
    leads.note_lead(lead=lead, text="Met at the fair.", actor=actor, at=NOW)
    gone = leads.add_lead(new=NewLead(name=f"Nobody {n}"), actor=actor, at=NOW)
    leads.discard_lead(lead=gone, reason="A student", actor=actor, at=NOW)
    sold = leads.add_lead(new=NewLead(name=f"Otto Sold {n}", email=f"o@sold{n}.example"), actor=actor, at=NOW)
    convert_lead.convert(lead=sold, wish=Conversion(), actor=actor, at=NOW)
    return lead


def ids_around(deal: Deal, lead: Lead) -> dict[str, Any]:
    """Return the ids of a deal and of what hangs on it."""
    activity = deals_queries.activities_of_deal(deal.owner, deal.id)[0]
    return {
        "deal_id": deal.id, "stage_id": deal.stage_id, "pipeline_id": deal.pipeline_id, "activity_id": activity.id,
        "field_id": add_fields(deal.customer, lead.id),
        "owner_id": deal.owner_id,
    }  # fmt: skip


def begin(customer: Customer, at: datetime, **fields: Any) -> Draft:
    """Begin a draft with a line."""
    return invoicing.create_draft(
        customer=customer, lines=[line(str(next(PRICES)), "3.5", "Website")], delivered_on=at.date(), actor=SYSTEM,
        at=at, **fields,
    )  # fmt: skip


def bill(customer: Customer, at: datetime, **fields: Any) -> Document:
    """Issue an invoice."""
    return issue_document.issue(draft=begin(customer, at, **fields), actor=SYSTEM, at=at)


def pay(document: Document, amount_minor: int) -> Payment:
    """Record a payment for an invoice; what is too much stays as credit."""
    return payments.receive_payment(
        customer=document.customer, legal_entity=document.legal_entity, method="bank_transfer",
        amount_minor=amount_minor, currency=document.currency, received_on=NOW.date(),
        allocate_to=[(document.id, min(amount_minor, document.payable_minor))], actor=SYSTEM, at=NOW,
    )  # fmt: skip


def write_mail(customer: Customer, n: int) -> Any:
    """Put a mail into the outbox."""
    return messaging.write_mail(
        customer=customer, purpose="test", subject_id=None, to_address=customer.email, subject=f"Letter {n}",
        text="Hello", language="en", attachments=[], actor=SYSTEM, at=NOW,
    )  # fmt: skip


def kept_place() -> UUID:
    """Add a place for backups."""
    return upkeep.save_place(
        place_id=None, name="Cellar", kind="folder", options={"folder": "/nowhere"},
        secret="hush-of-the-place", is_on=True, actor=SYSTEM, at=NOW,
    ).id  # fmt: skip


def kept_backup() -> UUID:
    """Add a backup that lies in the folder of this installation."""
    name = "conto-living-20261122T023000Z-000000.backup"
    (settings.BACKUPS / name).write_bytes(b"sealed")
    backup = upkeep.begin_backup(name=name, reason="hand", actor=SYSTEM, now=NOW)
    upkeep.note_copy(backup_id=backup.id, place_id=None, error="", now=NOW)
    upkeep.finish_backup(backup_id=backup.id, size_bytes=6, contents={}, key_id="", actor=SYSTEM, now=NOW, at=NOW)
    return backup.id


def tell(customer: Customer, endpoint_id: Any) -> Any:
    """Let something happen that an endpoint of a webhook is told, and note that it took it."""
    crm.write_note(customer=customer, body="To be told.", actor=SYSTEM, at=NOW)
    integrations.relay_facts(at=NOW)
    for claim in integrations.claim_due(at=NOW, busy={}, places=16):
        integrations.note_outcome(claim=claim, outcome=integrations.Outcome("taken", status=200), at=NOW)
    return WebhookDelivery.objects.filter(endpoint_id=endpoint_id).order_by("id").last()


# What stands in an address besides ids, page by page. A page whose parameter is in neither place has no way in.
PORTAL_QUOTE_PAGES = ("", "_totals", "_paper", "_question", "_accept", "_decline", "_new_link")
NAMES: dict[str, list[dict[str, Any]]] = {
    "project": [{}, {"project_id": "priced_id"}, {"project_id": "retained_id"}],
    "project_price_bill": [{}, {"project_id": "priced_id"}],
    "project_retainer": [{}, {"project_id": "retained_id"}],
    "settings_health_mend": [{"rule": "I30"}],
    "settings_health_retry": [{"job_id": 1}],
    "customer_card": [{"name": name} for name in CARDS],
    "today_figure": [{"name": name} for name in ("owed", "late", "coming")],
    "calendar_feed": [{"token": "no-such-calendar"}],
    "own_passkey_name": [{"passkey_id": 987654321}],
    "own_passkey_remove": [{"passkey_id": 987654321}],
    "help_chapter": [{"name": name} for name in CHAPTERS],
    "gallery_error": [
        {"name": name} for name in ("400", "403", "404", "413", "500", "503", "full", "offline", "refused", "stale")
    ],
    "set_up_step": [{"name": name} for name in ("owner", "business")],
    "invoice_file": [{"kind": "document.pdf"}, {"kind": "cii.xml"}],
    "portal_file": [{"kind": "pdf"}],
    **{
        f"portal_quote{end}": [{"token": "no-such-quote"}]
        for end in ("", "_totals", "_paper", "_question", "_accept", "_invoice", "_decline", "_new_link")
    },
    "deals_result_rows": [{"measure": name} for name in ("activities", "created", "won", "invoiced", "collected")],
    **{f"lead_form{end}": [{"token": "no-such-form", "proof": "none"}] for end in ("", "_thanks", "_confirm")},
    **{name: [{"proof": "none"}] for name in ("portal_consent", "letter_opened", "letter_followed")},
    "customer_consent": [{"purpose": "news"}],
    "api_reference_noun": [{"noun": "customers"}],
    "settings_series_new": [{"kind": "invoice"}],
    "settings_series": [{"kind": "invoice"}],
    "settings_audit_export": [{"file_format": "csv"}],
    "settings_place_new": [{"kind": kind} for kind in ("folder", "s3", "ssh")],
}
# The same page in its other states, and with what it is asked.
ASKED: dict[str, list[str]] = {
    "customers": ["?own.sector=Craft", "?own.visits.from=9", "?q=kupfer", "?view=archived", "?view=owing"],
    "deals": ["?owner=me", "?q=website", "?slips=silent"],
    "deals_list": ["?state=open", "?state=lost", "?sort=value", "?q=zzzz", "?slips=no_step"],
    "deals_won": ["?owner=me", "?months=3"],
    "deals_results": ["?period=2026", "?period=2026-Q3"],
    "leads": [
        f"?{each}"
        for each in ["state=all", "state=discarded", "owner=me", "owner=nobody", "q=lindt", "q=zzzz", "sort=score"]
    ]
    + ["?own.budget.from=100"],
    "activities": ["?who=all", "?show=done&who=team&kind=task"],
    "activity_new": ["?customer={customer_id}"],
    "deal_new": ["?customer={customer_id}", "?q=kupfer"],
    **ASKED_OF_AGREEMENTS,
    **ASKED_OF_PROJECTS,
    **ASKED_OF_REPEATS,
    **ASKED_OF_STOCK,
    "letters": ["?show=unknown", "?show=guessed", "?customer={customer_id}", "?q=chairs"],
    "letter_new": ["?customer={customer_id}", "?deal={deal_id}&template={letter_template_id}"],
    "thread": ["?who=kupfer"],
    "search": ["?q=kupfer", "?q=INV-2026", "?q=zzzzzz"],
    "invoices": [f"?state={each}" for each in ("draft", "held", "open", "overdue", "paid", "credited", "written_off")],
    "invoice_new": ["?customer={customer_id}"],
    "payments": ["?view=unallocated", "?view=refunds"],
    "payment_new": ["?document={document_id}", "?customer={customer_id}"],
    "outbox": ["?state=sent", "?state=failed"],
    "books": [
        "?kind=invoice_issued",
        "?account={ledger_account_id}",
        "?q=INV-2026-00001",
        "?since=2026-11-01&until=2026-11-30",
    ],
    "books_accounts": ["?on=2026-10-31"],
    "books_account": ["?since=2026-11-01&until=2026-11-30"],
    "books_receivables": ["?on=2026-10-31"],
    "books_tax": ["?period=2026", "?period=2026-10", "?since=2026-01-01&until=2026-12-31"],
    "settings_webhook": ["?state=failed", "?state=delivered"],
    "payment_share": ["?customer={customer_id}&currency=EUR&amount=10"],
}


@dataclass(frozen=True)
class Visit:
    """One address of a page, and who may enter."""

    name: str
    address: str
    page: Any

    @property
    def needs(self) -> Any:
        """Return the permission, the word "member", or nothing for a public page."""
        return mark_of(self.page, "needs")


def mark_of(page: Any, name: str) -> Any:
    """Return what a guard left on a page."""
    while page is not None:
        if found := getattr(page, name, None):
            return found
        page = getattr(page, "__wrapped__", None)
    return None


@cache
def pages() -> tuple[tuple[str, frozenset[str], Any], ...]:
    """Return every page: its name, the parameters of its address, its view."""
    return tuple(_pages(get_resolver(), frozenset()))


def _pages(resolver: URLResolver, above: frozenset[str]) -> Iterator[tuple[str, frozenset[str], Any]]:
    for entry in resolver.url_patterns:
        if str(entry.pattern) == "api/":
            continue  # the operations of the API have a sweep of their own
        parameters = above | entry.pattern.regex.groupindex.keys()
        if isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name"
            yield entry.name, parameters, entry.callback
        else:
            yield from _pages(entry, parameters)


def visits(book: Living) -> list[Visit]:
    """Return how every page is visited in this book.

    Raises: AssertionError for a page whose address has a parameter that nobody has said a value for.
    """
    found = []
    for name, parameters, page in pages():
        for special in NAMES.get(name, [{}]):
            known = {**book.ids, **{key: book.ids.get(value, value) for key, value in special.items()}}
            assert parameters <= known.keys(), f"{name} has no way to be visited: {parameters - known.keys()}"
            bare = reverse(name, kwargs={key: known[key] for key in parameters})
            found += [Visit(name, bare + asked.format(**book.ids), page) for asked in ("", *ASKED.get(name, []))]
    return found


def without(book: Living, visit: Visit, fill: Callable[[], Any] = new_id) -> str:
    """Return the address with every id of the book replaced by one that nobody has."""
    address = visit.address
    for key, value in book.ids.items():
        if key.endswith("_id"):
            address = address.replace(str(value), str(fill()))
    return address
