"""What a visitor writes at the door, and a member about themselves."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _


def present_password() -> forms.CharField:
    """Ask for the password that somebody has."""
    return forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SignInForm(forms.Form):
    """A mail address and a password."""

    email = forms.CharField(
        label=_("Mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = present_password()
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class ForgottenForm(forms.Form):
    """The mail address of whoever forgot a password."""

    email = forms.EmailField(
        label=_("Mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


class NewPasswordForm(forms.Form):
    """A new password."""

    password = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        help_text=_("At least ten characters, and not one that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PersonForm(forms.Form):
    """How somebody is called, and the language and zone they read in."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("de", "Deutsch")])
    zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        max_length=50,
        help_text=_("Leave it empty to read times in the zone of the business."),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )


class JoinForm(NewPasswordForm, PersonForm):
    """What an invited person says of themselves."""


class ProfileForm(PersonForm):
    """How a member is called and how the pages look to them."""

    theme = forms.ChoiceField(
        label=_("Theme"),
        widget=forms.RadioSelect,
        choices=[("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
    )


class AddressForm(forms.Form):
    """Another mail address."""

    email = forms.EmailField(
        label=_("New mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class PasswordForm(forms.Form):
    """A new password, with the old one as proof."""

    old = forms.CharField(
        label=_("Your password now"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=200,
        strip=False,
        help_text=_("At least ten characters, and not one that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def zones() -> list[str]:
    """Return the time zones that a person would choose, by name."""
    odd: Any = ("Etc/", "posix", "right", "SystemV", "US/")
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(odd))
