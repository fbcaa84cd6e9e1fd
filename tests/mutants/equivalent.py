"""Changes that no test can notice, since they change nothing: each with the reason."""

import re

# Where (the start of a mutant's name), what the changed line says (a pattern), and why nothing changes.
_APPLY = r"conto\.domain\.discount\.x_apply"
EQUIVALENT: list[tuple[str, str, str]] = [
    (_APPLY, r"zip\(left, line_keys, (strict=None|strict=False)?\)", "share() refuses what has no partner"),
    (_APPLY, r"zip\(left, parts, (strict=None|strict=False)?\)", "share() gives as many parts as there are lines"),
    (_APPLY, r"\(whole\) or True", "sharing nothing over nothing gives zeros"),
    (r"conto\.domain\.money\.x_parse_decimal", r'Decimal\("(nan|NAN)"\)', "NaN may be written in any case"),
    (r"conto\.domain\.invoice\.terms", r"= -2, HUNDRED", "no step has fewer than 0 days"),
    (
        r"conto\.domain\.tax\.decision\.x__from_us",
        r'\.split\("/", 2?\)\[0\]',
        "only the part before the first stroke is taken",
    ),
]


def reason_of(name: str, change: str) -> str:
    """Return why a change makes no difference, or nothing."""
    changed = change.rpartition("| +")[2] or change
    return next((why for where, what, why in EQUIVALENT if re.match(where, name) and re.search(what, changed)), "")
