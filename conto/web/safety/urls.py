"""Addresses of safe sign-in."""

from django.urls import path

from conto.web.safety import door, own, passkeys, proof, team

urlpatterns = [
    path("sign-in/second-step", door.second_step, name="second_step"),
    path("sign-in/second-step/passkey", door.second_step_passkey, name="second_step_passkey"),
    path("sign-in/second-step/question", door.second_step_question, name="second_step_question"),
    path("sign-in/passkey", door.passkey_sign_in, name="passkey_sign_in"),
    path("sign-in/passkey/question", door.passkey_question, name="passkey_question"),
    path("prove", proof.prove, name="prove"),
    path("prove/passkey", proof.passkey, name="prove_passkey"),
    path("prove/passkey/question", proof.question, name="prove_question"),
    path("profile/security", own.overview, name="own_security"),
    path("profile/security/app", own.add_app, name="own_app"),
    path("profile/security/app/remove", own.remove_app, name="own_app_remove"),
    path("profile/security/codes", own.make_codes, name="own_codes"),
    path("profile/security/passkeys/new", passkeys.add, name="own_passkey_new"),
    path("profile/security/passkeys/question", passkeys.question, name="own_passkey_question"),
    path("profile/security/passkeys/<int:passkey_id>/name", passkeys.rename, name="own_passkey_name"),
    path("profile/security/passkeys/<int:passkey_id>/remove", passkeys.remove, name="own_passkey_remove"),
    path("settings/security", team.team, name="settings_security"),
    path("settings/security/roles", team.require, name="settings_security_roles"),
    path("settings/security/<uuid:member_id>/reset", team.reset, name="settings_security_reset"),
]
