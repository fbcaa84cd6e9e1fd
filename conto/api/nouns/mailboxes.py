"""Mailboxes: where answers are read, how far that is complete, and templates of letters."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Day, Email, Entry, Flag, Id, Language, Name
from conto.api.nouns.letters import LetterText, Subject
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.correspondence import actions, queries
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.flows import fetch_mail
from conto.gateways.mail.imap import NoMailbox

router = noun("Mailboxes")
_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
Folder = Annotated[str, Field(min_length=1, max_length=200, examples=["INBOX"])]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox; all that came before `complete_until` is in the book."""

    id: Id
    name: str
    address: Email
    host: Annotated[str, Field(examples=["imap.example.com"])]
    port: Annotated[int, Field(examples=[993])]
    security: Annotated[str, Field(examples=["tls"])]
    username: str
    folders: list[str]
    read_since: date
    uses_plus: bool
    keeps_unknown: bool
    is_active: bool
    complete_until: datetime | None
    error: str
    missing: Annotated[int, Field(description="Messages that are not in the book.", examples=[0])]


class MailboxEntry(Entry):
    """How a mailbox is read."""

    name: Name
    address: Email
    host: Annotated[str, Field(min_length=1, max_length=200, examples=["imap.example.com"])]
    port: Annotated[int, Field(ge=1, le=65535, examples=[993])] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: Annotated[str, Field(min_length=1, max_length=200, examples=["post@example.com"])]
    password: Annotated[
        str | None, Field(max_length=200, description="Nothing keeps the one that is there.", examples=[None])
    ] = None
    folders: Annotated[list[Folder], Field(min_length=1, max_length=20)] = ["INBOX"]
    read_since: Day
    uses_plus: Flag = True
    keeps_unknown: Flag = False


@dataclass(frozen=True, slots=True)
class MailboxTest:
    """What came of a log-in."""

    works: bool
    folders: list[str]
    error: str


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """Words to begin a letter with."""

    id: Id
    name: str
    language: Language
    subject: str
    text: str


class LetterTemplateEntry(Entry):
    """A template; `{customer}`, `{contact}`, `{first_name}`, `{deal}`, `{seller}` and `{member}` are filled in."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Thanks"])]
    language: Language
    subject: Subject
    text: LetterText


@reads(router, "/mailboxes", needs=_VIEW, gives=list[Mailbox])
def list_mailboxes(request: HttpRequest) -> Any:  # noqa: ARG001 -- the frame gives it
    """List the mailboxes."""
    missing = queries.gap_counts()
    return [_shape(row, missing.get(row.id, 0)) for row in queries.mailboxes()]


def _shape(row: Any, missing: int) -> Mailbox:
    return Mailbox(
        row.id, row.name, row.address, row.host, row.port, row.security, row.username, row.folders, row.read_since,
        row.uses_plus, row.keeps_unknown, row.is_active, row.complete_until, row.error, missing,
    )  # fmt: skip


@reads(router, "/mailboxes/{uuid:mailbox_id}", needs=_VIEW, gives=Mailbox, is_record=True)
def get_mailbox(request: HttpRequest, mailbox_id: UUID) -> Any:  # noqa: ARG001 -- the frame gives it
    """Get a mailbox."""
    return _one(mailbox_id)


def _one(mailbox_id: UUID) -> Mailbox:
    return _shape(found(queries.mailbox(mailbox_id)), queries.gap_counts().get(mailbox_id, 0))


@writes(router, "/mailboxes", needs=_EDIT, gives=Mailbox, status=201)
def add_mailbox(request: HttpRequest, mailbox: MailboxEntry) -> Any:
    """Read one more mailbox from now on."""
    caller = caller_of(request)
    row = actions.add_mailbox(new=_entry(mailbox), actor=caller.actor, at=caller.at)
    return _one(row.id)


def _entry(mailbox: MailboxEntry) -> actions.MailboxEntry:
    return actions.MailboxEntry(**mailbox.model_dump())


@writes(router, "/mailboxes/{uuid:mailbox_id}", method="PUT", needs=_EDIT, gives=Mailbox)
def change_mailbox(request: HttpRequest, mailbox_id: UUID, mailbox: MailboxEntry) -> Any:
    """Change how a mailbox is read."""
    caller = caller_of(request)
    found(queries.mailbox(mailbox_id))
    actions.change_mailbox(mailbox_id=mailbox_id, entry=_entry(mailbox), actor=caller.actor, at=caller.at)
    return _one(mailbox_id)


@writes(router, "/mailboxes/{uuid:mailbox_id}", method="DELETE", needs=_EDIT)
def remove_mailbox(request: HttpRequest, mailbox_id: UUID) -> Any:
    """Forget how a mailbox is read; its letters stay."""
    caller = caller_of(request)
    found(queries.mailbox(mailbox_id))
    actions.remove_mailbox(mailbox_id=mailbox_id, actor=caller.actor, at=caller.at)


@writes(router, "/mailboxes/{uuid:mailbox_id}/pause", needs=_EDIT, gives=Mailbox)
def pause_mailbox(request: HttpRequest, mailbox_id: UUID) -> Any:
    """Stop reading a mailbox."""
    return _set_active(request, mailbox_id, is_active=False)


@writes(router, "/mailboxes/{uuid:mailbox_id}/resume", needs=_EDIT, gives=Mailbox)
def resume_mailbox(request: HttpRequest, mailbox_id: UUID) -> Any:
    """Go on reading a mailbox."""
    return _set_active(request, mailbox_id, is_active=True)


def _set_active(request: HttpRequest, mailbox_id: UUID, *, is_active: bool) -> Mailbox:
    caller = caller_of(request)
    found(queries.mailbox(mailbox_id))
    actions.set_mailbox_active(mailbox_id=mailbox_id, is_active=is_active, actor=caller.actor, at=caller.at)
    return _one(mailbox_id)


@writes(router, "/mailboxes/{uuid:mailbox_id}/read-again", needs=_EDIT, gives=Mailbox)
def read_mailbox_again(request: HttpRequest, mailbox_id: UUID) -> Any:
    """Read once more what was passed over or could not be read."""
    caller = caller_of(request)
    found(queries.mailbox(mailbox_id))
    actions.read_again(mailbox_id=mailbox_id, actor=caller.actor, at=caller.at)
    return _one(mailbox_id)


@writes(router, "/mailboxes/{uuid:mailbox_id}/settle-gaps", needs=_EDIT, gives=Mailbox)
def settle_mailbox_gaps(request: HttpRequest, mailbox_id: UUID) -> Any:
    """Note that somebody has looked after what a mailbox lacks."""
    caller = caller_of(request)
    found(queries.mailbox(mailbox_id))
    actions.settle_gaps(mailbox_id=mailbox_id, actor=caller.actor, at=caller.at)
    return _one(mailbox_id)


@writes(router, "/mailboxes/{uuid:mailbox_id}/test", needs=_EDIT, gives=MailboxTest, is_outside=True)
def test_mailbox(request: HttpRequest, mailbox_id: UUID) -> Any:  # noqa: ARG001 -- the frame gives it
    """Log in to a mailbox and tell which folders it has, or what its server said."""
    row = found(queries.mailbox(mailbox_id))
    try:
        return MailboxTest(True, fetch_mail.try_mailbox(row), "")
    except NoMailbox as failure:
        return MailboxTest(False, [], str(failure))
    except RuleBroken as refusal:
        return MailboxTest(False, [], refusal.message % refusal.params)


@reads(router, "/letter-templates", needs=_VIEW, gives=list[LetterTemplate])
def list_letter_templates(request: HttpRequest) -> Any:  # noqa: ARG001 -- the frame gives it
    """List the templates of letters."""
    return [_template(row) for row in queries.templates()]


def _template(row: Any) -> LetterTemplate:
    return LetterTemplate(row.id, row.name, row.language, row.subject, row.text)


@writes(router, "/letter-templates", needs=_EDIT, gives=LetterTemplate, status=201)
def add_letter_template(request: HttpRequest, template: LetterTemplateEntry) -> Any:
    """Add a template of letters."""
    caller = caller_of(request)
    return _template(actions.save_template(template_id=None, **template.model_dump(), actor=caller.actor, at=caller.at))


@writes(router, "/letter-templates/{uuid:letter_template_id}", method="PUT", needs=_EDIT, gives=LetterTemplate)
def change_letter_template(request: HttpRequest, letter_template_id: UUID, template: LetterTemplateEntry) -> Any:
    """Change a template of letters."""
    caller = caller_of(request)
    found(queries.template(letter_template_id))
    return _template(
        actions.save_template(template_id=letter_template_id, **template.model_dump(), actor=caller.actor, at=caller.at)
    )


@writes(router, "/letter-templates/{uuid:letter_template_id}", method="DELETE", needs=_EDIT)
def remove_letter_template(request: HttpRequest, letter_template_id: UUID) -> Any:
    """Put a template of letters away."""
    caller = caller_of(request)
    found(queries.template(letter_template_id))
    actions.archive_template(template_id=letter_template_id, actor=caller.actor, at=caller.at)
