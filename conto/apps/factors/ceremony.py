"""What this server and a browser say to each other about passkeys (WebAuthn).

allauth keeps the question in the visitor's session and checks the answer with python-fido2: the challenge, the origin,
the signature, and that finger, face or PIN was shown. A question is asked once: whatever comes back, it is forgotten.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError

from conto.apps.accounts.models import Member
from conto.domain.errors import RuleBroken

# What allauth and fido2 raise for an answer that is wrong or no answer at all.
_WRONG = (ValidationError, InvalidSignature, ValueError, TypeError, KeyError, AttributeError)


def question_for_new(member: Member) -> dict[str, Any]:
    """Return what the browser needs to make a passkey for a member: one that is found without a name."""
    return dict(webauthn.begin_registration(member, passwordless=True))


def question_for(member: Member | None) -> dict[str, Any]:
    """Return what the browser needs to show a passkey: one of the member's, or of whomever it knows."""
    return dict(webauthn.begin_authentication(member))


def check_new(answer: Any) -> None:
    """Refuse an answer that is no new passkey for the question that was asked.

    Raises: RuleBroken `factor.wrong_passkey`.
    """
    try:
        webauthn.parse_registration_response(answer)
        webauthn.complete_registration(answer)
    except _WRONG as wrong:
        raise RuleBroken("factor.wrong_passkey", "The browser’s passkey did not fit. Please try again.") from wrong
    finally:
        webauthn.clear_state()


def member_in(answer: Any) -> Member | None:
    """Return whose passkey an answer says that it is; it proves nothing yet."""
    try:
        member = webauthn.extract_user_from_response(answer)
    except _WRONG:
        return None
    return member if isinstance(member, Member) else None


def passkey_that_answered(member: Member, answer: Any) -> Authenticator | None:
    """Return which of a member's passkeys has answered the question, or nothing."""
    try:
        webauthn.parse_authentication_response(answer)
        return webauthn.complete_authentication(member, answer)
    except _WRONG:
        return None
    finally:
        webauthn.clear_state()


def count_in(answer: Any) -> int:
    """Return how often a passkey says that it was used; those that many machines share say 0."""
    return int(webauthn.parse_authentication_response(answer).response.authenticator_data.counter)
