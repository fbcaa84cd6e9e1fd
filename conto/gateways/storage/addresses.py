"""Places by their address, for the command line: a new machine knows no places yet.

/mnt/disk/backups                        a folder
s3://bucket/prefix?endpoint=…&region=…   the keys in CONTO_S3_ACCESS_KEY, CONTO_S3_SECRET_KEY
ssh://user@host:22/folder                CONTO_SSH_HOST_KEY, and CONTO_SSH_KEY_FILE or CONTO_SSH_PASSWORD
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from conto.domain.errors import RuleBroken
from conto.gateways.storage.places import Place, place_for


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a place, rather than the name of one."""
    return "://" in text or text.startswith("/")


def place_at(address: str, environment: Mapping[str, str]) -> Place:
    """Return the place at an address, with the secrets that the environment names.

    Raises: RuleBroken.
    """
    if address.startswith("/"):
        return place_for("folder", {"folder": address}, "")
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.scheme == "s3":
        options: dict[str, str] = {
            "bucket": parts.netloc,
            "prefix": parts.path.strip("/"),
            "access_key": environment.get("CONTO_S3_ACCESS_KEY", ""),
            **{name: asked[name] for name in ("endpoint", "region") if name in asked},
        }
        return place_for("s3", options, environment.get("CONTO_S3_SECRET_KEY", ""))
    if parts.scheme == "ssh":
        key_file = environment.get("CONTO_SSH_KEY_FILE", "")
        secret = Path(key_file).expanduser().read_text() if key_file else environment.get("CONTO_SSH_PASSWORD", "")
        options = {
            "host": parts.hostname or "",
            "port": str(parts.port or 22),
            "username": unquote(parts.username or ""),
            "folder": unquote(parts.path) or ".",
            "host_key": environment.get("CONTO_SSH_HOST_KEY", ""),
        }
        return place_for("ssh", options, secret)
    raise RuleBroken("backup.unknown_place", "There is no such kind of place.")
