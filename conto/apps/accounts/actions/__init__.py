"""Writes of members, the business and its legal entities."""

from conto.apps.accounts.actions.addresses import ask_for_address, use_address_link
from conto.apps.accounts.actions.business import (
    add_legal_entity,
    change_business,
    change_legal_entity,
    clean_logo,
    finish_set_up,
    mark_own_fields,
    move_clock,
    note_life,
    note_practice,
    remove_bank_account,
    remove_logo,
    set_bank_account,
    set_home,
    set_logo,
    set_up_business,
    take_preset,
)
from conto.apps.accounts.actions.door import (
    note_sign_out,
    sign_in_failed,
    sign_in_succeeded,
    try_password,
    try_sign_in,
    unlock_member,
)
from conto.apps.accounts.actions.invitations import (
    accept_invitation,
    cancel_invitation,
    invite_member,
    renew_invitation,
)
from conto.apps.accounts.actions.members import add_first_owner, add_member, change_member, change_own_profile
from conto.apps.accounts.actions.passwords import (
    ask_for_password,
    make_password_link,
    set_password,
    use_password_link,
)
from conto.apps.accounts.actions.proof import forget_failures, prove_password
from conto.apps.accounts.actions.safety import require_second_step
from conto.apps.accounts.actions.seeing import add_team, remove_team, rename_team, set_reaches
from conto.apps.accounts.actions.sessions import (
    end_session,
    end_sessions,
    forget_old_sessions,
    forget_session,
    note_session,
)
from conto.apps.accounts.actions.viewing import end_viewing, start_viewing
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails

__all__ = [
    "BankAccountDetails",
    "SellerDetails",
    "accept_invitation",
    "add_first_owner",
    "add_legal_entity",
    "add_member",
    "add_team",
    "ask_for_address",
    "ask_for_password",
    "cancel_invitation",
    "change_business",
    "change_legal_entity",
    "change_member",
    "change_own_profile",
    "clean_logo",
    "end_session",
    "end_sessions",
    "end_viewing",
    "finish_set_up",
    "forget_failures",
    "forget_old_sessions",
    "forget_session",
    "invite_member",
    "make_password_link",
    "mark_own_fields",
    "move_clock",
    "note_life",
    "note_practice",
    "note_session",
    "note_sign_out",
    "prove_password",
    "remove_bank_account",
    "remove_logo",
    "remove_team",
    "rename_team",
    "renew_invitation",
    "require_second_step",
    "set_bank_account",
    "set_home",
    "set_logo",
    "set_password",
    "set_reaches",
    "set_up_business",
    "sign_in_failed",
    "sign_in_succeeded",
    "start_viewing",
    "take_preset",
    "try_password",
    "try_sign_in",
    "unlock_member",
    "use_address_link",
    "use_password_link",
]
