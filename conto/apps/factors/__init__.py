"""Factors: what members sign in with besides their password.

Codes from an app (TOTP), recovery codes and passkeys (WebAuthn). The tables, the codes and the ceremony of WebAuthn are
django-allauth's; this area promises that secrets are sealed for their member and kind, that every code works once, that
a change is written down, and that nobody signs in by half. Words: factor, second step, recovery code, passkey.
"""
