"""What is typed about letters and mailboxes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from conto.domain.contact import check_email
from conto.domain.errors import RuleBroken
from conto.web.controls import DayField
from conto.web.reading import words_of
from conto.web.setup.forms import LANGUAGES, checked


class LetterForm(forms.Form):
    """A letter."""

    to_address = forms.CharField(label=_("To"), max_length=254, widget=forms.EmailInput({"list": "recipients"}))
    cc_addresses = forms.CharField(
        label=_("Copy to"), max_length=2000, required=False, help_text=_("Several addresses stand apart by commas.")
    )
    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(label=_("Letter"), max_length=100_000, widget=forms.Textarea({"rows": 14}))

    def clean(self) -> dict[str, Any]:
        """Check the addresses."""
        checked(self, "to_address", check_email)
        given = self.cleaned_data.get("cc_addresses", "").replace(";", ",").split(",")
        try:
            self.cleaned_data["cc"] = [check_email(each) for each in given if each.strip()]
        except RuleBroken as refusal:
            self.add_error("cc_addresses", words_of(refusal))
        return self.cleaned_data


class MailboxForm(forms.Form):
    """How a mailbox is read."""

    name = forms.CharField(label=_("Name"), max_length=100)
    address = forms.CharField(label=_("Mail address"), max_length=254, widget=forms.EmailInput())
    host = forms.CharField(label=_("IMAP server"), max_length=200)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("tls", _("TLS (mostly port 993)")),
            ("starttls", _("STARTTLS (mostly port 143)")),
            ("none", _("None")),
        ],
        help_text=_("None only for a server on this machine."),
    )
    username = forms.CharField(label=_("User name"), max_length=200, widget=forms.TextInput({"autocomplete": "off"}))
    password = forms.CharField(
        label=_("Password"), required=False, max_length=200, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip
    folders = forms.CharField(
        label=_("Folders"), max_length=2000, initial="INBOX", widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line. The test tells how they are called."),
    )  # fmt: skip
    read_since = DayField(label=_("Read letters since"), help_text=_("What came before is left alone."))
    uses_plus = forms.BooleanField(
        label=_("Addresses with a plus sign lead here"), required=False, initial=True,
        help_text=_("Answers to post+…@example.com arrive at post@example.com. Most providers do this."),
    )  # fmt: skip
    keeps_unknown = forms.BooleanField(
        label=_("Keep letters of people who are no customers"), required=False,
        help_text=_("Otherwise only their number is kept, not their words."),
    )  # fmt: skip


class TemplateForm(forms.Form):
    """Words to begin a letter with."""

    name = forms.CharField(label=_("Name"), max_length=100)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(label=_("Letter"), max_length=20_000, widget=forms.Textarea({"rows": 12}))
