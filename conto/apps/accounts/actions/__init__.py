"""Writes of members, the business and its legal entities."""

from conto.apps.accounts.actions.business import (
    add_legal_entity,
    change_business,
    change_legal_entity,
    clean_logo,
    finish_set_up,
    move_clock,
    note_life,
    remove_bank_account,
    remove_logo,
    set_bank_account,
    set_logo,
    set_up_business,
)
from conto.apps.accounts.actions.members import (
    add_first_owner,
    add_member,
    change_member,
    change_own_profile,
    note_sign_out,
    set_password,
    sign_in_failed,
    sign_in_succeeded,
    try_sign_in,
)
from conto.apps.accounts.actions.proof import forget_failures, prove_password
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails

__all__ = [
    "BankAccountDetails",
    "SellerDetails",
    "add_first_owner",
    "add_legal_entity",
    "add_member",
    "change_business",
    "change_legal_entity",
    "change_member",
    "change_own_profile",
    "clean_logo",
    "finish_set_up",
    "forget_failures",
    "move_clock",
    "note_life",
    "note_sign_out",
    "prove_password",
    "remove_bank_account",
    "remove_logo",
    "set_bank_account",
    "set_logo",
    "set_password",
    "set_up_business",
    "sign_in_failed",
    "sign_in_succeeded",
    "try_sign_in",
]
