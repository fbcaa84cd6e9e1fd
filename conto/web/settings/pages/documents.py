"""How documents are numbered and how they look."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as sellers
from conto.apps.invoicing import actions, queries
from conto.apps.invoicing.queries.everywhere import all_series, all_templates
from conto.domain.errors import RuleBroken
from conto.domain.numbering import NumberPattern, number_for
from conto.domain.permissions import Permission
from conto.flows.sample_document import Look, sample_page
from conto.web import htmx
from conto.web.access import needs
from conto.web.reading import actor_of, book, found, words_of
from conto.web.settings.forms import COLUMNS, SeriesForm, TemplateForm
from conto.web.setup.forms import LANGUAGES

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity
    from conto.apps.invoicing.models import DocumentTemplate, NumberSeries

_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
KIND_WORDS = {
    "invoice": gettext_lazy("Invoices"),
    "credit_note": gettext_lazy("Credit notes"),
    "deposit": gettext_lazy("Deposits"),
}


@needs(_VIEW)
def numbers(request: HttpRequest) -> HttpResponseBase:
    """Show the number series of each legal entity with the next number to be given."""
    year = book(request).today.year
    rows = list(all_series())
    groups = [
        (
            entity,
            [
                (each, KIND_WORDS.get(each.kind, each.kind), _next(each, year))
                for each in rows
                if each.legal_entity_id == entity.id
            ],
        )
        for entity in sellers.legal_entities().defer("logo")
    ]
    return render(request, "settings/numbers.html", {"groups": groups})


def _next(series: "NumberSeries", year: int) -> str:
    given = {counter.year: counter.last_ordinal for counter in series.counters.all()}
    year = year if series.is_yearly else 0
    starts = series.start_ordinal if series.start_year in {None, year} or not series.is_yearly else 1
    pattern = NumberPattern(series.prefix, series.width, series.is_yearly)
    return number_for(pattern, year, given.get(year, starts - 1) + 1)


@needs(_EDIT)
def one_series(request: HttpRequest, entity_id: UUID, kind: str, series_id: UUID | None = None) -> HttpResponseBase:
    """Change a number series that has given no number, or add one that takes over."""
    entity = found(sellers.legal_entities().filter(id=entity_id).first())
    found(KIND_WORDS.get(kind))
    known = found(queries.series_of(entity).filter(id=series_id, kind=kind).first()) if series_id else None
    model = known or queries.default_series(entity, kind)
    initial = {
        "prefix": model.prefix if model else "",
        "width": model.width if model else 5,
        "start_ordinal": known.start_ordinal if known else 1,
        "is_yearly": model.is_yearly if model else True,
    }
    form = SeriesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_series(
                legal_entity=entity,
                kind=kind,
                series=known,
                actor=actor_of(request),
                at=book(request).at,
                **form.cleaned_data,
            )
        except RuleBroken as refusal:
            form.add_error("prefix", words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, "/settings/numbers"), _("The numbers are saved."))
    context = {"form": form, "entity": entity, "kind_word": KIND_WORDS[kind], "series": known}
    return render(request, "settings/series.html", context, status=422 if form.errors else 200)


@needs(_VIEW)
def templates(request: HttpRequest) -> HttpResponseBase:
    """Show the templates of each legal entity."""
    rows = list(all_templates())
    groups = [
        (entity, [each for each in rows if each.legal_entity_id == entity.id])
        for entity in sellers.legal_entities().defer("logo")
    ]
    return render(request, "settings/templates.html", {"groups": groups})


@needs(_EDIT)
def template(request: HttpRequest, entity_id: UUID, template_id: UUID | None = None) -> HttpResponseBase:
    """Change a template or add one, with a live preview beside."""
    entity = found(sellers.legal_entities().filter(id=entity_id).first())
    known = found(queries.templates_of(entity).filter(id=template_id).first()) if template_id else None
    form = TemplateForm(request.POST or None, initial=_initial(entity, known))
    if request.method == "POST" and form.is_valid():
        try:
            _save_template(request, entity, known, form)
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, "/settings/templates"), _("The template is saved."))
    context = {"form": form, "entity": entity, "template": known, "languages": LANGUAGES}
    return render(request, "settings/template.html", context, status=422 if form.errors else 200)


def _initial(entity: "LegalEntity", known: "DocumentTemplate | None") -> dict[str, Any]:
    if known is None:
        columns = list(COLUMNS)
        return {"name": entity.name, "accent_color": entity.accent_color, "paper": "a4", "columns": columns}
    texts = {f"text_{code}_{place}": words for code, places in known.texts.items() for place, words in places.items()}
    return {
        "name": known.name,
        "accent_color": known.accent_color,
        "paper": known.paper,
        "columns": known.columns or list(COLUMNS),
        **texts,
    }


def _save_template(
    request: HttpRequest, entity: "LegalEntity", known: "DocumentTemplate | None", form: TemplateForm
) -> None:
    actor, at = actor_of(request), book(request).at
    actions.save_template(
        legal_entity=entity,
        template=known,
        name=form.cleaned_data["name"],
        accent_color=form.cleaned_data["accent_color"],
        paper=form.cleaned_data["paper"],
        columns=form.cleaned_data["columns"],
        texts=form.texts(),
        is_default=known.is_default if known else not queries.templates_of(entity).exists(),
        actor=actor,
        at=at,
    )


@never_cache
@needs(_VIEW)
def template_preview(request: HttpRequest, entity_id: UUID) -> HttpResponseBase:
    """Draw the first page of a sample invoice in the look that is being chosen."""
    entity = found(sellers.legal_entities().filter(id=entity_id).first())
    form = TemplateForm(request.GET)
    if not form.is_valid():
        return HttpResponse(status=422)
    language = request.GET.get("language", entity.language)
    account = sellers.bank_account(entity, entity.currency)
    look = Look(
        accent_color=form.cleaned_data["accent_color"],
        paper=form.cleaned_data["paper"],
        columns=tuple(form.cleaned_data["columns"]),
        texts=form.texts().get(language, {}),
        logo=bytes(entity.logo or b""),
        language=language if language in dict(LANGUAGES) else "en",
    )
    page = sample_page(
        seller=sellers.seller_details(entity),
        account=sellers.bank_account_details(account) if account else None,
        look=look,
        number="INV-0001",
        on=book(request).today,
    )
    return HttpResponse(page, content_type="image/png")


@needs(_VIEW)
def preview_frame(request: HttpRequest, entity_id: UUID) -> HttpResponseBase:
    """Point the preview at the look that is being chosen."""
    found(sellers.legal_entities().filter(id=entity_id).first())
    context = {"address": f"/settings/templates/{entity_id}/preview.png?{request.GET.urlencode()}"}
    return render(request, "settings/template.html#preview", context)


@require_POST
@needs(_EDIT)
def logo(request: HttpRequest, entity_id: UUID) -> HttpResponseBase:
    """Give a legal entity a logo, or take it away."""
    found(sellers.legal_entities().filter(id=entity_id).first())
    actor, at = actor_of(request), book(request).at
    upload = request.FILES.get("logo")
    if upload is not None:
        accounts.set_logo(legal_entity_id=entity_id, content=upload.read(3_000_000), actor=actor, at=at)
        said = _("The logo is saved.")
    elif "remove" in request.POST:
        accounts.remove_logo(legal_entity_id=entity_id, actor=actor, at=at)
        said = _("The logo is removed.")
    else:
        said = _("No file was chosen.")
    return htmx.toast(htmx.redirect(request, "/settings/templates"), said)


@needs(_VIEW)
def logo_picture(request: HttpRequest, entity_id: UUID) -> HttpResponseBase:
    """Show the logo of a legal entity."""
    del request
    entity = found(sellers.legal_entities().filter(id=entity_id).first())
    return HttpResponse(found(bytes(entity.logo) if entity.logo else None), content_type="image/png")
