"""Words to begin letters with."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.correspondence import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.letters import PLACES
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.letters.forms import TemplateForm
from conto.web.reading import actor_of, book, found, words_of

_ADDRESS = "/settings/letters"


@needs(Permission.SETTINGS_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show the templates of letters."""
    return render(request, "letters/templates.html", {"rows": list(queries.templates())})


@needs(Permission.SETTINGS_EDIT)
def edit(request: HttpRequest, letter_template_id: UUID | None = None) -> HttpResponseBase:
    """Add a template of letters, or change one."""
    here = book(request)
    row = found(queries.template(letter_template_id)) if letter_template_id else None
    first = {name: getattr(row, name) for name in ("name", "language", "subject", "text")} if row else {
        "language": here.business.language
    }  # fmt: skip
    form = TemplateForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_template(
                template_id=letter_template_id, **form.cleaned_data, actor=actor_of(request), at=here.at
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return htmx.toast(htmx.redirect(request, _ADDRESS), _("Saved."))
    context = {"form": form, "template": row, "places": [f"{{{name}}}" for name in PLACES]}
    return render(request, "letters/template.html", context, status=422 if form.errors else 200)


@needs(Permission.SETTINGS_EDIT)
@require_POST
def archive(request: HttpRequest, letter_template_id: UUID) -> HttpResponseBase:
    """Put a template away."""
    found(queries.template(letter_template_id))
    actions.archive_template(template_id=letter_template_id, actor=actor_of(request), at=book(request).at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("The template is put away."))
