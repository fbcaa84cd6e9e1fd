"""Backups: what there is, when they are made, where they go; take one away; the key to keep."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from conto.apps.bulk.condition import has_worker, is_wanted
from conto.apps.upkeep import actions, queries
from conto.domain.backups import is_old, latest_due
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import make_backup
from conto.gateways.storage.keys import BackupKey
from conto.gateways.storage.places import Place
from conto.web import htmx
from conto.web.access import needs
from conto.web.formats import span_text
from conto.web.freshness import fresh, fresh_file
from conto.web.reading import actor_of, book, found, words_of
from conto.web.settings.backup_forms import FORMS, PlaceForm, PlanForm, ShellForm

if TYPE_CHECKING:
    from conto.apps.upkeep.models import Backup, BackupPlace

_MANAGE = Permission.BACKUP_MANAGE
_ADDRESS = "/settings/backups"
PIECE_BYTES = 256 * 1024
MOST_SHOWN = 60
KIND_WORDS = {
    "folder": gettext_lazy("Folder"),
    "s3": gettext_lazy("Bucket (S3)"),
    "ssh": gettext_lazy("Server (SSH)"),
}
KIND_ICONS = {"folder": "folder", "s3": "cloud", "ssh": "server"}
REASON_WORDS = {
    "schedule": gettext_lazy("by plan"),
    "hand": gettext_lazy("by hand"),
    "command": gettext_lazy("by command"),
    "upgrade": gettext_lazy("before an upgrade"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One backup as it is listed."""

    backup: "Backup"
    age: str
    megabytes: float | None
    reason: Any
    places: list[str]
    failures: list[str]
    rehearsed: bool | None
    can_be_taken: bool


@needs(_MANAGE)
def backups(request: HttpRequest) -> HttpResponseBase:
    """Show how safe the book is: the last good backup, all that are kept, the places and the plan."""
    here, now = book(request), timezone.now()
    plan = queries.plan(is_sandbox=here.business.is_sandbox)
    zone = ZoneInfo(here.business.zone)
    last, running = queries.last_good_at(), queries.running_backup(now)
    rows = [_row(backup, now) for backup in queries.backups()[:MOST_SHOWN]]
    rows = [row for row in rows if row.places or row.backup.state != "good"]
    rehearsal = queries.last_rehearsal()
    is_asked = is_wanted([actions.BACKUP_TASK, actions.REHEARSAL_TASK])
    begun = plan.since or here.business.set_up_at or now
    context = {
        "rows": rows,
        "plan": plan,
        "places": [
            (place, KIND_WORDS[place.kind], KIND_ICONS[place.kind], _age(place.last_reached_at, now))
            for place in queries.places()
        ],
        "kinds": [(kind, word, KIND_ICONS[kind]) for kind, word in KIND_WORDS.items()],
        "running": running,
        "last": _age(last, now),
        "is_old": is_old(now, last) and (last is not None or now - begun > timedelta(hours=36)),
        "failed": next((row for row in rows if row.backup.state == "failed"), None),
        "last_failed": bool(rows) and rows[0].backup.state == "failed",
        "rehearsal": rehearsal,
        "rehearsed": _age(rehearsal.at if rehearsal else None, now),
        "next_at": latest_due(now + timedelta(days=1), zone=zone, at_time=plan.at_time).astimezone(zone),
        "has_worker": has_worker(),
        "is_asked": is_asked,
    }
    return htmx.page_or_part(request, "settings/backups.html", "list", context)


@require_POST
@needs(_MANAGE)
def back_up_now(request: HttpRequest) -> HttpResponseBase:
    """Have a backup made by the worker."""
    asked = actions.ask_for_backup(actor=actor_of(request))
    said = _("A backup is being made; it appears here.") if asked else _("A backup is being made already.")
    return htmx.toast(htmx.redirect(request, _ADDRESS), said)


@require_POST
@needs(_MANAGE)
def rehearse(request: HttpRequest) -> HttpResponseBase:
    """Have the newest backup restored into a scratch book by the worker."""
    if not queries.kept_backups().exists():
        return htmx.toast(htmx.redirect(request, _ADDRESS), _("There is no backup to try yet."), tone="late")
    actions.ask_for_rehearsal()
    said = _("The newest backup is restored aside and verified; what was found appears here.")
    return htmx.toast(htmx.redirect(request, _ADDRESS), said)


@needs(_MANAGE)
def plan(request: HttpRequest) -> HttpResponseBase:
    """Say when backups are made and how many are kept."""
    here = book(request)
    current = queries.plan(is_sandbox=here.business.is_sandbox)
    initial = {
        "is_on": current.is_on,
        "at_time": current.at_time,
        "daily": current.retention.daily,
        "weekly": current.retention.weekly,
        "monthly": current.retention.monthly,
        "keeps_here": current.keeps_here,
    }
    form = PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_plan(
                is_on=form.cleaned_data["is_on"],
                at_time=form.cleaned_data["at_time"],
                retention=form.retention(),
                keeps_here=form.cleaned_data["keeps_here"],
                actor=actor_of(request),
                now=timezone.now(),
                at=here.at,
            )
        except RuleBroken as refusal:
            form.add_error("keeps_here", words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("The plan is saved."))
    context = {"form": form, "zone": here.business.zone, "folder": settings.BACKUPS}
    return render(request, "settings/backup_plan.html", context, status=422 if form.errors else 200)


@needs(_MANAGE)
@fresh
def new_place(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Add a place."""
    found(KIND_WORDS.get(kind))
    return _place_page(request, kind, None)


@needs(_MANAGE)
@fresh
def place(request: HttpRequest, place_id: UUID) -> HttpResponseBase:
    """Change a place."""
    known = found(queries.place(place_id))
    return _place_page(request, known.kind, known)


@sensitive_post_parameters("secret", "secret_key")
@sensitive_variables("form")
def _place_page(request: HttpRequest, kind: str, known: "BackupPlace | None") -> HttpResponse:
    initial = {"name": known.name, "is_on": known.is_on, **known.options} if known else {}
    form = FORMS[kind](request.POST or None, initial=initial)
    fingerprint = ""
    if request.method == "POST" and form.is_valid():
        if isinstance(form, ShellForm) and not form.cleaned_data["host_key"]:
            form, fingerprint = _with_host_key(request, form)
        else:
            answer = _saved_place(request, kind, known, form)
            if answer is not None:
                return answer
    context = {
        "form": form,
        "kind": kind,
        "kind_word": KIND_WORDS[kind],
        "place": known,
        "fingerprint": fingerprint,
        "fields": [form[name] for name in form.fields if name not in {"name", "is_on"}],
        "has_secret": bool(known and known.secret_sealed),
        "secret_field": form.secret_field,
    }
    return render(request, "settings/backup_place.html", context, status=422 if form.errors else 200)


def _with_host_key(request: HttpRequest, form: ShellForm) -> tuple[ShellForm, str]:
    """Ask the server for its key and put it into the form, for a person to compare."""
    from conto.gateways.storage.ssh import host_key_of  # noqa: PLC0415 - SSH takes a second, which no start waits for

    try:
        key = host_key_of(form.cleaned_data["host"], form.cleaned_data["port"])
    except RuleBroken as failure:
        form.add_error("host", words_of(failure))
        return form, ""
    filled = ShellForm({**request.POST.dict(), "host_key": key.line})
    filled.is_valid()
    said = _("The server shows the key below. Compare it with the server’s own, then save again.")
    filled.add_error("host_key", said)
    return filled, key.fingerprint


def _saved_place(request: HttpRequest, kind: str, known: "BackupPlace | None", form: PlaceForm) -> HttpResponse | None:
    """Save a place and try it; None when the form says why not."""
    try:
        if isinstance(form, ShellForm):
            from conto.gateways.storage.ssh import fingerprint_of  # noqa: PLC0415 - as above

            fingerprint_of(form.cleaned_data["host_key"])
        row = actions.save_place(
            place_id=known.id if known else None,
            name=form.cleaned_data["name"],
            kind=kind,
            options=form.options(),
            secret=form.typed_secret(),
            is_on=form.cleaned_data["is_on"],
            actor=actor_of(request),
            at=book(request).at,
        )
    except RuleBroken as refusal:
        form.add_error("name" if refusal.code == "backup.place_name_taken" else None, words_of(refusal))
        return None
    error = make_backup.try_place(row, now=timezone.now())
    said = _("%(name)s is saved and can be reached.") % {"name": row.name}
    if error:
        said = _("%(name)s is saved, but it can’t be reached: %(reason)s") % {"name": row.name, "reason": error}
    answer = htmx.toast(htmx.redirect(request, _ADDRESS), said, tone="late" if error else "")
    return answer if isinstance(answer, HttpResponse) else None


@require_POST
@needs(_MANAGE)
def try_place(request: HttpRequest, place_id: UUID) -> HttpResponseBase:
    """Look whether a place can be reached."""
    row = found(queries.place(place_id))
    error = make_backup.try_place(row, now=timezone.now())
    said = error or _("%(name)s can be reached.") % {"name": row.name}
    return htmx.toast(htmx.redirect(request, _ADDRESS), said, tone="late" if error else "")


@require_POST
@needs(_MANAGE)
@fresh
def remove_place(request: HttpRequest, place_id: UUID) -> HttpResponseBase:
    """Forget a place; what lies there stays there."""
    row = found(queries.place(place_id))
    actions.remove_place(place_id=row.id, actor=actor_of(request), at=book(request).at)
    said = _("%(name)s is forgotten. The backups there stay where they are.") % {"name": row.name}
    return htmx.toast(htmx.redirect(request, _ADDRESS), said)


@needs(_MANAGE)
@fresh_file
def download(request: HttpRequest, backup_id: UUID) -> HttpResponseBase:
    """Give a backup as a file, encrypted as it is."""
    backup = found(queries.backup(backup_id))
    place = found(make_backup.kept_at(backup, settings.BACKUPS))
    actions.note_download(backup=backup, actor=actor_of(request), at=book(request).at)
    response = StreamingHttpResponse(_pieces(place, backup.name), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{backup.name}"'
    if backup.size_bytes:
        response["Content-Length"] = str(backup.size_bytes)
    return response


@never_cache
@needs(_MANAGE)
@fresh
def key(request: HttpRequest) -> HttpResponseBase:
    """Show the backup key, to be printed and kept apart."""
    own = BackupKey(settings.BACKUP_KEY)
    groups = own.printed().split("-")
    context = {"lines": [" ".join(groups[:1]), " ".join(groups[1:5]), " ".join(groups[5:])], "key_id": own.id}
    return render(request, "settings/backup_key.html", {**context, "printed": own.printed()})


def _pieces(place: Place, name: str) -> Iterator[bytes]:
    with place.opened(name) as source:
        while piece := source.read(PIECE_BYTES):
            yield piece


def _row(backup: "Backup", now: datetime) -> Row:
    copies = list(backup.copies.all())
    kept = [copy for copy in copies if copy.state == "kept"]
    tried = next(iter(backup.rehearsals.all()), None)
    return Row(
        backup=backup,
        age=_age(backup.started_at, now),
        megabytes=backup.size_bytes / 1_000_000 if backup.size_bytes else None,
        reason=REASON_WORDS.get(backup.reason, backup.reason),
        places=[copy.place.name if copy.place else _("this computer") for copy in kept],
        failures=[
            f"{copy.place.name if copy.place else ''}: {copy.error}" for copy in copies if copy.state == "failed"
        ],
        rehearsed=tried.is_clean if tried else None,
        can_be_taken=backup.state == "good" and bool(kept),
    )


def _age(moment: datetime | None, now: datetime) -> str:
    return span_text(moment, now) if moment else ""
