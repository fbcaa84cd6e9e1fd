"""Settings: the fields of one's own."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.fields import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.fields import LIMITED, FieldKind, Subject
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import ROLE_WORDS, needs
from conto.web.reading import actor_of, book, found, words_of
from conto.web.settings.field_forms import KIND_WORDS, ROLL_UP_WORDS, SUBJECT_WORDS, FieldForm, ticked

_HOME = "/settings/fields"


@needs(Permission.FIELD_EDIT)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the fields of one's own by what they are of."""
    rows = list(queries.rows())
    groups = [
        {
            "subject": subject,
            "word": word,
            "rows": [(row, KIND_WORDS[FieldKind(row.kind)], _readers(row)) for row in rows if row.subject == subject],
        }
        for subject, word in SUBJECT_WORDS.items()
    ]
    return render(request, "settings/fields.html", {"groups": groups, "has_any": bool(rows)})


def _readers(row: Any) -> str:
    """Return who sees a field where not everybody does; nothing else."""
    if row.seen_by is None:
        return ""
    return ", ".join(str(ROLE_WORDS[role]) for role in LIMITED if role in row.seen_by) or _(
        "owners and administrators only"
    )


@needs(Permission.FIELD_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Add a field."""
    first = {"subject": request.GET.get("of", ""), "kind": FieldKind.TEXT, "is_listed": True,
             "seen_by": ticked(None), "edited_by": ticked(None)}  # fmt: skip
    form = FieldForm(request.POST or None, is_new=True, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.add_field(
                subject=Subject(form.cleaned_data["subject"]), field=form.definition(), actor=actor_of(request),
                at=book(request).at,
            )  # fmt: skip
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, _HOME), _("“%(label)s” is there.") % {"label": row.label})
    return _page(request, form, None)


@needs(Permission.FIELD_EDIT)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, field_id: UUID) -> HttpResponseBase:
    """Change a field."""
    row = found(queries.row_by_id(field_id))
    first = {
        "label": row.label, "kind": row.kind, "choices": "\n".join(row.choices), "formula": row.formula,
        "is_required": row.is_required, "is_listed": row.is_listed,
        "seen_by": ticked(row.seen_by), "edited_by": ticked(row.edited_by),
    }  # fmt: skip
    form = FieldForm(request.POST or None, is_new=False, initial=first)
    if request.method == "POST" and form.is_valid():
        entered = form.definition()
        changes = {name: getattr(entered, name) for name in actions.CHANGEABLE}
        try:
            actions.change_field(field_id=row.id, changes=changes, actor=actor_of(request), at=book(request).at)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, _HOME), _("Saved."))
    return _page(request, form, row)


def _page(request: HttpRequest, form: FieldForm, row: Any) -> HttpResponseBase:
    known = queries.rows(Subject(row.subject)) if row else []
    context = {
        "form": form,
        "row": row,
        "title": row.label if row else _("New field"),
        "names": [(each.key, each.label) for each in known if not each.is_archived and each.id != row.id],
        "roll_ups": ROLL_UP_WORDS.items(),
    }
    return render(request, "settings/field.html", context, status=422 if form.errors else 200)


@needs(Permission.FIELD_EDIT)
@require_POST
def archive(request: HttpRequest, field_id: UUID) -> HttpResponseBase:
    """Take a field out of use; its values stay."""
    row = found(queries.row_by_id(field_id))
    try:
        actions.archive_field(field_id=row.id, actor=actor_of(request), at=book(request).at)
    except RuleBroken as refusal:
        return htmx.toast(htmx.redirect(request, _HOME), words_of(refusal), tone="late")
    said = _("%(name)s is archived.") % {"name": row.label}
    return htmx.toast(htmx.redirect(request, _HOME), said, f"{_HOME}/{row.id}/restore")


@needs(Permission.FIELD_EDIT)
@require_POST
def restore(request: HttpRequest, field_id: UUID) -> HttpResponseBase:
    """Bring a field back into use."""
    row = found(queries.row_by_id(field_id))
    try:
        actions.restore_field(field_id=row.id, actor=actor_of(request), at=book(request).at)
    except RuleBroken as refusal:
        return htmx.toast(htmx.redirect(request, _HOME), words_of(refusal), tone="late")
    return htmx.toast(htmx.redirect(request, _HOME), _("%(name)s is in use again.") % {"name": row.label})


@needs(Permission.FIELD_EDIT)
@require_POST
def move(request: HttpRequest, field_id: UUID) -> HttpResponseBase:
    """Put a field one place up or down."""
    row = found(queries.row_by_id(field_id))
    keys = [each.key for each in queries.rows(Subject(row.subject)) if not each.is_archived]
    if row.key in keys:
        place = keys.index(row.key)
        other = max(place - 1, 0) if request.POST.get("to") == "up" else min(place + 1, len(keys) - 1)
        keys[place], keys[other] = keys[other], keys[place]
    actions.order_fields(subject=Subject(row.subject), keys=keys, actor=actor_of(request), at=book(request).at)
    return htmx.redirect(request, _HOME)
