"""What is done with a deal on its page: won, lost, open again, handed over, followed, talked about, ticked."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.deals import actions
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.deals.reads import deal_of
from conto.web.reading import actor_of, book, uuid_in


def _back(request: HttpRequest, deal_id: UUID, words: str, undo: str | None = None) -> HttpResponseBase:
    return htmx.toast(htmx.redirect(request, htmx.safe_next(request, f"/deals/{deal_id}/")), words, undo)


@needs(Permission.DEAL_EDIT)
@require_POST
def win(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Note that the customer buys; the toast opens the deal again."""
    deal = deal_of(request, deal_id)
    actions.win_deal(deal=deal, actor=actor_of(request), at=book(request).at)
    return _back(request, deal.id, _("%(deal)s is won.") % {"deal": deal.name}, f"/deals/{deal.id}/reopen")


@needs(Permission.DEAL_EDIT)
@require_POST
def lose(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Note that the customer does not buy, and why; the toast opens the deal again."""
    deal = deal_of(request, deal_id)
    actions.lose_deal(
        deal=deal,
        reason_id=uuid_in(request.POST.get("reason")) or UUID(int=0),
        note=request.POST.get("note", "")[:500],
        actor=actor_of(request),
        at=book(request).at,
    )
    return _back(request, deal.id, _("%(deal)s is lost.") % {"deal": deal.name}, f"/deals/{deal.id}/reopen")


@needs(Permission.DEAL_EDIT)
@require_POST
def reopen(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Open a deal again that was won or lost."""
    deal = deal_of(request, deal_id)
    actions.reopen_deal(deal=deal, actor=actor_of(request), at=book(request).at)
    return _back(request, deal.id, _("%(deal)s is open again.") % {"deal": deal.name})


@needs(Permission.DEAL_EDIT)
@require_POST
def hand_over(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Give a deal to another member."""
    deal = deal_of(request, deal_id)
    actions.hand_over_deal(
        deal=deal,
        owner_id=uuid_in(request.POST.get("owner")) or UUID(int=0),
        note=request.POST.get("note", "")[:500],
        actor=actor_of(request),
        at=book(request).at,
    )
    return _back(request, deal.id, _("%(name)s looks after it now.") % {"name": deal.owner.name})


@needs(Permission.DEAL_VIEW)
@require_POST
def follow(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Follow a deal, or follow it no longer."""
    here, deal = book(request), deal_of(request, deal_id)
    if request.POST.get("stop"):
        actions.unfollow_deal(deal=deal, member_id=here.member.id, actor=actor_of(request), at=here.at)
        return _back(request, deal.id, _("You no longer follow this deal."))
    actions.follow_deal(deal=deal, member_id=here.member.id, actor=actor_of(request), at=here.at)
    return _back(request, deal.id, _("You follow this deal."))


@needs(Permission.DEAL_EDIT)
@require_POST
def comment(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Say something to the others about a deal."""
    deal = deal_of(request, deal_id)
    actions.add_comment(deal=deal, text=request.POST.get("text", ""), actor=actor_of(request), at=book(request).at)
    return _back(request, deal.id, _("Said."))


@needs(Permission.DEAL_EDIT)
@require_POST
def tick(request: HttpRequest, deal_id: UUID) -> HttpResponseBase:
    """Tick a point of the checklist, or take the tick back."""
    deal = deal_of(request, deal_id)
    is_done = request.POST.get("done") == "1"
    actions.tick_checklist(
        deal=deal, label=request.POST.get("label", ""), is_done=is_done, actor=actor_of(request), at=book(request).at
    )
    return _back(request, deal.id, _("Ticked.") if is_done else _("Tick taken back."))
