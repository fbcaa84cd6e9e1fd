"""The record of what happened, as a page and as a file, and the check of its seals."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import queries as accounts
from conto.apps.audit import actions
from conto.apps.audit import queries as audit
from conto.domain.facts import FACTS
from conto.domain.permissions import Permission
from conto.flows import check_seals
from conto.web import htmx
from conto.web.access import needs
from conto.web.audit.asked import cursor_in, cursor_text, filter_in
from conto.web.audit.export import csv_of, json_of
from conto.web.audit.kinds import kind_words
from conto.web.audit.words import ACTOR_WORDS, CHANNEL_WORDS, SUBJECT_WORDS, told
from conto.web.freshness import fresh_file
from conto.web.reading import actor_of, book

_FILES = {"csv": (csv_of, "text/csv; charset=utf-8"), "json": (json_of, "application/json")}


@needs(Permission.AUDIT_VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponseBase:
    """Show what happened, the latest first: who, what, before and after, from where."""
    here = book(request)
    wanted = filter_in(request)
    page = audit.fact_page(wanted, cursor_in(request))
    people = list(accounts.members())
    names = {member.id: member.name for member in people}
    rows = [told(fact, here) for fact in page.facts]
    context: dict[str, Any] = {
        "rows": rows,
        "next": cursor_text(page.next),
        "wanted": wanted,
        "is_filtered": bool(wanted.words()),
        "kinds": sorted(((name, kind_words(name)) for name in FACTS), key=lambda pair: pair[1].lower()),
        "people": people,
        "actors": ACTOR_WORDS,
        "subjects": SUBJECT_WORDS,
        "channels": CHANNEL_WORDS,
        "kind": kind_words(wanted.kind) if wanted.kind else "",
        "by": names.get(wanted.actor_id, _("somebody")) if wanted.actor_id else ACTOR_WORDS.get(wanted.actor_kind, ""),
        "about": SUBJECT_WORDS.get(wanted.subject_kind, ""),
        "channel": CHANNEL_WORDS.get(wanted.channel, ""),
        "query": request.GET.urlencode(),
        "head": audit.head_seal(),
        "anchor": audit.last_of_kind("seal_anchored"),
    }
    return htmx.page_or_part(request, "audit/index.html", "rows", context)


@needs(Permission.AUDIT_EXPORT)
@require_GET
@fresh_file
def export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """Give the filtered record as a file, and write down that it was taken."""
    if file_format not in _FILES:
        raise Http404
    here, wanted = book(request), filter_in(request)
    actions.note_export(file_format=file_format, filters=wanted.words(), actor=actor_of(request), at=here.at)
    writer, mime = _FILES[file_format]
    facts = audit.filtered_facts(wanted).iterator(chunk_size=2000)
    response = StreamingHttpResponse(writer(facts, here), content_type=mime)
    response["Content-Disposition"] = f'attachment; filename="what-happened-{here.today.isoformat()}.{file_format}"'
    return response


@needs(Permission.BOOK_VERIFY)
@require_POST
def check(request: HttpRequest) -> HttpResponseBase:
    """Compute every seal anew, also against those that were kept outside, and say whether all hold."""
    verdict = check_seals.check()
    back = htmx.redirect(request, "/settings/audit")
    if verdict.holds:
        words = ngettext(
            "In order: %(n)s seal over %(facts)s facts holds.",
            "In order: %(n)s seals over %(facts)s facts hold.",
            verdict.seals,
        )
        return htmx.toast(back, words % {"n": verdict.seals, "facts": verdict.facts})
    return htmx.toast(back, _("Not in order: %(breach)s") % {"breach": verdict.breaches[0]})
