"""Writes of what members sign in with besides their password."""

from conto.apps.factors.actions.app import add_app, new_secret, remove_app
from conto.apps.factors.actions.codes import make_codes
from conto.apps.factors.actions.door import FirstStep, enter_by_passkey, try_code, try_passkey, try_password
from conto.apps.factors.actions.passkeys import add_passkey, remove_passkey, rename_passkey
from conto.apps.factors.actions.reset import reset_factors

__all__ = [
    "FirstStep",
    "add_app",
    "add_passkey",
    "enter_by_passkey",
    "make_codes",
    "new_secret",
    "remove_app",
    "remove_passkey",
    "rename_passkey",
    "reset_factors",
    "try_code",
    "try_passkey",
    "try_password",
]
