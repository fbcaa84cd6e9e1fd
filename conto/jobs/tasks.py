"""What the worker runs, and when. Each job reads the clock and calls one flow; each may run twice without harm."""

import logging
from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from conto.apps.accounts import actions as accounts
from conto.apps.audit import actions as audit
from conto.apps.contracts import actions as contracts
from conto.apps.deals import actions as deals
from conto.apps.integrations import actions as integrations
from conto.apps.messaging.actions import SENDING_TASK
from conto.apps.payments import actions as payments
from conto.apps.subscriptions import actions as subscriptions
from conto.domain.facts import SYSTEM, Actor
from conto.flows import (
    audit_book,
    billing_run,
    charge_late,
    check_seals,
    checkout,
    collect_invoices,
    deliver_mail,
    dry_run,
    fetch_mail,
    forgotten_password,
    issue_batch,
    issue_waiting,
    make_repeats,
    mend_book,
    migrate_plan,
    offer_renewals,
    prepaid_credit,
    refund_payment,
    save_method,
    score_leads,
    send_webhooks,
)
from conto.jobs import reactions
from conto.jobs.clock import book_now

log = logging.getLogger(__name__)
MAILS_A_JOB = 200
SEALING_ALL_MINUTE = 23
SECONDS_WITHOUT_HEARTBEAT = 60


@app.periodic(cron="* * * * *")
@app.task(name=SENDING_TASK, retry=RetryStrategy(max_attempts=3, wait=30))
def send_due_mails(timestamp: int | None = None) -> int:
    """Deliver the mails whose time has come, one after the other, and return how many were tried."""
    del timestamp  # when the job was due; mails have their own times
    tried = 0
    while tried < MAILS_A_JOB and deliver_mail.deliver_next(at=book_now()):
        tried += 1
    return tried


@app.periodic(cron="* * * * *")
@app.task(name="fetch_mail", queueing_lock="fetch_mail")
def fetch_new_mail(timestamp: int | None = None) -> int:
    """Read what is new in the mailboxes, and return how many messages that were."""
    del timestamp
    return fetch_mail.fetch_due(book_clock=book_now, world_clock=timezone.now)


@app.periodic(cron="* * * * *")
@app.task(name="ask_gateways")
def ask_gateways(timestamp: int | None = None) -> int:
    """Ask payment gateways about what they have not said the last word on, and tell them which cards to forget."""
    del timestamp
    at = book_now()
    asked = checkout.reconcile(at=at) + refund_payment.reconcile(at=at) + save_method.reconcile(at=at)
    return asked + save_method.forget_removed(at=at)


@app.periodic(cron="*/5 * * * *")
@app.task(name="collect_invoices", queueing_lock="collect_invoices")
def charge_what_is_due(timestamp: int | None = None) -> int:
    """Charge the invoices that are charged by themselves and whose turn it is; return how many were tried."""
    del timestamp
    return collect_invoices.collect_due(clock=book_now)


@app.periodic(cron="* * * * * */5")
@app.task(name="put_facts_in_order", queueing_lock="put_facts_in_order")
def put_facts_in_order(timestamp: int | None = None) -> int:
    """Give the facts of the last seconds their positions and react to them; return to how many."""
    del timestamp
    audit.put_in_order()
    return reactions.react(at=book_now())


@app.periodic(cron="* * * * *")
@app.task(name="seal_facts", queueing_lock="seal_facts")
def seal_facts(timestamp: int | None = None) -> None:
    """Seal the facts of the last minute; once an hour look for facts that were committed after long."""
    audit.seal_facts(everything=(timestamp or 0) // 60 % 60 == SEALING_ALL_MINUTE)


@app.periodic(cron="* * * * * */5", lock=integrations.SENDING_LOCK, queueing_lock=integrations.SENDING_TASK)
@app.task(name=integrations.SENDING_TASK)
def send_due_webhooks(timestamp: int | None = None) -> int:
    """Tell endpoints what happened in the last seconds and what they did not take before; return how many tries."""
    del timestamp
    return send_webhooks.send_due(book_clock=book_now, world_clock=timezone.now)


@app.periodic(cron="41 3 * * *")
@app.task(name="forget_deliveries")
def forget_deliveries(timestamp: int | None = None) -> int:
    """Drop what was told to endpoints long ago."""
    del timestamp
    return integrations.forget_deliveries(at=book_now())


@app.periodic(cron="41 2 * * *")
@app.task(name="keep_seal_outside", queueing_lock="keep_seal_outside")
def keep_seal_outside(timestamp: int | None = None) -> None:
    """Keep the last seal over the facts outside of the database, once a day."""
    del timestamp
    check_seals.keep_outside(at=book_now())


@app.task(name=forgotten_password.MAILING_TASK, retry=RetryStrategy(max_attempts=3, wait=30))
def mail_password_link(email: str) -> bool:
    """Mail whoever has this address a link to set a new password."""
    return forgotten_password.mail_link(email=email, at=book_now())


@app.periodic(cron="27 3 * * *")
@app.task(name="forget_old_sessions")
def forget_old_sessions(timestamp: int | None = None) -> int:
    """Drop sessions that have run out."""
    del timestamp
    return accounts.forget_old_sessions(now=timezone.now())


@app.periodic(cron="37 2 * * *")
@app.task(name=audit_book.VERIFY_TASK, queueing_lock=audit_book.VERIFY_TASK)
def verify_book(timestamp: int | None = None) -> int:
    """Check every rule of the book each night, keep what was found, and return how many rules are broken."""
    del timestamp
    verdicts = audit_book.audit_book(actor=SYSTEM, at=book_now())
    broken = [verdict.id for verdict in verdicts if verdict.violated]
    if broken:
        log.error("The book is not in order: %s.", ", ".join(broken))
    return len(broken)


@app.task(name=mend_book.MENDING_TASK, queueing_lock=mend_book.MENDING_TASK)
def mend_and_verify(rule: str, asked_by: str = "", name: str = "") -> int:
    """Mend what a rule found, as a member has asked, and check the book again; return how many rules are broken."""
    actor = Actor(UUID(asked_by), "member", name) if asked_by else SYSTEM
    mend_book.mend(rule, actor=actor, now=timezone.now(), at=book_now())
    return sum(bool(verdict.violated) for verdict in audit_book.audit_book(actor=SYSTEM, at=book_now()))


@app.periodic(cron="13 5 * * *")
@app.task(name="note_slipping_deals", lock="note_slipping_deals", queueing_lock="note_slipping_deals")
def note_slipping_deals(timestamp: int | None = None) -> int:
    """Note each morning which deals have begun to slip, which tells their owners, and return how many."""
    del timestamp
    return deals.note_slipping(at=book_now())


@app.periodic(cron="23 5 * * *")
@app.task(name="note_due_contracts", lock="note_due_contracts", queueing_lock="note_due_contracts")
def note_due_contracts(timestamp: int | None = None) -> int:
    """Note each morning about which contracts somebody decides soon, which tells their owners, and return how many."""
    del timestamp
    return contracts.note_due(at=book_now())


@app.periodic(cron="33 5 * * *")
@app.task(name="offer_renewals", lock="offer_renewals", queueing_lock="offer_renewals")
def offer_due_renewals(timestamp: int | None = None) -> int:
    """Open each morning a deal for what ends soon, with a task and a mail, and return for how many."""
    del timestamp
    return offer_renewals.offer_renewals(at=book_now())


@app.periodic(cron="41 * * * *")
@app.task(name="bill_subscriptions", lock="bill_subscriptions", queueing_lock="bill_subscriptions")
def bill_subscriptions(timestamp: int | None = None) -> int:
    """Bill every hour what is due somewhere by now, and return how many subscriptions that were.

    Many workers may bill at once without harm; one is enough, and a run that was cut off goes on with the next.
    """
    del timestamp
    return billing_run.run_if_due(actor=SYSTEM, at=book_now())


@app.periodic(cron="47 * * * *")
@app.task(name="make_repeats", lock="make_repeats", queueing_lock="make_repeats")
def make_what_repeats(timestamp: int | None = None) -> int:
    """Make every hour the invoices that repeat and whose day has begun somewhere, and return how many were made."""
    del timestamp
    return make_repeats.make_due(actor=SYSTEM, at=book_now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="issue_waiting", queueing_lock="issue_waiting")
def issue_what_waited(timestamp: int | None = None) -> int:
    """Issue what billing runs made and nobody stopped until its time; return how many were issued."""
    del timestamp
    return issue_waiting.issue_waiting(actor=SYSTEM, at=book_now())


@app.periodic(cron="44 * * * *")
@app.task(name="lapse_prepaid", lock="lapse_prepaid", queueing_lock="lapse_prepaid")
def lapse_prepaid_credit(timestamp: int | None = None) -> int:
    """End every hour the prepaid credit whose last day is over somewhere, and return how many credits that were."""
    del timestamp
    return prepaid_credit.lapse(at=book_now())


@app.periodic(cron="53 3 * * *")
@app.task(name="charge_late", lock="charge_late", queueing_lock="charge_late")
def charge_for_paying_late(timestamp: int | None = None) -> int:
    """Charge each night, or on its day, what is late by the rule, and return how many documents that made."""
    del timestamp
    return charge_late.run_if_due(actor=SYSTEM, at=book_now())


@app.task(name=charge_late.CHARGING_TASK, queueing_lock=charge_late.CHARGING_TASK)
def charge_late_as_asked(asked_by: str = "", name: str = "") -> int:
    """Charge what is late now, as a member has asked, and return how many documents that made."""
    actor = Actor(UUID(asked_by), "member", name) if asked_by else SYSTEM
    return charge_late.run(actor=actor, at=book_now()).documents


@app.task(name=billing_run.BILLING_TASK, queueing_lock=billing_run.BILLING_TASK)
def bill_as_asked(asked_by: str = "", name: str = "") -> int:
    """Bill what is due, as a member has asked, and return how many subscriptions that were."""
    actor = Actor(UUID(asked_by), "member", name) if asked_by else SYSTEM
    return billing_run.run(actor=actor, at=book_now()).settled_count


@app.task(name=dry_run.DRY_TASK, retry=RetryStrategy(max_attempts=3, wait=30))
def bill_dry(run_id: str) -> int:
    """Do what a run would do, undo it, and keep what it came to, as a member has asked."""
    return dry_run.work(run_id=UUID(run_id), clock=book_now)


@app.periodic(cron="19 3 * * *")
@app.task(name="forget_dry_runs")
def forget_dry_runs(timestamp: int | None = None) -> int:
    """Drop what dry runs came to long ago, and end those whose worker is gone."""
    del timestamp
    return subscriptions.forget_dry_runs(at=book_now())


@app.task(name=migrate_plan.MIGRATION_TASK)
def migrate_subscriptions(migration_id: str) -> int:
    """Take subscriptions to another version of their plan, as a member has asked; return in how many steps."""
    return migrate_plan.run(migration_id=UUID(migration_id), clock=book_now)


@app.periodic(cron="21 3 * * *")
@app.task(name="forget_unconfirmed_migrations", queueing_lock="forget_unconfirmed_migrations")
def forget_unconfirmed_migrations(timestamp: int | None = None) -> int:
    """Drop what going over to another version would have done, where nobody confirmed it; return in how many steps."""
    del timestamp
    return migrate_plan.forget_unconfirmed(at=book_now())


@app.task(name=issue_batch.BATCH_TASK)
def issue_and_send(batch_id: str) -> int:
    """Issue and send the drafts of a batch, as a member has asked, and return how many were sent."""
    return issue_batch.run(batch_id=UUID(batch_id), clock=book_now)


@app.periodic(cron="17 3 * * *")
@app.task(name="forget_visits")
def forget_visits(timestamp: int | None = None) -> None:
    """Drop the counts of visits to public pages that are older than a day."""
    del timestamp
    payments.forget_visits(at=timezone.now())


@app.periodic(cron="*/2 * * * *")
@app.task(name="take_up_stalled_jobs")
async def take_up_stalled_jobs(timestamp: int | None = None) -> int:
    """Put the jobs of workers that were killed back into the queue."""
    del timestamp
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SECONDS_WITHOUT_HEARTBEAT))
    for job in stalled:
        log.warning("Job %s (%s) was cut off; it runs again.", job.id, job.task_name)
        await app.job_manager.retry_job(job)
    return len(stalled)


@app.periodic(cron="*/5 * * * *")
@app.task(name="let_go_of_requests")
def let_go_of_requests(timestamp: int | None = None) -> int:
    """Let go of repeated requests whose worker died, drop answers kept long enough and counts of minutes gone by."""
    del timestamp
    now = timezone.now()
    integrations.forget_counts(now=now)
    return integrations.release_stalled(now=now) + integrations.forget_requests(now=now)


@app.periodic(cron="17 * * * *")
@app.task(name="score_leads", queueing_lock="score_leads")
def score_open_leads(timestamp: int | None = None) -> int:
    """Score the open leads anew, since what became of others tells more than an hour ago; return how many changed."""
    del timestamp
    return score_leads.score_leads(at=book_now())
