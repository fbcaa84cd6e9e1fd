"""A member's own mail address: asked for in the profile, confirmed by a link."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from conto.apps.accounts import queries
from conto.domain.errors import RuleBroken
from conto.flows import change_address
from conto.web import htmx
from conto.web.access import member_only, public
from conto.web.accounts.forms import AddressForm
from conto.web.accounts.links import keep_secret
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, origin_of, words_of


@member_only
@fresh
def own_address(request: HttpRequest) -> HttpResponseBase:
    """Ask for another mail address, which holds once a link to it was used."""
    here = book(request)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            asked = change_address.ask(member_id=here.member.id, email=email, actor=actor_of(request), at=here.at)
        except RuleBroken as refusal:
            form.add_error("email", words_of(refusal))
        else:
            return render(request, "accounts/address_asked.html", {"asked": asked})
    return render(request, "accounts/own_address.html", {"form": form}, status=422 if form.errors else 200)


@public("whoever opens the mail may be signed in elsewhere; the link is the proof")
@keep_secret
def new_address(request: HttpRequest, token: str) -> HttpResponseBase:
    """Let the address that a link was sent to be the member's; a look at the page alone changes nothing."""
    at = request.at  # type: ignore[attr-defined]
    link = queries.address_link_of_token(token, at)
    if link is None:
        return render(request, "accounts/dead_link.html", {"is_address": True}, status=404)
    refused = ""
    if request.method == "POST":
        try:
            change_address.confirm(token=token, at=at, origin=origin_of(request))
        except RuleBroken as refusal:
            refused = words_of(refusal)
        else:
            return htmx.toast(htmx.redirect(request, "/profile"), _("You sign in with the new address from now on."))
    context = {"link": link, "refused": refused}
    return render(request, "accounts/new_address.html", context, status=422 if refused else 200)
