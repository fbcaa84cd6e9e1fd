"""Subscriptions that go over to another version of their plan together: asked for, looked at, done, followed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _g
from django.views.decorators.http import require_http_methods

from conto.apps.plans import queries as plans
from conto.apps.subscriptions import queries
from conto.apps.subscriptions.entries import MigrationEntry
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import migrate_plan
from conto.web.access import may, needs
from conto.web.controls import DayField
from conto.web.customers.forms import EntryForm
from conto.web.htmx import redirect, toast
from conto.web.reading import Here, actor_of, book, found, words_of

if TYPE_CHECKING:
    from uuid import UUID

    from conto.apps.plans.models import Plan
    from conto.apps.subscriptions.models import MigrationRow, PlanMigration

MIGRATIONS_SHOWN = 20
_COUNTS = [
    ("period", _g("from the next period of each")),
    ("now", _g("now, parts of a period by the rules of changes")),
    ("day", _g("from a day on, parts of a period by the rules of changes")),
]
STAYS: dict[str, str | Promise] = {
    "ended": _g("It is over."),
    "not_begun": _g("It has not begun; what was agreed for its first day holds."),
    "ending": _g("It is over before the other version would count."),
    "own_price": _g("A price of its own was agreed"),
    "own_rhythm": _g("It is billed in a rhythm of its own."),
    "other_terms": _g("The other version has other terms: how parts of a period, ends or a commitment are billed."),
    "item_missing": _g("The other version does not have this item"),
    "item_differs": _g("The other version measures or bills this item otherwise, or in steps"),
    "later_change": _g("Its prices change by themselves after that day."),
    "too_many_changes": _g("It changed too often."),
    "unreadable": _g("What was agreed cannot be billed."),
}
OUTCOMES = {
    "planned": ("open", _g("goes over")),
    "moved": ("settled", _g("went over")),
    "stays": ("draft", _g("stays")),
    "changed": ("soon", _g("stayed: something had happened since it was shown")),
}
VIEWS = [("", _g("All")), ("planned", _g("Go over")), ("stays", _g("Stay")), ("changed", _g("Changed meanwhile"))]


class MigrateForm(EntryForm):
    """Which subscriptions go over to which version, and from when on."""

    from_versions = forms.TypedMultipleChoiceField(
        label=_g("From"), coerce=int, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    version = forms.TypedChoiceField(label=_g("To"), coerce=int)
    counts = forms.ChoiceField(label=_g("Counts"), choices=_COUNTS, widget=forms.RadioSelect, initial="period")
    on = DayField(label=_g("Day"), required=False, help_text=_g("Where it counts from a day on."))
    numbers = forms.CharField(
        label=_g("Only these subscriptions"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 2}),
        help_text=_g("Their numbers, such as S-2027-00001. Empty: all of these versions."),
    )  # fmt: skip
    reason = forms.CharField(label=_g("Why"), required=False, max_length=500)

    def __init__(self, *args: Any, versions: list[int], running: dict[int, int], **more: Any) -> None:
        super().__init__(*args, **more)
        said = [(n, _version_words(n, running.get(n, 0))) for n in versions]
        self.fields["from_versions"].choices = said  # type: ignore[attr-defined]
        self.fields["version"].choices = [(n, _("Version %(n)s") % {"n": n}) for n in versions]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the day where one is meant."""
        known: dict[str, Any] = super().clean() or {}
        if known.get("counts") == "day" and not known.get("on") and not self.has_error("on"):
            self.add_error("on", _("Say from which day on."))
        return known


def _version_words(n: int, running: int) -> str:
    return _("Version %(n)s: %(count)s running") % {"n": n, "count": running}


@require_http_methods(["GET", "POST"])
@needs(Permission.SUBSCRIPTION_EDIT)
def migrate(request: HttpRequest, plan_id: "UUID") -> HttpResponseBase:
    """Ask for subscriptions to go over to another version, and see what that would do; nothing changes yet."""
    here = book(request)
    plan = found(plans.plan_for(here.member, plan_id))
    versions = [each.version for each in plans.versions_of(plan)]
    known: dict[str, Any] = {
        "versions": versions, "running": queries.running_by_version(here.member, plan, here.today),
    }  # fmt: skip
    if request.method == "GET":
        first = [n for n in versions if n != plan.version and known["running"].get(n)]
        form = MigrateForm(initial={"version": plan.version, "from_versions": first, "counts": "period"}, **known)
        return _asked(request, here, plan, form)
    form = MigrateForm(request.POST, **known)
    if form.is_valid():
        try:
            row = migrate_plan.begin(
                entry=_entry(here, plan, form), member=here.member, actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return redirect(request, reverse("plan_migration", args=[row.id]))
    return _asked(request, here, plan, form, status=422)


def _entry(here: Here, plan: "Plan", form: MigrateForm) -> MigrationEntry:
    """Return what was asked for.

    Raises: RuleBroken `migration.unknown_number`.
    """
    known = form.cleaned_data
    numbers = list(dict.fromkeys(known["numbers"].replace(",", " ").upper().split()))
    ids = queries.ids_by_number(here.member, plan, numbers) if numbers else {}
    if missing := [number for number in numbers if number not in ids]:
        raise RuleBroken(
            "migration.unknown_number", "This plan has no subscription %(number)s.", number=missing[0][:60]
        )
    return MigrationEntry(
        version=found(plans.version_for(plan, known["version"])),
        from_versions=known["from_versions"],
        counts_from="period" if known["counts"] == "period" else "day",
        on=known["on"] if known["counts"] == "day" else None,
        chosen_ids=list(ids.values()) if numbers else None,
        reason=known["reason"],
    )


def _asked(
    request: HttpRequest, here: Here, plan: "Plan", form: MigrateForm, *, status: int = 200
) -> HttpResponse:  # fmt: skip
    acts = queries.migrations(here.member).filter(plan=plan)[:MIGRATIONS_SHOWN]
    context = {"plan": plan, "form": form, "earlier": [(each, _state_of(each)) for each in acts]}
    return render(request, "plans/migrate.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(Permission.SUBSCRIPTION_EDIT)
def migration(request: HttpRequest, migration_id: "UUID") -> HttpResponseBase:
    """Show what going over does with each subscription; confirm it, and follow it."""
    here = book(request)
    row = found(queries.migration_for(here.member, migration_id))
    if request.method == "POST":
        back = redirect(request, reverse("plan_migration", args=[row.id]))
        try:
            migrate_plan.confirm(row=row, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            return toast(back, words_of(refusal), tone="late")
        return toast(back, _("The worker takes them over."))
    view = request.GET.get("view", "")
    outcome = view if view in dict(VIEWS) else ""
    page = queries.migration_page(here.member, row, outcome=outcome, after=request.GET.get("after", "")[:40])
    sums = queries.migration_sums(row)
    goes = [each for each in sums if each.outcome in {"planned", "moved"}]
    staying = [each for each in sums if each.outcome == "stays"]
    context = {
        "row": row, "state": _state_of(row), "views": VIEWS, "view": outcome, "page": page,
        "shown": [(each, *OUTCOMES[each.outcome], _why(each)) for each in page.rows],
        "goes": sum(each.count for each in goes), "before": sum(each.before_minor for each in goes),
        "after": sum(each.after_minor for each in goes), "currency": row.plan.currency,
        "moved": sum(each.count for each in sums if each.outcome == "moved"),
        "changed": sum(each.count for each in sums if each.outcome == "changed"),
        "staying": [(each.count, STAYS[each.reason]) for each in staying],
        "stays": sum(each.count for each in staying), "counted": sum(each.count for each in sums),
        "may_confirm": row.shown_at and not row.confirmed_at and any(goes), "is_on_its_way": queries.is_on_its_way(row),
        "sees_plan": may(here.member, Permission.PLAN_VIEW),
    }  # fmt: skip
    return render(request, "plans/migration.html", context)


def _state_of(row: "PlanMigration") -> str:
    if row.ended_at:
        return "done"
    return "running" if queries.is_on_its_way(row) else "open"


def _why(row: "MigrationRow") -> str:
    """Say why a subscription stays, and for which item."""
    if not row.reason:
        return ""
    words = str(STAYS[row.reason])
    return f"{words}: {row.item}" if row.item else words
