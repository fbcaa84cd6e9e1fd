"""The address under which people reach an installation, and whether it is safe to be reached there."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# What `check --deploy` misses while Conto is reached by http://localhost only: HSTS (W004), the way from HTTP to HTTPS
# (W008) and cookies for HTTPS only (W012, W016). Such requests never leave the machine, there is no certificate that
# could be presented, and a browser that was told "HTTPS only" would lock the user out. With an https address all four
# are on and none of the checks is silenced.
NEEDED_BEYOND_THIS_MACHINE = ["security.W004", "security.W008", "security.W012", "security.W016"]


def host_of(url: str) -> str:
    """Return the name of the machine in an address.

    Raises: ImproperlyConfigured if it is no address of a site.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(f"CONTO_URL must be an address such as https://conto.example.com, not {url!r}.")
    return f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname


def is_this_machine(host: str) -> bool:
    """Tell whether a name in an address always means the machine it is asked on."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_plain_http(url: str, hosts: Iterable[str], *, is_wanted: bool) -> None:
    """Refuse to be open to other machines without encryption, unless that is what is wanted.

    Raises: ImproperlyConfigured.
    """
    others = [host for host in (host_of(url), *hosts) if not is_this_machine(host)]
    if others and not url.startswith("https://") and not is_wanted:
        raise ImproperlyConfigured(
            f"Conto would be reached as {others[0]} without encryption: anyone on the way could read passwords. Put a "
            "proxy with TLS before it and set CONTO_URL=https://…; in a network that you trust to the last cable, set "
            "CONTO_ALLOW_PLAIN_HTTP=1."
        )
