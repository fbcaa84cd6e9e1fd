"""The practice book: the demo company beside this book, made and wiped on request."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from conto.apps.accounts import actions
from conto.domain.demo import DEMO_PASSWORD
from conto.domain.permissions import Permission
from conto.gateways import practice
from conto.web import htmx
from conto.web.access import needs
from conto.web.reading import actor_of, book

_ADDRESS = "/settings/practice"


@require_GET
@needs(Permission.BOOK_PRACTICE)
def practice_book(request: HttpRequest) -> HttpResponseBase:
    """Show where the practice book stands; while it is made or wiped, the page looks again by itself."""
    standing = practice.standing(settings.PRACTICE_FOLDER, settings.BOOK, timezone.now())
    context = {"standing": standing, "password": DEMO_PASSWORD, "is_practice": book(request).business.is_sandbox}
    return htmx.page_or_part(request, "settings/practice.html", "standing", context)


@require_POST
@needs(Permission.BOOK_PRACTICE)
def make(request: HttpRequest) -> HttpResponseBase:
    """Wish for a practice book."""
    return _wish(request, "make", _("The demo company moves in; this takes a minute."))


@require_POST
@needs(Permission.BOOK_PRACTICE)
def wipe(request: HttpRequest) -> HttpResponseBase:
    """Wish for the practice book to be gone, once that is confirmed."""
    if "confirmed" not in request.POST:
        return htmx.toast(htmx.redirect(request, _ADDRESS), _("Tick that you mean it. Nothing was wiped."), tone="late")
    return _wish(request, "wipe", _("The practice book is being wiped. Your own book is not touched."))


def _wish(request: HttpRequest, wish: practice.Wish, words: str) -> HttpResponseBase:
    here = book(request)
    if here.business.is_sandbox:
        raise Http404
    practice.ask(settings.PRACTICE_FOLDER, settings.BOOK, wish)
    actions.note_practice(wish=wish, actor=actor_of(request), at=here.at)
    return htmx.toast(htmx.redirect(request, _ADDRESS), words)
