"""Forms of the backups."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.domain.backups import MOST_KEPT, Retention

SECRET = {"autocomplete": "new-password", "spellcheck": "false"}


class PlanForm(forms.Form):
    """When backups are made and how many are kept."""

    is_on = forms.BooleanField(label=_("Make a backup every night"), required=False)
    at_time = forms.TimeField(label=_("At"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    daily = forms.IntegerField(label=_("Days"), min_value=0, max_value=MOST_KEPT)
    weekly = forms.IntegerField(label=_("Weeks"), min_value=0, max_value=MOST_KEPT)
    monthly = forms.IntegerField(label=_("Months"), min_value=0, max_value=MOST_KEPT)
    keeps_here = forms.BooleanField(
        label=_("Keep them on this computer"),
        required=False,
        help_text=_("A backup on the computer that breaks is none: add a place elsewhere too."),
    )

    def retention(self) -> Retention:
        """Return how many are kept."""
        return Retention(self.cleaned_data["daily"], self.cleaned_data["weekly"], self.cleaned_data["monthly"])


class PlaceForm(forms.Form):
    """What every place has."""

    name = forms.CharField(label=_("Your name for it"), max_length=100)
    is_on = forms.BooleanField(label=_("Bring backups there"), required=False, initial=True)

    secret_field = ""

    def options(self) -> dict[str, Any]:
        """Return how the place is reached, without its secret."""
        left_out = {"name", "is_on", self.secret_field}
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}

    def typed_secret(self) -> str | None:
        """Return the secret that was typed, None to keep the one that is there."""
        return str(self.cleaned_data.get(self.secret_field, "")) or None


class FolderForm(PlaceForm):
    """A folder."""

    folder = forms.CharField(
        label=_("Folder"),
        max_length=400,
        help_text=_(
            "The full path on the computer that Conto runs on: of another disk, or of a share of your network."
        ),
    )


class BucketForm(PlaceForm):
    """A bucket."""

    secret_field = "secret_key"  # noqa: S105 - the name of a field

    bucket = forms.CharField(label=_("Bucket"), max_length=100)
    prefix = forms.CharField(label=_("Folder in it"), required=False, max_length=200)  # type: ignore[assignment]
    endpoint = forms.URLField(
        label=_("Address of the service"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("Empty for Amazon; your provider tells you, such as https://s3.eu-central-003.backblazeb2.com"),
    )
    region = forms.CharField(label=_("Region"), required=False, max_length=50)
    access_key = forms.CharField(
        label=_("Access key"), max_length=200, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    secret_key = forms.CharField(
        label=_("Secret key"), required=False, max_length=400, widget=forms.PasswordInput(SECRET)
    )


class ShellForm(PlaceForm):
    """A folder on another machine."""

    secret_field = "secret"  # noqa: S105 - the name of a field

    host = forms.CharField(label=_("Server"), max_length=200)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=22)
    username = forms.CharField(
        label=_("User name"), max_length=100, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    folder = forms.CharField(label=_("Folder"), max_length=400)
    secret = forms.CharField(
        label=_("Private key or password"),
        required=False,
        max_length=10_000,
        strip=False,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The private key, from BEGIN to END, without a passphrase; or the password."),
    )
    host_key = forms.CharField(
        label=_("The server’s host key"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false"}),
        help_text=_("Leave it empty to ask the server for it; then compare it before you save."),
    )


FORMS: dict[str, type[PlaceForm]] = {"folder": FolderForm, "s3": BucketForm, "ssh": ShellForm}
