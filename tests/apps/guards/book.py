"""A book with a row in every table of ours, made by the real actions, for the attacks on its guards."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as accounts_queries
from conto.apps.accounts.queries import SellerDetails
from conto.apps.audit import actions as audit
from conto.apps.audit.models import Fact
from conto.apps.audit.queries import Rule
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.contracts import actions as contracts
from conto.apps.contracts.actions import LineEntry as AgreedPrice
from conto.apps.contracts.actions import NewContract
from conto.apps.correspondence import actions as correspondence
from conto.apps.correspondence.actions import MailboxEntry, Spot
from conto.apps.correspondence.models import LetterSight, LetterTemplate, Thread
from conto.apps.crm import actions as crm
from conto.apps.crm.own import record_of
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import LineEntry, NewActivity, NewDeal
from conto.apps.deals.models import Deal, LostReason, Stage
from conto.apps.fields import actions as fields
from conto.apps.integrations import actions as integrations
from conto.apps.integrations.actions import KeptAnswer, Repeatable
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing.models import Document, Draft
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import FormEntry, NewLead, RuleEntry
from conto.apps.ledger import actions as ledger
from conto.apps.messaging import actions as messaging
from conto.apps.messaging.actions import MailFile
from conto.apps.payments import actions as payments
from conto.apps.payments.models import Payment
from conto.apps.plans import actions as plans
from conto.apps.plans import queries as plan_queries
from conto.apps.plans.actions import NewCoupon
from conto.apps.plans.models import Plan
from conto.apps.quotes import actions as quotes
from conto.apps.quotes.models import Quote
from conto.apps.repeats import actions as repeats
from conto.apps.subscriptions import actions as subscriptions
from conto.apps.subscriptions.entries import ChangeEntry, NewSubscription
from conto.apps.subscriptions.models import Subscription
from conto.apps.upkeep import actions as upkeep
from conto.domain.backups import Retention
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.entitlement import Effect, Feature
from conto.domain.errors import RuleBroken
from conto.domain.facts import SYSTEM, Actor
from conto.domain.fields import FieldKind, FieldRule, Subject
from conto.domain.guardian import GuardianRules
from conto.domain.ids import new_id
from conto.domain.letters import Person, ReadFile, ReadLetter
from conto.domain.permissions import Permission, Role
from conto.domain.repeat import Does
from conto.domain.sight import Area, Reach
from conto.flows import (
    accept_quote,
    billing_run,
    change_subscription,
    convert_lead,
    credit_invoice,
    dry_run,
    record_usage,
    send_letter,
)
from conto.flows.convert_lead import Conversion
from conto.flows.record_usage import SentEvent
from conto.flows.send_letter import LetterEntry
from tests import offers
from tests.agreements import aim, offered, prepaid
from tests.charged_late import charged_late
from tests.collecting import saved, tried
from tests.goods import busy_shop, counted, kept, product
from tests.migrated import of_every_kind
from tests.repeating import agreed as of_support
from tests.repeating import made, repeating
from tests.retained import brought_by, cared_for, retained
from tests.scene import NOW, TODAY, Scene, issue, line, set_scene
from tests.work import BEFORE, agreed, approved, billed, busy, opened, worked

SOUTH = SellerDetails(
    name="Südlicht", country="DE", currency="EUR", zone="Europe/Berlin", language="de", line1="Weg 1",
    postcode="80331", city="München",
)  # fmt: skip
EARLY = {"early_discount_percent": Decimal(2), "early_discount_days": 10}


def fill_book() -> None:
    """Make the book."""
    scene = set_scene()
    accounts.set_up_business(seller=SOUTH, bank_account=None, actor=SYSTEM, at=NOW, is_sandbox=True)
    _people(scene)
    _customers(scene)
    _fields(scene)
    _deals(scene)
    _letters(scene)
    _leads(scene)
    _papers(scene)
    _quotes(scene)
    _contracts(scene)
    _projects(scene)
    _repeats(scene)
    _plans()
    aim(scene.owner, accounts_queries.teams().first())
    _money(scene)
    _subscriptions(scene)
    of_every_kind(scene.customer, scene.owner, NOW)
    _used(scene)
    _stock(scene)
    _programs(scene)
    _upkeep(scene)
    ledger.close_period(legal_entity=scene.seller, until=TODAY - timedelta(days=9), actor=SYSTEM, at=NOW)
    _alerts()
    _late(scene)
    audit.put_in_order(everything=True)
    audit.seal_facts()


def _people(scene: Scene) -> None:
    seller = accounts.add_member(
        email="sam@example.com", name="Sam", role=Role.SALES, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    team = accounts.add_team(name="North", actor=SYSTEM, at=NOW)
    accounts.change_member(member_id=seller.id, team_id=team.id, actor=SYSTEM, at=NOW)
    accounts.set_reaches(wanted={(Role.SALES, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=NOW)
    accounts.invite_member(email="new@example.com", name="Nele Neu", role=Role.SALES, actor=SYSTEM, at=NOW)
    accounts.make_password_link(member_id=seller.id, actor=SYSTEM, at=NOW)
    accounts.ask_for_address(member_id=seller.id, email="sam.new@example.com", actor=SYSTEM, at=NOW)
    accounts.note_session(member_id=seller.id, key="a" * 32, was="", address="::1", agent="Firefox/1", at=NOW)
    Authenticator.objects.create(user=scene.owner, type="totp", data={})


def _customers(scene: Scene) -> None:
    customer = scene.customer
    item = catalog.add_item(new=NewItem(code="D1", name="Design day"), actor=SYSTEM, at=NOW)
    catalog.set_price(item=item, currency="EUR", amount=Decimal(800), valid_from=TODAY, actor=SYSTEM, at=NOW)
    catalog.set_item_text(item=item, language="de", name="Entwurfstag", actor=SYSTEM, at=NOW)
    crm.set_tax_identifier(customer=customer, country="DE", value="DE136695976", actor=SYSTEM, at=NOW)
    crm.set_bank_detail(customer=customer, holder="", iban="DE02120300000000202051", actor=SYSTEM, at=NOW)
    crm.write_note(customer=customer, body="Prefers the phone.", actor=SYSTEM, at=NOW)
    given = {"name": "Eva Kupfer", "email": "eva@m.example"}
    person = crm.add_contact(customer=customer, given=given, actor=SYSTEM, at=NOW)
    for purpose in Purpose:
        entry = ConsentEntry(purpose=purpose, is_given=True, way=Way.BY_HAND, wording="You may.")
        crm.note_consent(contact=person, entry=entry, actor=SYSTEM, at=NOW)
    crm.add_tag(customer=customer, name="studio", actor=SYSTEM, at=NOW)


def _fields(scene: Scene) -> None:
    rule = FieldRule(key="", label="Sector", kind=FieldKind.TEXT)
    fields.add_field(subject=Subject.CUSTOMER, field=rule, actor=SYSTEM, at=NOW)
    fields.set_values(of=record_of(scene.customer), given={"sector": "Trade"}, actor=SYSTEM, at=NOW)


def _deals(scene: Scene) -> None:
    actor = Actor(scene.owner.id, "member", scene.owner.name)
    deals.open_first_pipeline(language="en", actor=actor, at=NOW)
    first, second = Stage.objects.select_related("pipeline").order_by("position")[:2]
    Stage.objects.filter(id=first.id).update(checklist=["Asked"])
    new = [
        NewDeal(name=name, stage_id=first.id, imported_sha256=hashlib.sha256(name.encode()).digest())
        for name in ("Website", "Logo", "Film")
    ]
    deal, won, lost = (deals.add_deal(customer=scene.customer, new=each, actor=actor, at=NOW) for each in new)
    deals.set_deal_lines(deal=deal, lines=[LineEntry(name="Day", unit_price_minor=80000)], actor=actor, at=NOW)
    deals.add_comment(deal=deal, text="So, @Ada Lovelace", actor=actor, at=NOW)
    deals.tick_checklist(deal=deal, label="Asked", is_done=True, actor=actor, at=NOW)
    deals.add_activity(customer=scene.customer, new=NewActivity(title="Ask"), deal=deal, actor=actor, at=NOW)
    deals.make_calendar_feed(member=scene.owner, actor=actor, at=NOW)
    deals.win_deal(deal=won, actor=actor, at=NOW)
    deals.lose_deal(deal=lost, reason_id=LostReason.objects.all()[0].id, actor=actor, at=NOW)
    deals.move_deal(deal=deal, stage=second, actor=actor, at=NOW)


def _letters(scene: Scene) -> None:
    box = MailboxEntry(
        name="Post", address="post@nordlicht.example", host="imap.nordlicht.example", username="post",
        password="secret", read_since=TODAY,
    )  # fmt: skip
    mailbox = correspondence.add_mailbox(new=box, actor=SYSTEM, at=NOW)
    gone = correspondence.add_mailbox(new=replace(box, address="old@nordlicht.example"), actor=SYSTEM, at=NOW)
    correspondence.remove_mailbox(mailbox_id=gone.id, actor=SYSTEM, at=NOW)
    written = send_letter.send(
        customer=scene.customer, deal=Deal.objects.get(name="Website"), actor=SYSTEM, at=NOW,
        entry=LetterEntry(to_address="einkauf@mueller.example", subject="Hours", text="How many?"),
    )  # fmt: skip
    for kind, link in (("sent", ""), ("open", ""), ("click", "https://a.example")):
        LetterSight.objects.create(
            id=new_id(), letter=written, kind=kind, mark=link and "a", link=link, first_at=NOW, last_at=NOW
        )
    read = ReadLetter(
        message_id="1@mueller.example", references=(written.message_id,), sender=Person("einkauf@mueller.example"),
        to=(Person("post@nordlicht.example"),), cc=(), delivered_to=(), subject="Re: Hours", text="Four.",
        sent_at=NOW, received_at=NOW, files=(ReadFile("plan.pdf", "application/pdf", 4, b"%PDF"),),
    )  # fmt: skip
    correspondence.begin_folder(mailbox=mailbox, name="INBOX", uidvalidity=1, next_uid=1, began_uid=1, at=NOW)
    correspondence.keep_message(spot=Spot(mailbox, "INBOX", 1, 1), read=read, at=NOW)
    other = correspondence.begin_thread(subject="Hours", customer=scene.customer, deal_id=None, at=NOW)
    Thread.objects.filter(id=other.id).update(merged_into=written.thread)
    LetterTemplate.objects.create(
        id=new_id(), name="Thanks", language="en", subject="Thank you", text="Hello", changed_at=NOW
    )


def _leads(scene: Scene) -> None:
    by: dict[str, Any] = {"actor": Actor(scene.owner.id, "member", scene.owner.name), "at": NOW}
    form = leads.add_form(new=FormEntry(name="Contact", owner_id=scene.owner.id), **by)
    given = {"company": "Lindt", "email": "a@lindt.example", "phone": "+49 30 901820", "source": "fair"}
    for n, state in enumerate(("new", "discarded", "converted")):
        new = NewLead(
            name=f"Mara {n}", form_id=form.id, sent_sha256=bytes([n]) * 32, external_ref=f"A-{n}", **given
        )  # fmt: skip
        lead = leads.add_lead(new=new, **by)
        if state == "discarded":
            leads.discard_lead(lead=lead, reason="No", **by)
        elif state == "converted":
            convert_lead.convert(lead=lead, wish=Conversion(), **by)
    leads.set_routing(rules=[RuleEntry(member_ids=[scene.owner.id]), RuleEntry(member_ids=[scene.owner.id])], **by)


def _papers(scene: Scene) -> None:
    invoicing.save_template(legal_entity=scene.seller, name="Plain", is_default=True, actor=SYSTEM, at=NOW)
    draft = scene.draft(line("70"))
    allowance = invoicing.AllowanceEntry("Friends", percent=Decimal(10))
    invoicing.set_allowances(draft=draft, allowances=[allowance], actor=SYSTEM, at=NOW)
    document = issue(draft)
    invoicing.set_allowances(draft=scene.draft(line("71")), allowances=[allowance], actor=SYSTEM, at=NOW)
    invoicing.set_minimums(minimums={"CHF": 500}, actor=SYSTEM, at=NOW)
    invoicing.set_guardian_rules(rules=GuardianRules(amount_percent=60), actor=SYSTEM, at=NOW)
    invoicing.begin_batch(draft_ids=[draft.id], actor=SYSTEM, at=NOW)
    invoicing.store_rendering(document=document, kind="pdf", content=b"%PDF", report={}, at=NOW)
    invoicing.add_attachment(subject=document, name="hours.csv", mime="text/csv", content=b"1", actor=SYSTEM, at=NOW)
    invoicing.create_link(document=document, actor=SYSTEM, at=datetime.now(UTC))
    invoicing.ask_question(document=document, name="Eva", body="What for?", at=NOW)
    issue(invoicing.create_draft(customer=scene.person, lines=[line("70")], actor=SYSTEM, at=NOW))
    issue(invoicing.create_draft(customer=scene.person, lines=[line("70")], actor=SYSTEM, at=NOW))  # warned of: twice
    mail = {"purpose": "test", "subject_id": None, "to_address": "eva@m.example", "subject": "A", "text": "B"}
    messaging.write_mail(
        customer=scene.customer, **mail, language="en", attachments=[MailFile("a.txt", "text/plain", b"a")],
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    for customer, tag in ((scene.customer, ""), (None, "studio")):
        messaging.save_invoice_words(
            row=None, kind="invoice", language="en", customer=customer, tag=tag, occasion="", subject="A", text="B",
            actor=SYSTEM, at=NOW,
        )  # fmt: skip
    messaging.set_mail_server(
        host="mail.example", port=587, security="starttls", username="a", password="b", from_address="a@b.example",
        from_name="A", actor=SYSTEM, at=NOW,
    )  # fmt: skip


def _quotes(scene: Scene) -> None:
    quotes.save_rules(
        legal_entity=scene.seller, valid_days=30, discount_limit_percent=Decimal(20), terms="", actor=SYSTEM, at=NOW
    )
    deep = offers.drafted(scene, offers.offer(allowance_percent=Decimal(30)))
    quotes.ask_approval(quote=deep, actor=SYSTEM, at=NOW)
    open_one, accepted, declined = (offers.sent(scene) for _ in range(3))
    quotes.create_link(quote=open_one, actor=SYSTEM, at=datetime.now(UTC))
    quotes.ask_question(quote=open_one, name="Eva", body="When?", at=NOW)
    quotes.renew_quote(quote=open_one, actor=SYSTEM, at=NOW)
    accept_quote.accept(quote=accepted, chosen={2}, signature=offers.ANNA, actor=offers.BUYER, at=NOW)
    quotes.decline_quote(quote=declined, actor=offers.BUYER, at=NOW)


def _contracts(scene: Scene) -> None:
    prices = [AgreedPrice("Consulting", Decimal(90), unit_code="HUR"), AgreedPrice("Care", Decimal(20))]
    of_quote = quotes_of_states("accepted")
    for n, quote in enumerate((of_quote, None)):
        new = NewContract(
            title=f"Care {n}", starts_on=TODAY, ends_on=TODAY + timedelta(days=700), renewal="auto", first_months=12,
            renewal_months=6, notice_days=30, is_agreed=True,
        )  # fmt: skip
        made = contracts.create_contract(
            customer=scene.customer, new=new, lines=prices, quote=quote, actor=SYSTEM, at=NOW
        )
        contracts.change_contract(contract=made, changes={"notice_days": 14}, actor=SYSTEM, at=NOW)
    draft = NewContract(title="Draft", starts_on=TODAY)
    contracts.create_contract(customer=scene.customer, new=draft, lines=prices, actor=SYSTEM, at=NOW)


def _projects(scene: Scene) -> None:
    agreed(opened(scene.customer, "Shed", rate=None), 90_000)
    busy(scene.customer, scene.owner)
    project = opened(scene.person, "Garden")
    worked(project, scene.owner, day=BEFORE)
    approved(project)
    invoicing.discard_draft(draft=billed(project), actor=SYSTEM, at=NOW)
    cared_for(scene.customer, scene.owner)
    unpaid = brought_by(retained(scene.customer, name="Unpaid"))
    invoicing.discard_draft(draft=Draft.objects.get(id=unpaid), actor=SYSTEM, at=NOW)


def _stock(scene: Scene) -> None:
    busy_shop(scene)
    emptied = kept(product("Vase"), scene.seller, "1", 100)
    counted(emptied, "0")


def _repeats(scene: Scene) -> None:
    """Let an invoice repeat that was changed, and one whose paper could not be sent."""
    repeats.change_repeat(
        repeat=repeating(scene.customer, does=Does.ISSUE, price=777),
        agreed=of_support(does=Does.ISSUE, price=778), actor=SYSTEM, at=NOW,
    )  # fmt: skip
    repeating(scene.person, does=Does.SEND, next_on=TODAY - timedelta(days=40), price=779)
    repeats.end_repeat(repeat=repeating(scene.person, title="Over", price=780), actor=SYSTEM, at=NOW)
    made(at=NOW)


def _plans() -> None:
    offered(1)
    offered(2)
    amount = NewCoupon(code="FIVE", amount_minor=500, currency="EUR", item_keys=["seats"])
    plans.add_coupon(new=amount, actor=SYSTEM, at=NOW)


def _subscriptions(scene: Scene) -> None:
    """Let two customers subscribe, be billed, change, and one of them stand aside; after a dry run, and in one."""
    for n in (1, 2):
        version = plan_queries.version_for(Plan.objects.get(code=f"PRO{n}"))
        assert version is not None
        new = NewSubscription(
            plan_version=version, starts_on=TODAY - timedelta(days=10), trial_days=0, coupon_codes=[f"SPRING{n}"],
            quote=quotes_of_states("accepted"),
        )  # fmt: skip
        made = subscriptions.subscribe(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)
        dry, _is_new = dry_run.begin(actor=SYSTEM, at=NOW)
        dry_run.work(run_id=dry.id, clock=lambda: NOW)
        billing_run.run(actor=SYSTEM, at=NOW)
        made.refresh_from_db()
        seats = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(5))
        change_subscription.change_at_once(row=made, entry=seats, actor=SYSTEM, at=NOW)
        made.refresh_from_db()
        fewer = ChangeEntry(kind="quantity", item="seats", quantity=Decimal(4))
        change_subscription.change_at_once(row=made, entry=fewer, actor=SYSTEM, at=NOW)
        for effect in (Effect.GRANT, Effect.REFUSE):
            subscriptions.override_feature(
                row=made, feature=Feature("exports", "Exports", Decimal(5)), effect=effect, reason="As agreed",
                actor=SYSTEM, at=NOW,
            )  # fmt: skip
        refusal = RuleBroken("subscription.not_on_paper", "What this would credit is not issued yet.")
        subscriptions.set_aside(row=made, refusal=refusal, actor=SYSTEM, at=NOW, run_id=None)
    dry, _is_new = dry_run.begin(actor=SYSTEM, at=NOW)
    subscriptions.start_dry_run(run_id=dry.id, at=NOW)
    prepaid(scene.customer, 7, NOW)


def _used(scene: Scene) -> None:
    """Let two subscriptions be used, and an event be corrected and another taken back."""
    numbers = [row.number for row in Subscription.objects.order_by("number")[:2]]
    known = {"member": scene.owner, "actor": SYSTEM, "at": NOW}
    sent = [SentEvent(number, key, "calls", NOW, Decimal(5)) for number in numbers for key in ("a", "b", "c")]
    record_usage.record(events=sent, **known)
    corrected = [replace(sent[0], value=Decimal(7), revision=1), replace(sent[1], value=None, revision=1)]
    record_usage.record(events=corrected, **known)


def quotes_of_states(state: str) -> Quote:
    """Return a quote that stands somewhere."""
    return Quote.objects.filter(state=state)[0]


def _money(scene: Scene) -> None:
    first, second, third = (scene.issued(line(price)) for price in ("100", "120", "130"))
    paid = _pay(scene, first, 5000, more=3000)
    payments.reverse_allocation(allocation=paid.allocations.get(), actor=SYSTEM, at=NOW)
    payments.allocate(payment=paid, document=first, amount_minor=4000, actor=SYSTEM, at=NOW)
    payments.refund(payment=paid, amount_minor=500, method="bank_transfer", refunded_on=TODAY, actor=SYSTEM, at=NOW)
    _pay(scene, second, 2000)
    credit_note = credit_invoice.credit(document=second, reason="late", actor=SYSTEM, at=NOW)
    payments.refund(
        credit_note=credit_note, amount_minor=300, method="bank_transfer", refunded_on=TODAY, actor=SYSTEM, at=NOW
    )
    invoicing.write_off(document=third, reason="gone", actor=SYSTEM, at=NOW)
    early = scene.issued(line("200"), **EARLY)
    cheaper = _pay(scene, early, 23324)
    payments.take_early_discount(document=early, payment=cheaper, actor=SYSTEM, at=NOW)
    _deposits(scene)
    _online(scene)


def _pay(scene: Scene, document: Document, amount_minor: int, more: int = 0) -> Payment:
    return payments.receive_payment(
        customer=scene.customer, legal_entity=scene.seller, method="bank_transfer", amount_minor=amount_minor + more,
        currency="EUR", received_on=TODAY, allocate_to=[(document.id, amount_minor)], actor=SYSTEM, at=NOW,
    )  # fmt: skip


def _deposits(scene: Scene) -> None:
    asked = invoicing.draft_deposit(customer=scene.customer, lines=[line("300")], actor=SYSTEM, at=NOW)
    first = issue(asked)
    _pay(scene, first, 35700)
    issue(invoicing.draft_final(customer=scene.customer, deposits=[first], lines=[line("999")], actor=SYSTEM, at=NOW))
    later = issue(invoicing.draft_deposit(customer=scene.customer, lines=[line("310")], actor=SYSTEM, at=NOW))
    _pay(scene, later, 36890)
    invoicing.draft_final(customer=scene.customer, deposits=[later], lines=[line("998")], actor=SYSTEM, at=NOW)


def _online(scene: Scene) -> None:
    document = scene.issued(line("50"))
    checkout = payments.start_checkout(document=document, gateway="sandbox", consent="Do so.", actor=SYSTEM, at=NOW)
    report = payments.GatewayReport(
        state="succeeded", session="s_1", payment_ref="p_1", amount_minor=5950, currency="EUR"
    )
    event = payments.IncomingEvent(event_id="e_1", kind="paid", body={}, checkout_id=checkout.id, report=report)
    applied = payments.apply_gateway_event(gateway="sandbox", event=event, actor=SYSTEM, at=NOW)
    assert applied
    paid = Payment.objects.get(checkout_id=checkout.id)
    payments.reverse_allocation(allocation=paid.allocations.get(), actor=SYSTEM, at=NOW)
    for state, reference in (("succeeded", "r_1"), ("failed", "r_2")):
        given_back = payments.refund(
            payment=paid, amount_minor=100, method="card", refunded_on=TODAY, actor=SYSTEM, at=NOW
        )
        payments.settle_refund(refund_id=given_back.id, state=state, gateway_ref=reference, actor=SYSTEM, at=NOW)
    saved(scene.customer, at=NOW)
    saved(scene.customer, at=NOW)  # in the place of the one before
    for code in ("", "card_declined"):
        tried(scene.issued(line("60")), at=NOW, failure_code=code)
    waiting = scene.issued(line("70"))
    payments.want_collection(wanted=[(waiting.id, waiting.customer_id)], at=NOW)
    assert payments.begin_next(gateway="sandbox", actor=SYSTEM, at=NOW)  # under way
    payments.count_visit(caller="127.0.0.1", at=NOW, span=timedelta(minutes=1), most=9)


def _programs(scene: Scene) -> None:
    made = integrations.make_key(
        member=scene.owner, name="Shop", scopes=[Permission.CUSTOMER_VIEW], lasts_days=1, actor=SYSTEM, at=NOW, now=NOW
    )
    asked = Repeatable(made.key.id, "order-1", b"0" * 32, "POST", "/api/v1/customers")
    with transaction.atomic():
        integrations.begin(asked, at=NOW)
        integrations.finish(asked, KeptAnswer(201, b"{}", {}), at=NOW)
    integrations.count_request(["key"], window_at=NOW)
    integrations.add_endpoint(
        url="https://example.com/hooks", description="Shop", types=["note.added"], actor=SYSTEM, at=NOW
    )
    crm.write_note(customer=scene.customer, body="To be told.", actor=SYSTEM, at=NOW)
    integrations.relay_facts(at=NOW)
    for claim in integrations.claim_due(at=NOW, busy={}, places=16):
        integrations.note_outcome(claim=claim, outcome=integrations.Outcome("taken", status=200), at=NOW)


def _upkeep(scene: Scene) -> None:
    upkeep.set_plan(
        is_on=True, at_time=time(2, 30), retention=Retention(7, 5, 12), keeps_here=True, actor=SYSTEM, now=NOW, at=NOW
    )
    place = upkeep.save_place(
        place_id=None, name="Cellar", kind="folder", options={"folder": "/nowhere"}, secret="hush", is_on=True,
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    name = "conto-guards-20261122T023000Z-000000.backup"
    (settings.BACKUPS / name).write_bytes(b"sealed")
    backup = upkeep.begin_backup(name=name, reason="hand", actor=SYSTEM, now=NOW)
    upkeep.note_copy(backup_id=backup.id, place_id=place.id, error="", now=NOW)
    upkeep.finish_backup(backup_id=backup.id, size_bytes=6, contents={}, key_id="", actor=SYSTEM, now=NOW, at=NOW)
    upkeep.note_slow(work=[("page", "GET /", 2000), ("page", "GET /books/", 3000)], asked_by="GET /", now=NOW)
    upkeep.note_rehearsal(name=name, is_clean=True, seconds=3, report="Fine.", actor=SYSTEM, now=NOW, at=NOW)


def _late(scene: Scene) -> None:
    charged, excluded = (issue(scene.draft(line(price), terms_days=0)) for price in ("1000", "1001"))
    charged_late(charged, excluded, scene.person, at=NOW)


def _alerts() -> None:
    audit.change_alert_rule(rule=Rule("key_made", by_mail=False, on_page=True, recipients=()), actor=SYSTEM, at=NOW)
    fact = Fact.objects.filter(kind="api_key_made").get()
    audit.put_notice(event="key_made", fact=fact, at=NOW)
