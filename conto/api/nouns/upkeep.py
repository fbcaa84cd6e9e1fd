"""Upkeep: how the book is, its backups, who hears of what matters, how mail leaves."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Count, Email, Entry, Flag, Id, Instant, Line
from conto.api.operations import noun, reads, writes
from conto.api.problem import Refused
from conto.api.reading import found, given
from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions as audit_actions
from conto.apps.audit import queries as audit
from conto.apps.bulk.condition import condition, failed_jobs, retry_failed_job
from conto.apps.messaging import actions as messaging
from conto.apps.messaging import queries as mails
from conto.apps.upkeep import actions, queries
from conto.domain.backups import Retention
from conto.domain.permissions import Permission
from conto.flows import deliver_mail, make_backup, mend_book
from conto.gateways.mail.smtp import Letter, NotReached
from conto.gateways.mail.smtp import Refused as RefusedByServer

router = noun("Upkeep")
_MANAGE, _MONITOR = Permission.BACKUP_MANAGE, Permission.BOOK_MONITOR
_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
MOST_BACKUPS = 60
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["02:30"])]


@dataclass(frozen=True, slots=True)
class Health:
    """How the database, the worker and the queue are."""

    database_version: Annotated[str, Field(examples=["18.6"])]
    size_bytes: Annotated[int, Field(examples=[52000000])]
    connections: Annotated[int, Field(examples=[5])]
    oldest_transaction_seconds: Annotated[int, Field(examples=[0])]
    workers: Annotated[int, Field(description="That gave a sign of life within the last minute.", examples=[1])]
    jobs_waiting: Annotated[int, Field(examples=[0])]
    jobs_running: Annotated[int, Field(examples=[0])]
    jobs_failed: Annotated[int, Field(examples=[0])]
    longest_wait_seconds: Annotated[int, Field(description="Of a job that is due.", examples=[0])]


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that gave up."""

    id: Annotated[int, Field(examples=[17])]
    name: Annotated[str, Field(examples=["make_backup_now"])]
    attempts: Annotated[int, Field(examples=[3])]
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BackupCopy:
    """One backup in one place."""

    place_id: Annotated[UUID | None, Field(description="Null: the computer that Conto runs on.")]
    state: Annotated[str, Field(description="kept, failed or removed.", examples=["kept"])]
    error: str


@dataclass(frozen=True, slots=True)
class Backup:
    """One try to make a backup, in the time of the world."""

    id: Id
    name: Annotated[str, Field(examples=["studio-2026-11-22T02-30-00Z.conto"])]
    reason: Annotated[str, Field(description="schedule, hand, command or upgrade.", examples=["schedule"])]
    state: Annotated[str, Field(description="running, good or failed.", examples=["good"])]
    started_at: Instant
    finished_at: datetime | None
    size_bytes: Annotated[int | None, Field(examples=[65200000])]
    error: str
    copies: list[BackupCopy]
    rehearsed_clean: Annotated[bool | None, Field(description="What its last restore found; null: none was tried.")]


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """When backups are made and how many are kept."""

    is_on: bool
    at_time: Annotated[Clock, Field(description="In the zone of the business.")]
    daily: Annotated[int, Field(examples=[7])]
    weekly: Annotated[int, Field(examples=[5])]
    monthly: Annotated[int, Field(examples=[12])]
    keeps_here: Annotated[bool, Field(description="Whether they are kept on the computer that Conto runs on.")]


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """Where backups are brought to. Addresses and secrets of places are entered on the pages only."""

    id: Id
    name: Annotated[str, Field(examples=["Bucket in Frankfurt"])]
    kind: Annotated[str, Field(description="folder, s3 or ssh.", examples=["s3"])]
    is_on: bool
    last_reached_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class AskedOfWorker:
    """What the worker was asked to do."""

    is_new: Annotated[bool, Field(description="False: it was asked for already.")]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """Where an event that somebody should hear of goes."""

    event: Annotated[str, Field(examples=["key_made"])]
    by_mail: bool
    on_page: bool
    recipients: Annotated[list[UUID], Field(description="Members; none: the owners.")]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that waits on the first page until somebody has seen it."""

    id: Id
    event: Annotated[str, Field(examples=["key_made"])]
    fact_id: Id
    fact_kind: Annotated[str, Field(examples=["api_key_made"])]
    at: Instant


@dataclass(frozen=True, slots=True)
class Seen:
    """How many notices were taken off."""

    notices: Annotated[int, Field(examples=[1])]


@dataclass(frozen=True, slots=True)
class MailServer:
    """How mail leaves. The password is never told."""

    host: Annotated[str, Field(examples=["smtp.nordlicht.example"])]
    port: Annotated[int, Field(examples=[587])]
    security: Annotated[str, Field(description="starttls, tls or none.", examples=["starttls"])]
    username: str
    has_password: bool
    from_address: Email
    from_name: str
    verified_at: Annotated[datetime | None, Field(description="When a test mail was taken since the last change.")]


@dataclass(frozen=True, slots=True)
class TriedMail:
    """What the mail server said to a test mail."""

    is_taken: bool
    said: str


@dataclass(frozen=True, slots=True)
class TriedPlace:
    """Whether a place can be reached."""

    is_reached: bool
    error: str


class PlanChange(Entry):
    """What changes of the plan; what is left out stays."""

    is_on: Flag = True
    at_time: Clock = "02:30"
    daily: Annotated[Count, Field(le=60)] = 7
    weekly: Annotated[Count, Field(le=60)] = 5
    monthly: Annotated[Count, Field(le=120)] = 12
    keeps_here: Flag = True


class AlertRuleEntry(Entry):
    """Where an event goes."""

    by_mail: Flag
    on_page: Flag
    recipients: Annotated[list[Id], Field(max_length=50, description="Active members; none: the owners.")] = []


class SeenEntry(Entry):
    """Which notices were seen."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=100)]


class MailServerEntry(Entry):
    """How mail leaves."""

    host: Annotated[str, Field(min_length=1, max_length=200, examples=["smtp.nordlicht.example"])]
    port: Annotated[int, Field(ge=1, le=65535, strict=True, examples=[587])]
    security: Annotated[str, Field(pattern="^(starttls|tls|none)$", examples=["starttls"])]
    username: Annotated[str, Field(max_length=200, examples=["post"])] = ""
    password: Annotated[
        str | None, Field(max_length=500, description="Nothing: the one that is there stays.", examples=[None])
    ] = None
    from_address: Annotated[str, Field(max_length=254, examples=["kontakt@nordlicht.example"])]
    from_name: Line = ""


class TestMailEntry(Entry):
    """Where a test mail goes."""

    to_address: Annotated[str, Field(min_length=3, max_length=254, examples=["post@nordlicht.example"])]


@reads(router, "/health", needs=_MONITOR, gives=Health)
def get_health(request: HttpRequest) -> Any:
    """Get how the database, the worker and the queue are."""
    del request
    now = condition()
    return Health(
        now.database_version, now.size_bytes, now.connections, now.oldest_transaction_seconds, now.workers,
        now.jobs["waiting"], now.jobs["running"], now.jobs["failed"], now.longest_wait_seconds,
    )  # fmt: skip


@reads(router, "/failed-jobs", needs=_MONITOR, gives=list[FailedJob])
def list_failed_jobs(request: HttpRequest) -> Any:
    """List the jobs that gave up, the latest first."""
    del request
    return [FailedJob(row.id, row.name, row.attempts, row.failed_at) for row in failed_jobs()]


@writes(router, "/failed-jobs/{int:job_id}/retry", needs=_MONITOR)
def retry_job(request: HttpRequest, job_id: int) -> Any:
    """Put a job that gave up back into the queue."""
    del request
    found((job_id < 2**63 and retry_failed_job(job_id)) or None)


@writes(router, "/checks/{slug:rule}/mend", needs=_MONITOR, gives=AskedOfWorker, status=202)
def mend_soon(request: HttpRequest, rule: str) -> Any:
    """Have the worker make anew what a broken rule is about, and check the book again."""
    member = caller_of(request).member
    found(mend_book.FIXES.get(rule))
    try:
        with transaction.atomic():
            app.configure_task(mend_book.MENDING_TASK, queueing_lock=mend_book.MENDING_TASK).defer(
                rule=rule, asked_by=str(member.id), name=member.name
            )
    except AlreadyEnqueued:
        return AskedOfWorker(is_new=False)
    return AskedOfWorker(is_new=True)


@reads(router, "/backups", needs=_MANAGE, gives=list[Backup])
def list_backups(request: HttpRequest) -> Any:
    """List the latest 60 backups, the latest first."""
    del request
    return [_backup(row) for row in queries.backups()[:MOST_BACKUPS]]


def _backup(row: Any) -> Backup:
    tried = next(iter(row.rehearsals.all()), None)
    copies = [BackupCopy(each.place_id, each.state, each.error) for each in row.copies.all()]
    return Backup(
        row.id, row.name, row.reason, row.state, row.started_at, row.finished_at, row.size_bytes, row.error, copies,
        tried.is_clean if tried else None,
    )  # fmt: skip


@reads(router, "/backups/{uuid:backup_id}", needs=_MANAGE, gives=Backup, is_record=True)
def get_backup(request: HttpRequest, backup_id: UUID) -> Any:
    """Get a backup. Its file is taken away on the pages, where a person proves who they are."""
    del request
    return _backup(found(queries.backups().filter(id=backup_id).first()))


@writes(router, "/backups", needs=_MANAGE, gives=AskedOfWorker, status=202)
def make_backup_soon(request: HttpRequest) -> Any:
    """Have a backup made by the worker."""
    return AskedOfWorker(actions.ask_for_backup(actor=caller_of(request).actor))


@writes(router, "/backups/rehearse", needs=_MANAGE, gives=AskedOfWorker, status=202)
def rehearse_restore(request: HttpRequest) -> Any:
    """Have the newest backup restored aside and verified by the worker."""
    del request
    found(queries.kept_backups().first())
    actions.ask_for_rehearsal()
    return AskedOfWorker(is_new=True)


@reads(router, "/backup-plan", needs=_MANAGE, gives=BackupPlan, is_record=True)
def get_backup_plan(request: HttpRequest) -> Any:
    """Get when backups are made and how many are kept."""
    return _plan(request)


def _plan(request: HttpRequest) -> BackupPlan:
    row = queries.plan(is_sandbox=caller_of(request).business.is_sandbox)
    return BackupPlan(
        row.is_on, f"{row.at_time:%H:%M}", row.retention.daily, row.retention.weekly, row.retention.monthly,
        row.keeps_here,
    )  # fmt: skip


@writes(router, "/backup-plan", method="PATCH", needs=_MANAGE, gives=BackupPlan)
def change_backup_plan(request: HttpRequest, changes: PlanChange) -> Any:
    """Say when backups are made and how many are kept."""
    caller = caller_of(request)
    known = asdict(_plan(request)) | given(changes)
    actions.set_plan(
        is_on=known["is_on"],
        at_time=datetime.strptime(known["at_time"], "%H:%M").time(),  # noqa: DTZ007 -- a time of day
        retention=Retention(known["daily"], known["weekly"], known["monthly"]),
        keeps_here=known["keeps_here"],
        actor=caller.actor,
        now=caller.now,
        at=caller.at,
    )
    return _plan(request)


@reads(router, "/backup-places", needs=_MANAGE, gives=list[BackupPlace])
def list_backup_places(request: HttpRequest) -> Any:
    """List where backups are brought to, by name."""
    del request
    return [
        BackupPlace(row.id, row.name, row.kind, row.is_on, row.last_reached_at, row.last_error)
        for row in queries.places()
    ]


@writes(router, "/backup-places/{uuid:place_id}/try", needs=_MANAGE, gives=TriedPlace, is_outside=True)
def try_backup_place(request: HttpRequest, place_id: UUID) -> Any:
    """Look whether a place can be reached."""
    del request
    error = make_backup.try_place(found(queries.place(place_id)), now=timezone.now())
    return TriedPlace(not error, error)


@writes(router, "/backup-places/{uuid:place_id}", method="DELETE", needs=_MANAGE)
def remove_backup_place(request: HttpRequest, place_id: UUID) -> Any:
    """Forget a place; the backups that lie there stay there."""
    caller = caller_of(request)
    actions.remove_place(place_id=found(queries.place(place_id)).id, actor=caller.actor, at=caller.at)


@reads(router, "/alert-rules", needs=_VIEW, gives=list[AlertRule])
def list_alert_rules(request: HttpRequest) -> Any:
    """List where each event goes that somebody should hear of."""
    del request
    return [_rule(rule) for rule in audit.alert_rules().values()]


def _rule(rule: Any) -> AlertRule:
    return AlertRule(rule.event, rule.by_mail, rule.on_page, [UUID(each) for each in rule.recipients])


@writes(router, "/alert-rules/{slug:event}", method="PUT", needs=_EDIT, gives=AlertRule)
def change_alert_rule(request: HttpRequest, event: str, rule: AlertRuleEntry) -> Any:
    """Say where an event goes."""
    caller = caller_of(request)
    found(audit.alert_rules().get(event))
    people = {member.id for member in accounts.members() if member.is_active}
    if not set(rule.recipients) <= people:
        raise Refused(422, "alert.no_such_member", _("One of the recipients is no active member."))
    wanted = audit.Rule(event, rule.by_mail, rule.on_page, tuple(str(each) for each in rule.recipients))
    audit_actions.change_alert_rule(rule=wanted, actor=caller.actor, at=caller.at)
    return _rule(audit.alert_rules()[event])


@reads(router, "/notices", needs=Permission.AUDIT_VIEW, gives=list[Notice])
def list_notices(request: HttpRequest) -> Any:
    """List the notices that nobody has seen yet, 100 at most, the latest first."""
    del request
    return [Notice(row.id, row.event, row.fact_id, row.fact.kind, row.at) for row in audit.waiting_alerts()[:100]]


@writes(router, "/notices/seen", needs=Permission.AUDIT_VIEW, gives=Seen)
def see_notices(request: HttpRequest, seen: SeenEntry) -> Any:
    """Take notices off the first page; the record keeps them, and who saw them."""
    caller = caller_of(request)
    return Seen(audit_actions.see_notices(alert_ids=list(seen.ids), actor=caller.actor, at=caller.at))


@reads(router, "/mail-server", needs=_VIEW, gives=MailServer, is_record=True)
def get_mail_server(request: HttpRequest) -> Any:
    """Get how mail leaves, without the password; not found while mails wait in the outbox."""
    del request
    return _mail_server()


def _mail_server() -> MailServer:
    row = found(mails.mail_server())
    return MailServer(
        row.host, row.port, row.security, row.username, bool(row.password_sealed), row.from_address, row.from_name,
        row.verified_at,
    )  # fmt: skip


@writes(router, "/mail-server", method="PUT", needs=_EDIT, gives=MailServer)
def set_mail_server(request: HttpRequest, server: MailServerEntry) -> Any:
    """Say how mail leaves. Waiting mails leave now."""
    caller = caller_of(request)
    messaging.set_mail_server(**server.model_dump(), actor=caller.actor, at=caller.at)
    return _mail_server()


@writes(router, "/mail-server", method="DELETE", needs=_EDIT)
def remove_mail_server(request: HttpRequest) -> Any:
    """Forget the mail server; mails wait in the outbox again."""
    caller = caller_of(request)
    found(mails.mail_server())
    messaging.remove_mail_server(actor=caller.actor, at=caller.at)


@writes(router, "/mail-server/test", needs=_EDIT, gives=TriedMail, is_outside=True)
def test_mail_server(request: HttpRequest, test: TestMailEntry) -> Any:
    """Send a test mail at once and tell what the server answered."""
    caller = caller_of(request)
    found(mails.mail_server())
    letter = Letter(
        message_id=f"<test.{uuid4().hex}@conto.localhost>",
        to_address=test.to_address,
        subject=_("Test mail of %(business)s") % {"business": caller.business.name},
        text=_("If you read this, your mail server works and invoices will leave by it."),
        written_at=caller.at,
    )
    try:
        deliver_mail.send_test_mail(letter=letter, at=caller.at)
    except (RefusedByServer, NotReached) as failure:
        return TriedMail(is_taken=False, said=str(failure))
    return TriedMail(is_taken=True, said="")
