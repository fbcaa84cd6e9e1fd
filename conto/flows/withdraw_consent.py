"""What a person has agreed to, shown and changed behind a link of theirs: each purpose alone, or all at once.

The link stands in letters. It names the person, is signed, and never runs out: to take consent back has to be as easy
in five years as it is today.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.crm import actions as crm
from conto.apps.crm import queries
from conto.domain.consent import ConsentEntry, Purpose, Way
from conto.domain.facts import Actor

if TYPE_CHECKING:
    from conto.apps.crm.models import Consent, Contact

_SALT = "conto.consent"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands with one purpose."""

    purpose: Purpose
    last: "Consent | None"
    wording: str  # what they agreed to, or would agree to

    @property
    def is_given(self) -> bool:
        """Tell whether the person agrees now."""
        return self.last is not None and self.last.is_given


def address_of(contact_id: UUID) -> str:
    """Return the address of a person's page."""
    return f"{settings.PUBLIC_URL}/w/{proof_of(contact_id)}"


def proof_of(contact_id: UUID) -> str:
    """Return what in a link shows that it came in a letter to this person."""
    return signing.Signer(salt=_SALT).sign_object(contact_id.hex)


def contact_of_proof(proof: str) -> "Contact | None":
    """Return whose link it is; nothing for one that is not ours, or of somebody whom this book does not know."""
    try:
        contact_id = UUID(hex=signing.Signer(salt=_SALT).unsign_object(proof[:_LONGEST]))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    return queries.contact_of_link(contact_id)


def way_out(address: str) -> str:
    """Return the page of whoever has a mail address and agreed to anything, else nothing. Source: CO-2."""
    people = list(queries.people_at(address).values_list("id", flat=True))
    held = [queries.in_force(people, purpose) for purpose in Purpose] if people else []
    return next((address_of(each) for each in people if any(known.get(each) for known in held)), "")


def signed_off(text: str, way_out: str, *, language: str) -> str:
    """Return the words of a letter with those below it by which its reader takes consent back."""
    with translation.override(language):
        words = _("What you agreed to, and how to take it back:")
    return f"{text}\n\n-- \n{words}\n{way_out}\n"


def usual_words(purpose: Purpose) -> str:
    """Return the words in which consent is asked for, in the reader's language."""
    if purpose is Purpose.NEWS:
        return _("You may write to me about your offers. I can take this back at any time.")
    return _(
        "You may note whether I open your letters and which of their links I follow. I can take this back at any time."
    )


def standings(contact: "Contact") -> list[Standing]:
    """Return where a person stands with every purpose."""
    rows = queries.consents_of([contact.id])[contact.id]
    found = []
    for purpose in Purpose:
        last = next((row for row in rows if row.purpose == purpose), None)
        is_given = last is not None and last.is_given
        found.append(Standing(purpose, last, last.wording if last and is_given else usual_words(purpose)))
    return found


def take_back(contact: "Contact", *, purposes: list[Purpose], way: Way, actor: Actor, at: datetime) -> None:
    """Note that a person takes consent back. Source: CO-2."""
    language = contact.customer.language
    crm.withdraw_consent(contact=contact, purposes=purposes, way=way, language=language, actor=actor, at=at)


def give(contact: "Contact", *, purpose: Purpose, actor: Actor, at: datetime) -> None:
    """Note that a person agrees on their page, in the words that stand there. Source: CO-1."""
    entry = ConsentEntry(
        purpose=purpose, is_given=True, way=Way.PAGE, wording=usual_words(purpose), language=contact.customer.language
    )
    crm.note_consent(contact=contact, entry=entry, actor=actor, at=at)
