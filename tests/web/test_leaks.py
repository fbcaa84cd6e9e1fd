"""A seller who sees only their own finds no trace of another's: no word, no id, no sum, wherever they ask (V-1 … V-6).

Everything in the book of canaries belongs to another seller. Rita has records of her own beside it, and asks for
everything: each page and each operation of the API, with the other's ids and without, in lists, searches, figures and
stories, and with the eyes of whoever looks at the book as her.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from conto.api.described import document
from conto.api.operations import RULES
from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.crm.models import Customer
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewActivity, NewDeal
from conto.apps.deals.models import Deal
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.models import WebhookDelivery
from conto.apps.leads.models import Lead
from conto.domain.facts import SYSTEM, Actor
from conto.domain.ids import new_id
from conto.domain.permissions import Role, is_granted
from conto.domain.sight import Area, Reach
from conto.web import freshness
from tests.api.programs import Program, key_for
from tests.api.test_sweep import ASKED as ASKED_OF_API
from tests.api.test_sweep import NOT_VALID, operations
from tests.canaries import Place
from tests.offers import quoted
from tests.sweeping import SweptBook
from tests.web.living import NOW, add_customer, begin, visits, write_mail

# Tables of which every row in this book hangs on the other seller's customer or deal.
THEIRS = {
    "audit": {"Fact", "FactPayload"},
    "correspondence": {"Letter", "LetterFile", "LetterSight", "Thread"},
    "crm": {"Address", "BankDetail", "Consent", "Contact", "Customer", "Note", "Tag", "TaxIdentifier"},
    "deals": {"Activity", "ChecklistTick", "Comment", "Deal", "DealLine"},
    "integrations": {"WebhookDelivery", "WebhookAttempt"},
    "invoicing": {
        "Attachment", "CheckOverride", "Document", "DocumentAllowance", "DocumentLine", "DocumentTax", "Draft",
        "DraftAllowance", "DraftLine", "Party", "PortalLink", "Question", "Rendering", "WriteOff",
    },
    "fields": {"OwnValues"},
    "late": {"LateCharge", "LateWaiver", "LateExclusion", "LateExemption"},
    "leads": {"Lead"},
    "ledger": {"Entry"},
    "messaging": {"InvoiceWords", "Mail", "MailAttachment"},
    "contracts": {"Contract", "ContractLine"},
    "projects": {
        "Project", "WorkEntry", "ProjectBill", "BilledWork", "FixedPrice", "ChangeOrder", "Milestone", "PriceProgress",
        "BilledPrice", "BilledMilestone", "Retainer", "RetainerPeriod", "RetainerClosing", "CoveredWork",
    },
    "repeats": {"Repeat", "RepeatVersion", "RepeatLine", "RepeatInvoice"},
    "payments": {
        "Allocation", "AllocationReversal", "Charge", "Checkout", "Collection", "GatewayRefund", "Payment", "Refund",
        "SavedMethod",
    },
    "quotas": {"Quota"},
    "subscriptions": {
        "Subscription", "SubscriptionItem", "SubscriptionChange", "BilledCharge", "BilledLine", "SetAside",
        "Settlement", "RecurringMovement", "FeatureOverride", "PlanMigration", "MigrationRow",
        "PrepaidCredit", "PrepaidUse"},
    "usage": {"DailyUsage", "UsageEvent"},
    "quotes": {"Quote", "QuoteAcceptance", "QuoteApproval", "QuoteDecline", "QuoteLine", "QuoteLink", "QuoteQuestion"},
}  # fmt: skip
IDS = {
    "customer_id", "contact_id", "note_id", "document_id", "draft_id", "subject_id", "attachment_id", "payment_id",
    "allocation_id", "mail_id", "deal_id", "activity_id", "quote_id", "contract_id", "fact_id", "lead_id",
    "subscription_id", "thread_id", "letter_id", "file_id", "target_id", "project_id", "charge_id",
    "work_id", "milestone_id", "priced_id", "repeat_id", "invoice_words_id", "retained_id", "covering_id",
    "migration_id", "credit_id",
}  # fmt: skip
HIDDEN = "Otterbach"  # stands in the other seller's deal with Rita's own customer
# Where the permission sweep asks nothing, because everything is seen there without.
ASKED = {
    "quote_new": ["?q=kupfer", "?customer={customer_id}"],
    "deals_list": ["?q=otterbach", "?customer={customer_id}", "?q=website"],
    "quotes": ["?customer={customer_id}", "?q=kupfer", "?state=sent"],
    "contracts": ["?customer={customer_id}", "?q=kupfer", "?state=running"],
    "contract_new": ["?q=kupfer", "?customer={customer_id}"],
    "projects": ["?customer={customer_id}", "?q=kupfer", "?state=unbilled"],
    "project_new": ["?q=kupfer", "?customer={customer_id}"],
    "repeats": ["?customer={customer_id}", "?q=kupfer", "?state=active"],
    "repeat_new": ["?q=kupfer", "?customer={customer_id}"],
    "work": ["?project={project_id}"],
    "subscriptions": ["?customer={customer_id}", "?q=kupfer", "?state=set_aside"],
    "subscription_new": ["?q=kupfer", "?customer={customer_id}"],
    "recurring_movements": ["?month=2026-11", "?month=coming"],
    "invoices": ["?customer={customer_id}", "?q=kupfer", "?q=INV"],
    "payments": ["?customer={customer_id}"],
    "invoice_new": ["?q=kupfer"],
    "customers": ["?q=eva", "?order=newest", "?tag=studio", "?view=late"],
    "customers_totals": ["?view=owing"],
    "pulse": ["?customer={customer_id}"],
}
# Lists that give a part of themselves to who types; that of the search is the palette.
PARTS = {
    "search",
    "customers",
    "deals",
    "deals_list",
    "deal_new",
    "invoices",
    "invoice_new",
    "invoice_rhythm",
    "payments",
    "quotes",
    "contracts",
    "contract_new",
    "projects",
    "project_new",
    "repeats",
    "repeat_new",
    "subscriptions",
    "subscription_new",
    "recurring_movements",
}
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Eyes:
    """Rita, and what is not hers."""

    book: SweptBook
    rita: Member
    own: Customer
    theirs: set[bytes]  # ids

    @property
    def addresses(self) -> set[str]:
        """Return the ids that addresses name, and that are the other's."""
        return {str(self.book.living.ids[name]) for name in IDS}

    def leaks(self, answer: Any, asked: str = "") -> list[str]:
        """Name what an answer tells that it must not; an id that was asked for is no news."""
        seen = sorted(place.column for place in self.book.canaries.seen_in(answer) if _is_theirs(place))
        body = b"" if getattr(answer, "streaming", False) else answer.content
        ids = {each for each in _UUID.findall(body) if each in self.theirs and each.decode() not in asked}
        return [*seen, *sorted(each.decode() for each in ids), *([HIDDEN] if HIDDEN.encode() in body else [])]


def _is_theirs(place: Place) -> bool:
    app, _, rest = place.column.partition(".")
    return rest.partition(".")[0].partition(":")[0] in THEIRS.get(app, set())


def all_ids() -> set[bytes]:
    """Return the ids of all rows of these tables."""
    found: set[bytes] = set()
    for app, names in THEIRS.items():
        for name in names:
            key = apps.get_model(app, name)._meta.pk
            if isinstance(key, models.UUIDField):
                found |= {str(each).encode() for each in apps.get_model(app, name).objects.values_list("pk", flat=True)}
    return found


@pytest.fixture
def eyes(made_canary: SweptBook, django_db_blocker: DjangoDbBlocker, settings: Any) -> Iterator[Eyes]:
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 100_000
    with django_db_blocker.unblock(), made_canary.opened() as book:
        words = dict(book.canaries.words)
        # Plain digits could stand in an id by chance.
        book.canaries.words = {word: column for word, column in words.items() if not word.isdigit()}
        other = book.living.members[Role.SALES]
        Customer.objects.update(owner=other)
        Lead.objects.update(owner=other)
        assert set(Deal.objects.values_list("owner", flat=True)) == {other.id}
        theirs = all_ids()
        rita = accounts.add_member(
            email="rita@berg.example", name="Rita Reich", role=Role.SALES, password="correct horse 9",
            actor=SYSTEM, at=NOW,
        )  # fmt: skip
        reaches = {(Role.SALES, area): Reach.OWN for area in Area}
        accounts.set_reaches(wanted=reaches, actor=SYSTEM, at=NOW)
        own = add_customer(2)
        crm.set_owner(customer=own, owner_id=rita.id, actor=SYSTEM, at=NOW)
        _sell(own, rita)
        hidden = _hide(own, other)
        yield Eyes(book, Member.objects.get(id=rita.id), own, theirs | hidden)
        book.canaries.words = words


def _sell(own: Customer, rita: Member) -> None:
    """Give Rita something of each, so that every list has a row."""
    actor = Actor(rita.id, "member", rita.name)
    deal = deals.add_deal(customer=own, new=NewDeal(name="Mine", value_minor=700), actor=actor, at=NOW)
    deals.add_activity(customer=own, new=NewActivity(title="My call", due_at=NOW), deal=deal, actor=actor, at=NOW)
    begin(own, NOW)
    quoted(own)
    write_mail(own, 2)


def _hide(own: Customer, other: Member) -> set[bytes]:
    """Let the other seller have a deal with Rita's customer, and return its ids."""
    actor = Actor(other.id, "member", other.name)
    deal = deals.add_deal(customer=own, new=NewDeal(name=HIDDEN), actor=actor, at=NOW)
    call = deals.add_activity(customer=own, new=NewActivity(title=HIDDEN), deal=deal, actor=actor, at=NOW)
    said = deals.add_comment(deal=deal, text=HIDDEN, actor=actor, at=NOW)
    return {str(each.id).encode() for each in (deal, call, said)}


def browser(member: Member) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    session = client.session
    session[freshness._PROVED] = int(time.time())
    session.save()
    return client


def as_herself(eyes: Eyes) -> Client:
    return browser(eyes.rita)


def looked_at_as_her(eyes: Eyes) -> Client:
    client = browser(Member.objects.get(id=eyes.book.living.members[Role.OWNER].id))
    assert client.post("/view-as", {"member": str(eyes.rita.id)}).status_code == 303
    return client


def asked_pages(eyes: Eyes) -> Iterator[tuple[str, str, Any]]:
    """Give each page with its addresses, and what it needs."""
    for visit in visits(eyes.book.living):
        yield visit.name, visit.address, visit.needs
        if visit.name in ASKED and "?" not in visit.address:
            for asked in ASKED[visit.name]:
                yield visit.name, visit.address + asked.format(**eyes.book.living.ids), visit.needs


@pytest.mark.parametrize("look", [as_herself, looked_at_as_her])
def test_v3_v4_no_page_tells_of_what_is_anothers(eyes: Eyes, look: Callable[[Eyes], Client]) -> None:
    client, wrong, shown = look(eyes), [], 0
    for name, address, needs in asked_pages(eyes):
        if needs is None or not (needs == "member" or is_granted(Role.SALES, needs)):
            continue  # a page for everybody, one that a customer's link opens, or one that refuses all sellers
        path = address.partition("?")[0]
        for headers in ({}, {"HX-Request": "true"}) if name in PARTS else ({},):
            answer = client.get(address, headers=headers)
            wrong += [f"{name} {address} tells of {leak}" for leak in eyes.leaks(answer, address)]
            if any(each in path for each in eyes.addresses) and answer.status_code not in {404, 405}:
                wrong.append(f"{name} {address}: {answer.status_code}")
        shown += answer.status_code == 200
    assert wrong == []
    assert shown > 30


def test_v3_v4_nothing_of_anothers_is_changed_on_a_page(eyes: Eyes) -> None:
    client, wrong, tried = as_herself(eyes), [], 0
    for name, address, needs in asked_pages(eyes):
        path = address.partition("?")[0]
        if needs is None or not any(each in path for each in eyes.addresses):
            continue
        answer = client.post(path, {})
        tried += 1
        if answer.status_code not in {403, 404, 405} or eyes.leaks(answer, path):
            wrong.append(f"{name} {path}: {answer.status_code} {eyes.leaks(answer, path)}")
    assert wrong == []
    assert tried > 30


def test_v3_v4_v6_no_operation_tells_of_what_is_anothers(eyes: Eyes) -> None:
    program, wrong = Program(key_for(eyes.rita).token), []
    filters = _filters()
    for name, method, address, body in operations(eyes.book.living):
        needs = RULES[name].needs
        if needs is not None and not is_granted(Role.SALES, needs):
            continue
        is_theirs = any(each in address for each in eyes.addresses)
        if method != "GET" and not is_theirs:
            continue
        more = [
            f"?{each}={eyes.book.living.ids[each]}" for each in sorted(filters.get(name, set()) & IDS)
        ] + ASKED_OF_API.get(name, [])
        for asked in ("", *more) if method == "GET" else ("",):
            answer = program.ask(method, address + asked, body)
            wrong += [f"{name} {address}{asked} tells of {leak}" for leak in eyes.leaks(answer, address + asked)]
            right = {404} if is_theirs else {200, NOT_VALID.get(name)}
            if answer.status_code not in right:
                wrong.append(f"{name} {method} {address}{asked}: {answer.status_code} {answer.content[:160]!r}")
    assert wrong == []


def _filters() -> dict[str, set[str]]:
    """Return what lists can be narrowed by, by the name of their operation."""
    return {
        operation["operationId"]: {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        for methods in document()["paths"].values()
        for operation in methods.values()
    }


def test_v3_nothing_is_begun_with_anothers_customer(eyes: Eyes) -> None:
    program, theirs = Program(key_for(eyes.rita).token), str(eyes.book.living.customer.id)
    for address, more in (
        ("/deals", {"name": "Mine"}), ("/quotes", {}), ("/drafts", {}), ("/activities", {"title": "Ask"}),
    ):  # fmt: skip
        answer = program.post(address, {"customer_id": theirs, **more})
        assert answer.status_code == 404, (address, answer.content)
        assert eyes.leaks(answer, theirs) == []
        assert program.post(address, {"customer_id": str(eyes.own.id), **more}).status_code == 201, address


def test_v4_the_story_of_her_own_customer_is_silent_about_anothers_deal(eyes: Eyes) -> None:
    client, program = as_herself(eyes), Program(key_for(eyes.rita).token)
    own = f"/customers/{eyes.own.id}"
    for address in (f"{own}/", f"{own}/?show=talk", f"{own}/documents", f"{own}/files", f"{own}/people"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert eyes.leaks(answer) == [], address
    for address in (f"{own}/timeline", f"/deals?customer_id={eyes.own.id}", f"/activities?customer_id={eyes.own.id}"):
        answer = program.get(address)
        assert answer.status_code == 200, address
        assert eyes.leaks(answer) == [], address
        assert b"Mine" in answer.content or b"My call" in answer.content, address
    assert "My call" in client.get(f"{own}/").content.decode()


def test_v3_lists_for_files_and_likeness_know_only_what_is_seen(eyes: Eyes) -> None:
    other = eyes.book.living.customer
    other.refresh_from_db()
    rita = Member.objects.get(id=eyes.rita.id)
    assert [row.id for row in customers.export_rows(rita, customers.CustomerFilters())] == [eyes.own.id]
    assert customers.duplicates_of(rita, name=other.name, email=other.email, phone=other.phone) == []
    assert [each.id for each in customers.find(rita, "kupfer")] == [eyes.own.id]


def test_v6_an_endpoint_is_told_what_its_member_sees(eyes: Eyes) -> None:
    by = Actor(eyes.rita.id, "member", eyes.rita.name)
    owner = eyes.book.living.members[Role.OWNER]
    told = {
        actor: integrations.add_endpoint(
            url="https://example.com/sight", description="", types=[], actor=actor, at=NOW
        ).endpoint.id
        for actor in (by, Actor(owner.id, "member", owner.name), SYSTEM)
    }
    theirs, other = eyes.book.living.customer, eyes.book.living.members[Role.SALES]
    crm.write_note(customer=theirs, body="Theirs", actor=SYSTEM, at=NOW)
    crm.write_note(customer=eyes.own, body="Hers", actor=SYSTEM, at=NOW)
    _hide(eyes.own, other)
    _sell(eyes.own, eyes.rita)
    accounts.add_team(name=f"Team {new_id()}", actor=SYSTEM, at=NOW)
    integrations.relay_facts(at=NOW)
    heard = {
        actor: list(WebhookDelivery.objects.filter(endpoint_id=endpoint).select_related("fact__payload"))
        for actor, endpoint in told.items()
    }
    hers = heard[by]
    assert {each.fact.customer_id for each in hers} == {eyes.own.id}
    assert {"note_added", "deal_added", "activity_added", "quote_drafted"} <= {each.kind for each in hers}
    assert not any(HIDDEN in str(each.fact.payload.body) for each in hers)
    of_all = {each.fact_id for each in heard[SYSTEM]}
    assert len(of_all) > len(hers) + 3
    assert of_all <= {each.fact_id for each in heard[Actor(owner.id, "member", owner.name)]}


def test_v4_who_is_mentioned_sees_the_deal_and_of_its_customer_the_name(eyes: Eyes) -> None:
    other = eyes.book.living.members[Role.SALES]
    deal = Deal.objects.get(id=eyes.book.living.ids["deal_id"])
    client = as_herself(eyes)
    assert client.get(f"/deals/{deal.id}/").status_code == 404
    deals.add_comment(deal=deal, text=f"Ask @{eyes.rita.name}", actor=Actor(other.id, "member", other.name), at=NOW)
    answer = client.get(f"/deals/{deal.id}/")
    assert answer.status_code == 200
    columns = {place.column.rpartition(".")[0] for place in eyes.book.canaries.seen_in(answer) if _is_theirs(place)}
    assert columns <= {"crm.Customer", "crm.Contact", "deals.Deal", "deals.DealLine", "deals.Comment", "deals.Activity"}
    assert client.get(f"/customers/{deal.customer_id}/").status_code == 404
    assert f'href="/customers/{deal.customer_id}/"' not in answer.content.decode()
    assert client.post("/quotes/new", {"deal": str(deal.id)}).status_code == 404


def test_v1_whom_it_belongs_to_and_who_sees_all_still_find_it(eyes: Eyes) -> None:
    ids = eyes.book.living.ids
    for role in (Role.SALES, Role.OWNER, Role.FINANCE, Role.AUDITOR):
        client = browser(Member.objects.get(id=eyes.book.living.members[role].id))
        for address in (
            f"/customers/{ids['customer_id']}/", f"/deals/{ids['deal_id']}/", f"/quotes/{ids['quote_id']}",
            f"/invoices/{ids['document_id']}", f"/payments/{ids['payment_id']}", f"/outbox/{ids['mail_id']}",
        ):  # fmt: skip
            answer = client.get(address)
            assert answer.status_code == 200, (role, address)
            assert any(_is_theirs(place) for place in eyes.book.canaries.seen_in(answer)), (role, address)


def test_every_table_that_hangs_on_a_customer_or_deal_is_asked_for() -> None:
    """A new table with a way to a customer or deal is looked for too."""
    asked = {f"{app}.{name}" for app, names in THEIRS.items() for name in names}
    kept = {
        "crm.SearchToken",
        "deals.DealFollower",
        "deals.StageVisit",
        "ledger.OpenItem",
        "ledger.Transfer",
        "payments.EarlyDiscount",
        "invoicing.Prepayment",
        "stock.LineCost",
    }  # fmt: skip  -- they have no words of their own, and their ids stand nowhere
    hanging = {
        model._meta.label
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if column.is_relation and column.related_model in {Customer, Deal}
    }
    assert hanging <= asked | kept
