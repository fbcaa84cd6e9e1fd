"""Nothing but the gateways opens addresses; an address that a member typed goes through one client."""

import ast

from tests.architecture.sources import ROOT, python_files, spot, tree

OPENERS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "poplib",
    "imaplib",
    "pycurl",
    "requests",
    "smtplib",
    "socket",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websockets",
    "xmlrpc.client",
}
GATEWAYS = ROOT / "conto" / "gateways"
# They open sockets of this machine: the command line looks for a free port and asks whether our own server is up.
OF_THIS_MACHINE = ROOT / "conto" / "config"


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def test_only_gateways_open_addresses() -> None:
    wrong = [
        f"{spot(path, node)} {name}"
        for path in python_files("conto")
        if GATEWAYS not in path.parents and OF_THIS_MACHINE not in path.parents
        for node in ast.walk(tree(path))
        for name in _imports(node)
        if any(name == opener or name.startswith(f"{opener}.") for opener in OPENERS)
    ]
    assert wrong == []


def test_nothing_follows_redirects_or_reads_proxies_on_its_own() -> None:
    """Gateways speak with known providers by `http.client` or their library; these do both without being asked."""
    wrong = [
        f"{spot(path, node)} {name}"
        for path in python_files("conto/gateways")
        for node in ast.walk(tree(path))
        for name in _imports(node)
        if name.split(".")[0] in {"requests", "httpx", "aiohttp"} or name.startswith("urllib.request")
    ]
    assert wrong == []
