"""Addresses on the web that members give: which of them this system asks, by their spelling and by their number.

A server that asks any address a member types could be made to ask its own neighbors: the database, the metadata of its
cloud, a printer. So the spelling is judged when it is typed, and each number that a name stands for is judged again
before the connection is made.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import idna

from conto.domain.errors import RuleBroken

HTTPS_PORT, HTTP_PORT = 443, 80
LONGEST = 2000

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^#]*)(?:#.*)?")
_BRACKETED = re.compile(r"\[(?P<host>[0-9A-Fa-f:.]+)\](?::(?P<port>[0-9]{0,5}))?")
_NAMED = re.compile(r"(?P<host>[^:\[\]@%]+)(?::(?P<port>[0-9]{0,5}))?")
_PATH = re.compile(r"[!-\[\]-~]*")  # printable ASCII without space and backslash
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_QUAD = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")

IPv4Network, IPv6Network = ipaddress.IPv4Network, ipaddress.IPv6Network

# Private, and reachable where the administrator allows it.
_PRIVATE_4 = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_PRIVATE_6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))
# Never asked, whatever is allowed: metadata of clouds, and numbers that are no place or mean another one.
_NEVER_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "100.100.100.200/32",  # metadata
            "168.63.129.16/32",  # metadata
            "169.254.0.0/16",  # link-local, metadata
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_PLACES_6 = IPv6Network("2000::/3")  # all that is given out; mapped, NAT64 and link-local numbers lie outside
_NEVER_6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "fd00:ec2::/32"))
)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked, taken apart: the host is a name in ASCII or a number."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_number(self) -> bool:
        """Whether the host is a number, so that there is nothing to resolve."""
        return ":" in self.host or bool(_QUAD.fullmatch(self.host))

    @property
    def authority(self) -> str:
        """The host as it stands in an address and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else HTTP_PORT
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read_target(text: str, *, allow_private: bool = False) -> Target:
    """Return the target that an address spells.

    Without `allow_private` only https on its usual port, and no name or number of a private network.

    Raises: RuleBroken, whose code begins with `target.`.
    """
    match = _URL.fullmatch(text) if len(text) <= LONGEST else None
    if match is None or not _PATH.fullmatch(match["path"]):
        raise RuleBroken("target.not_an_address", "Write a whole address, such as https://example.com/hooks.")
    scheme = match["scheme"].lower()
    if scheme != "https" and not (allow_private and scheme == "http"):
        raise RuleBroken("target.not_https", "The address must begin with https://.")
    if "@" in match["authority"]:
        raise RuleBroken("target.has_user", "The address must not carry a user name or password.")
    host, port_text = _host_and_port(match["authority"])
    usual = HTTPS_PORT if scheme == "https" else HTTP_PORT
    port = int(port_text) if port_text else usual
    if not 1 <= port <= 65535 or (port != HTTPS_PORT and not allow_private):
        raise RuleBroken("target.port", "Only the usual port of https (443) is asked.")
    path = match["path"]
    target = Target(scheme, host, port, path if path.startswith("/") else f"/{path}")
    if target.is_number:
        check_number(host, allow_private=allow_private)
    elif not allow_private and ("." not in host or host.endswith(tuple(f".{name}" for name in _LOCAL_NAMES))):
        raise RuleBroken("target.local_name", "%(host)s is a name of a private network.", host=host)
    return target


def check_number(number: str, *, allow_private: bool = False) -> None:
    """Refuse a number (an IP address) that is not a place on the public internet.

    Raises: RuleBroken `target.private`.
    """
    try:
        address = ipaddress.ip_address(number)
    except ValueError as wrong:
        raise _private(number) from wrong
    is_asked = _is_public(address) or (allow_private and _is_private(address))
    if not is_asked:
        raise _private(number)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in (*_PRIVATE_4, *_NEVER_4))
    return address.scope_id is None and address in _PLACES_6 and not any(address in net for net in _NEVER_6)


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in net for net in _PRIVATE_4) and not any(address in net for net in _NEVER_4)
    is_own = any(address in net for net in _PRIVATE_6)
    return address.scope_id is None and is_own and not any(address in net for net in _NEVER_6)


def _private(number: str) -> RuleBroken:
    return RuleBroken(
        "target.private",
        "%(number)s is not a place on the public internet; private networks are not asked.",
        number=number,
    )


def _host_and_port(authority: str) -> tuple[str, str]:
    bracketed = _BRACKETED.fullmatch(authority)
    if bracketed:
        try:
            return str(ipaddress.IPv6Address(bracketed["host"])), bracketed["port"] or ""
        except ValueError as wrong:
            raise _no_host(authority) from wrong
    named = _NAMED.fullmatch(authority)
    if named is None:
        raise _no_host(authority)
    return _name(named["host"]), named["port"] or ""


def _name(host: str) -> str:
    """Return a host in ASCII and small letters; a number in any but its plain spelling is refused."""
    try:
        plain = host.lower() if host.isascii() else idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError as wrong:
        raise _no_host(host) from wrong
    plain = plain.removesuffix(".")
    labels = plain.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        if not _QUAD.fullmatch(plain) or any(int(label) > 255 for label in labels):
            raise RuleBroken("target.odd_number", "Write the number %(host)s plainly, such as 192.0.2.1.", host=host)
        return plain
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _no_host(host)
    return plain


def _no_host(host: str) -> RuleBroken:
    return RuleBroken("target.no_host", "%(host)s is no name of a host.", host=host)
