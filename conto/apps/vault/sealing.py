"""Seal and unseal secret text with rotatable keys."""

import base64
import binascii
import os
from contextlib import suppress
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection

from conto.domain.errors import RuleBroken

_NONCE_BYTES = 12
_ROTATION = 0x5EA1  # advisory lock: who seals holds it shared until the commit, a rotation waits for all of them


def seal(plain: str, *, column: str, row_id: UUID) -> str:
    """Return `plain` encrypted for one column of one row, as `key id.nonce and ciphertext`.

    The active key seals; the others only open what was sealed before a rotation. Seal in the transaction that keeps
    the text: until its commit no rotation calls itself done.
    """
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_ROTATION])
    key_id, key = settings.FIELD_KEYS.active()
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), _bound_to(column, row_id))
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(token: str, *, column: str, row_id: UUID) -> str:
    """Return the text sealed in `token`.

    Raises: RuleBroken when the key is unknown or the token belongs to another row or column.
    """
    key_id, _, body = token.partition(".")
    with suppress(binascii.Error, ValueError):
        raw = base64.urlsafe_b64decode(body)
        for key in settings.FIELD_KEYS.called(key_id):
            with suppress(InvalidTag):
                plain = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(column, row_id))
                return plain.decode()
    raise RuleBroken("vault.cannot_open", "This secret cannot be opened with the keys of this installation.")


def active_key() -> str:
    """Return the id of the key that seals now."""
    return str(settings.FIELD_KEYS.active()[0])


def wait_for_sealers() -> None:
    """Wait until every transaction that has sealed with a key of before has ended. Call it inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ROTATION])


def _bound_to(column: str, row_id: UUID) -> bytes:
    return f"{column}/{row_id}".encode()
