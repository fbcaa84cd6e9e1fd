"""Note by hand what the people at a customer agree to and take back."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.web import htmx
from conto.web.access import needs
from conto.web.customers import forms, pages
from conto.web.reading import actor_of, book, found


@needs(Permission.CUSTOMER_EDIT)
@require_POST
def note(request: HttpRequest, customer_id: UUID, contact_id: UUID, purpose: str) -> HttpResponseBase:
    """Note that a person agreed, in which words and when; or that they took it back."""
    here = book(request)
    customer = found(customers.customer_for(here.member, customer_id))
    person = found(customers.contacts_of(customer).filter(id=contact_id).first())
    if purpose not in set(Purpose):
        raise Http404
    who: dict[str, Any] = {"contact": person, "actor": actor_of(request), "at": here.at}
    back = f"/customers/{customer_id}/people"
    if request.POST.get("act") == "take_back":
        crm.withdraw_consent(purposes=[Purpose(purpose)], way=Way.BY_HAND, language=customer.language, **who)
        return htmx.toast(htmx.redirect(request, back), _("Noted."))
    form = forms.ConsentForm(request.POST, auto_id=f"{purpose}-{contact_id}-%s")
    if form.is_valid():
        day = form.cleaned_data["agreed_on"]
        entry = ConsentEntry(
            purpose=Purpose(purpose), is_given=True, way=Way.BY_HAND, wording=form.cleaned_data["wording"],
            language=customer.language,
            agreed_at=datetime.combine(day, time(), get_current_timezone()) if day and day != here.today else None,
        )  # fmt: skip
        try:
            crm.note_consent(entry=entry, **who)
        except RuleBroken as refusal:
            form.refuse(refusal)
        else:
            return htmx.toast(htmx.redirect(request, back), _("Noted."))
    return pages.show_people(request, customer_id, form, (contact_id, purpose))
