"""Keys with which programs act for a member."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conto.apps.integrations import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import GRANTS, Permission, Role
from conto.web import htmx
from conto.web.access import needs
from conto.web.freshness import fresh
from conto.web.reading import actor_of, book, found, words_of

_ADDRESS = "/settings/keys"
LASTING = (
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("One year")),
    ("", gettext_lazy("Until it is revoked")),
)


class KeyForm(forms.Form):
    """A new key: at most what the member's own role may."""

    name = forms.CharField(label=gettext_lazy("Name of the program"), max_length=100)
    lasts = forms.ChoiceField(label=gettext_lazy("It lasts"), choices=LASTING, required=False, initial="365")
    scopes = forms.MultipleChoiceField(label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple, required=True)

    def __init__(self, *args: object, role: Role, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        granted = [permission for permission in Permission if permission in GRANTS[role]]
        self.fields["scopes"].choices = [(each.value, each.value) for each in granted]  # type: ignore[attr-defined]


@require_GET
@needs(Permission.SETTINGS_VIEW)
def keys(request: HttpRequest) -> HttpResponseBase:
    """Show the keys: one's own, and all to those who may edit members."""
    now = timezone.now()
    rows = [
        (key, "ended" if key.revoked_at or (key.expires_at and key.expires_at <= now) else "active")
        for key in queries.keys_for(book(request).member)
    ]
    return render(request, "settings/keys.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.SETTINGS_VIEW)
@fresh
def make(request: HttpRequest) -> HttpResponseBase:
    """Make a key; its token is shown once."""
    here = book(request)
    form = KeyForm(request.POST or None, role=Role(here.member.role))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_key(
                member=here.member,
                name=form.cleaned_data["name"],
                scopes=[Permission(scope) for scope in form.cleaned_data["scopes"]],
                lasts_days=int(form.cleaned_data["lasts"] or 0) or None,
                actor=actor_of(request),
                at=here.at,
                now=timezone.now(),
            )
        except RuleBroken as refusal:
            form.add_error(None, words_of(refusal))
        else:
            return render(request, "settings/new_key.html", {"key": made.key, "token": made.token})
    return render(request, "settings/key.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs(Permission.SETTINGS_VIEW)
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponseBase:
    """Close a key at once."""
    here = book(request)
    key = found(queries.key_for(here.member, key_id))
    actions.revoke_key(key=key, actor=actor_of(request), at=here.at, now=timezone.now())
    return htmx.toast(htmx.redirect(request, _ADDRESS), _("%(name)s opens nothing any more.") % {"name": key.name})
