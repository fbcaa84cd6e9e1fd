"""How allauth keeps its secrets here, and what it tells phones and browsers of this book."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from allauth.mfa.adapter import DefaultMFAAdapter

from conto.apps.accounts import queries as accounts
from conto.apps.vault.sealing import seal, unseal

_owner: ContextVar[tuple[UUID, str]] = ContextVar("whose secret is sealed or opened")


@contextmanager
def secrets_of(member_id: UUID, kind: str) -> Iterator[None]:
    """Seal and open secrets for one member and kind of factor until the block ends.

    A member has one row per kind that holds a secret, so this binds as tightly as the row's own key, which does not
    exist yet when allauth seals.
    """
    before = _owner.set((member_id, kind))
    try:
        yield
    finally:
        _owner.reset(before)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Seals what allauth stores, and names this book."""

    def encrypt(self, text: str) -> str:
        """Return a secret sealed for the member and kind at hand; without them nothing is sealed."""
        member_id, kind = _owner.get()
        return seal(text, column=column_of(kind), row_id=member_id)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret that was sealed for the member and kind at hand."""
        member_id, kind = _owner.get()
        return unseal(encrypted_text, column=column_of(kind), row_id=member_id)

    def get_totp_label(self, user: Any) -> str:
        """Return how the app on the phone calls the member."""
        return str(user.email)

    def get_totp_issuer(self) -> str:
        """Return how the app on the phone calls this book."""
        return self._get_site_name()

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Return how the browser calls the member; the id says nothing about them."""
        return {"id": user.id.hex.encode(), "display_name": user.name, "name": user.email}

    def _get_site_name(self) -> str:
        business = accounts.business()
        return f"Conto {business.name}" if business else "Conto"


def column_of(kind: str) -> str:
    """Return the name that a kind's secrets are sealed under."""
    return f"mfa_authenticator.data.{kind}"
