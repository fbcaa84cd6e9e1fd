"""Ask a member again who they are, before a page that wants to know."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from conto.apps.accounts import actions
from conto.web import htmx
from conto.web.access import member_only
from conto.web.freshness import note_proof
from conto.web.reading import book
from conto.web.safety.forms import ProofForm


@member_only
@never_cache
@sensitive_post_parameters("password")
def prove(request: HttpRequest) -> HttpResponseBase:
    """Ask for the password and go on to where the member was."""
    here = book(request)
    form = ProofForm(request.POST or None, initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        if actions.prove_password(
            member_id=here.member.id,
            password=form.cleaned_data["password"],
            address=request.META.get("REMOTE_ADDR", ""),
            at=here.at,
        ):
            note_proof(request)
            return htmx.redirect(request, htmx.safe_next(request))
        form.add_error("password", _("This is not your password. After five wrong tries you have to wait a while."))
    context = {"form": form, "back": htmx.safe_next(request), "lost_a_form": "form" in request.GET}
    return render(request, "safety/prove.html", context, status=422 if form.errors else 200)
