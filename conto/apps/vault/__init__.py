"""Vault: secret text at rest.

It owns no table. It promises that bank details, passwords and tokens leave the process only sealed
(AES-256-GCM), that a sealed text moved to another row or column cannot be opened, and that keys rotate.
Words: seal, unseal, key id.
"""
