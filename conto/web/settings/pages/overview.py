"""The way into the settings."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conto.apps.messaging import queries as messaging
from conto.domain.permissions import Permission
from conto.web.access import may, needs
from conto.web.reading import book


@dataclass(frozen=True, slots=True)
class Subject:
    """One entry of the settings."""

    path: str
    icon: str
    word: Promise
    lead: Promise
    permission: Permission = Permission.SETTINGS_VIEW


SUBJECTS = (
    Subject("/settings/business", "building-2", _("Business"), _("Names, addresses, tax data and bank accounts")),
    Subject(
        "/settings/home",
        "sun",
        _("First page"),
        _("What Today shows, in which order; and presets by trade"),
        Permission.SETTINGS_EDIT,
    ),
    Subject("/settings/numbers", "hash", _("Numbers"), _("How invoices, credit notes and deposits are numbered")),
    Subject("/settings/templates", "palette", _("Templates"), _("Logo, color, texts, columns and paper of documents")),
    Subject(
        "/settings/guardian",
        "eye",
        _("Guardian"),
        _("Which invoices are held as unusual, and how long billing runs wait"),
    ),
    Subject(
        "/settings/minimums",
        "hourglass",
        _("Minimum amount"),
        _("What is too little for an invoice, and goes onto the next one"),
    ),
    Subject(
        "/settings/late",
        "alarm-clock",
        _("Late charges"),
        _("What customers are charged who pay late"),
    ),
    Subject("/settings/mail", "mail", _("Mail"), _("The server that your mail leaves by, and a test")),
    Subject("/settings/mailboxes", "inbox", _("Mailboxes"), _("Where answers are read, and what was missed")),
    Subject(
        "/settings/invoice-words",
        "mail",
        _("Words of invoices"),
        _("What customers read when an invoice is sent: by customer, tag and history"),
    ),
    Subject("/settings/letters", "file-text", _("Templates of letters"), _("Words to begin letters with")),
    Subject("/settings/tax", "percent", _("Tax rates"), _("The rates by country and day that invoices use")),
    Subject(
        "/settings/fields",
        "list-plus",
        _("Fields"),
        _("What you want to know beside what is there: of customers, deals, invoices"),
        Permission.FIELD_EDIT,
    ),
    Subject("/settings/members", "users", _("Members"), _("Who works here, and in which role"), Permission.MEMBER_VIEW),
    Subject("/settings/roles", "shield-check", _("Roles"), _("What each role may do"), Permission.MEMBER_VIEW),
    Subject(
        "/settings/seeing",
        "eye",
        _("Who sees what"),
        _("Teams, and whose records each role finds"),
        Permission.MEMBER_VIEW,
    ),
    Subject(
        "/settings/security",
        "fingerprint",
        _("Safe sign-in"),
        _("Who needs a second step, and help for who has lost theirs"),
        Permission.MEMBER_VIEW,
    ),
    Subject(
        "/settings/audit", "history", _("What happened"), _("Every change, by whom and when"), Permission.AUDIT_VIEW
    ),
    Subject(
        "/settings/backups",
        "archive",
        _("Backups"),
        _("Made every night, kept where, last tried when"),
        Permission.BACKUP_MANAGE,
    ),
    Subject(
        "/settings/webhooks",
        "webhook",
        _("Webhooks"),
        _("Programs elsewhere that are told what happens"),
        Permission.INTEGRATION_MANAGE,
    ),
    Subject("/settings/alerts", "bell", _("Alerts"), _("What somebody should hear of at once, and who")),
    Subject("/settings/keys", "key-round", _("API keys"), _("Let programs work with this book")),
    Subject(
        "/settings/health",
        "activity",
        _("Health"),
        _("Worker, jobs, database, and the nightly check of the books"),
        Permission.BOOK_MONITOR,
    ),
    Subject(
        "/settings/practice",
        "flask-conical",
        _("Practice book"),
        _("The demo company in a book of its own, to try things out without touching yours"),
        Permission.BOOK_PRACTICE,
    ),
    Subject("/settings/about", "stethoscope", _("About"), _("Version, database, storage: is everything in order?")),
)


@needs(Permission.SETTINGS_VIEW)
def overview(request: HttpRequest) -> HttpResponseBase:
    """Show what can be set."""
    member = book(request).member
    subjects = [subject for subject in SUBJECTS if may(member, subject.permission)]
    context = {"subjects": subjects, "has_mail_server": messaging.mail_server() is not None}
    return render(request, "settings/overview.html", context)
