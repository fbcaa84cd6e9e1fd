"""Whether letters are opened and which links are followed: the ways into the book that a measured letter carries.

A way names the letter and the mark of a link, signed. Where it leads is read from the words of that letter, which never
change: no other address can be reached by it. Source: E-10.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core import signing

from conto.apps.correspondence import actions, queries
from conto.domain.measuring import mark_of, measured_html

if TYPE_CHECKING:
    from conto.apps.messaging.models import Mail

_SALT = "conto.letters.measure"
_LONGEST = 300


def html_for(mail: "Mail", text: str, *, at: datetime) -> str:
    """Return the measured form of a letter that is about to leave; empty when it goes as plain text."""
    letter = queries.letter_of_mail(mail.id)
    if letter is None or mail.cc_addresses or not actions.begin_measuring(letter=letter, at=at):
        return ""
    letter_id = letter.id
    ways = {mark_of(link): way_to(letter_id, mark_of(link)) for link in queries.links_of_letter(letter)}
    return measured_html(
        text,
        way_to=lambda link: ways.get(mark_of(link), link),
        picture=f"{settings.PUBLIC_URL}/o/{proof_of(letter_id)}",
    )


def way_to(letter_id: UUID, mark: str) -> str:
    """Return the address that notes that a link is followed, and leads on."""
    return f"{settings.PUBLIC_URL}/r/{proof_of(letter_id, mark)}"


def proof_of(letter_id: UUID, mark: str = "") -> str:
    """Return what shows that an address stood in a letter of ours; without a mark it is that of the picture."""
    return signing.Signer(salt=_SALT).sign_object([letter_id.hex, mark])


def opened(proof: str, *, at: datetime) -> bool:
    """Note that a letter was opened, and return whether the address is one of ours."""
    letter_id, mark = _read(proof)
    return bool(letter_id and not mark and actions.note_opened(letter_id=letter_id, at=at))


def followed(proof: str, *, at: datetime) -> str:
    """Note that a link was followed, and return where it leads; empty for an address that is none of ours."""
    letter_id, mark = _read(proof)
    return actions.note_followed(letter_id=letter_id, mark=mark, at=at) if letter_id and mark else ""


def _read(proof: str) -> tuple[UUID | None, str]:
    try:
        letter_id, mark = signing.Signer(salt=_SALT).unsign_object(proof[:_LONGEST])
        return UUID(hex=letter_id), str(mark)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None, ""
