"""Seal and unseal secret text with rotatable keys."""

import base64
import os
from contextlib import suppress
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from conto.domain.errors import RuleBroken

_NONCE_BYTES = 12


def seal(plain: str, *, column: str, row_id: UUID) -> str:
    """Return `plain` encrypted for one column of one row, as `key id.nonce and ciphertext`.

    The first configured key seals; the others only open what was sealed before the rotation.
    """
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), _bound_to(column, row_id))
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(token: str, *, column: str, row_id: UUID) -> str:
    """Return the text sealed in `token`.

    Raises: RuleBroken when the key is unknown or the token belongs to another row or column.
    """
    key_id, _, body = token.partition(".")
    raw = base64.urlsafe_b64decode(body)
    for name, key in settings.FIELD_KEYS.items():
        # A book restored from another installation brings keys of the same name, kept as `name@mark`.
        if name.partition("@")[0] != key_id.partition("@")[0]:
            continue
        with suppress(InvalidTag):
            plain = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(column, row_id))
            return plain.decode()
    raise RuleBroken("vault.cannot_open", "This secret cannot be opened with the keys of this installation.")


def _bound_to(column: str, row_id: UUID) -> bytes:
    return f"{column}/{row_id}".encode()
