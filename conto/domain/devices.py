"""What kind of program and place a request comes from, as coarse as people speak of it."""

from __future__ import annotations

import ipaddress

# The first word found in what a browser says of itself; most say several, so the order matters.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Chromium", "Chromium"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
    ("Python", "Python"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def program_of(agent: str) -> str:
    """Name the browser and the system that a program says it is; another program by its first word."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "") or agent.partition("/")[0][:40]
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)


def network_of(address: str) -> str:
    """Name the network of an address: what a provider gives to one line (IPv4 /24, IPv6 /48)."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def device_of(agent: str, address: str) -> str:
    """Name a device as one knows it again: its browser, its system and its network."""
    return " · ".join(part for part in (program_of(agent), network_of(address)) if part)
