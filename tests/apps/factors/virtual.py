"""A phone with an app and a device with a passkey, as programs: they do what the real ones do."""

import base64
import hashlib
import json
import os
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.totp.internal import auth as totp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

HALF_MINUTE = 30


def code_of(secret: str, *, steps_ahead: int = 0) -> str:
    """Return what an app with this secret shows, now or some half minutes from now."""
    step = int(time.time()) // HALF_MINUTE + steps_ahead
    return str(totp.format_hotp_value(totp.hotp_value(secret.replace(" ", ""), step)))


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """A device that makes and shows passkeys (ES256, counting), for one address."""

    origin: str = "http://localhost"
    count: int = 0
    is_verified: bool = True  # finger, face or PIN was shown
    key_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""

    def make(self, question: dict[str, Any]) -> dict[str, Any]:
        """Answer the question for a new passkey."""
        asked = question["publicKey"]
        self.user = unb64(asked["user"]["id"])
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        attested = bytes(16) + struct.pack(">H", len(self.key_id)) + self.key_id + public
        state = {"fmt": "none", "attStmt": {}, "authData": self._state(asked["rp"]["id"], attested)}
        response = {
            "clientDataJSON": b64(self._said("webauthn.create", asked["challenge"])),
            "attestationObject": b64(cbor.encode(state)),
        }
        return self._told(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def show(self, question: dict[str, Any], rp: str = "localhost") -> dict[str, Any]:
        """Answer the question for a passkey."""
        self.count += 1
        state = self._state(rp)
        said = self._said("webauthn.get", question["publicKey"]["challenge"])
        signature = self.key.sign(state + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(said),
            "authenticatorData": b64(state),
            "signature": b64(signature),
            "userHandle": b64(self.user),
        }
        return self._told(response)

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _state(self, rp: str, attested: bytes = b"") -> bytes:
        flags = 0x01 | (0x04 if self.is_verified else 0) | (0x40 if attested else 0)
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count) + attested

    def _told(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": b64(self.key_id),
            "rawId": b64(self.key_id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }
