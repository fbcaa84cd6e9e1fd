"""Buyer references, and the Leitweg-ID among them."""

import re

from conto.domain.errors import RuleBroken

_LEITWEG = re.compile(r"(\d{2,12})(?:-([A-Za-z0-9]{1,30}))?-(\d{2})")


def check_buyer_reference(text: str) -> str:
    """Return a buyer reference (BT-10) without outer spaces; what looks like a Leitweg-ID must have its check digits.

    Raises: RuleBroken `buyer_reference.bad_check_digits`.
    Source: KoSIT, Leitweg-ID format specification 2.0.2; ISO/IEC 7064 MOD 97-10.
    """
    reference = text.strip()
    parts = _LEITWEG.fullmatch(reference)
    if parts:
        digits = "".join(str(int(sign, 36)) for sign in "".join(part or "" for part in parts.groups()))
        if int(digits) % 97 != 1:
            raise RuleBroken(
                "buyer_reference.bad_check_digits",
                "%(reference)s looks like a Leitweg-ID, but its check digits do not fit. Please compare it again.",
                reference=reference,
            )
    return reference
