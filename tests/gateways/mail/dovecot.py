"""A real IMAP server on loopback sockets: Debian's Dovecot with a folder of its own, for tests that read mail."""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.waiting import PATIENCE_SECONDS

DOVECOT = Path("/usr/sbin/dovecot")
PROGRAMS = (DOVECOT, Path("/usr/lib/dovecot/imap"), Path("/usr/lib/dovecot/lmtp"))
INSTALL = "The tests of the mailbox need Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
PASSWORD = "a-mailbox-for-tests"
CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap lmtp
listen = 127.0.0.1
{tls}
disable_plaintext_auth = {careful}
auth_mechanisms = plain login
mail_location = maildir:{root}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
recipient_delimiter = +
lmtp_hdr_delivery_address = original
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for a server, with its key, and the authority that gave it: files in PEM."""

    chain: Path
    key: Path
    authority: Path


def make_certificate(folder: Path, *, name: str = "127.0.0.1") -> Certificate:
    """Make an authority and a certificate of it for a server on an address."""
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    called = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in ("Authority of a test", name)]
    made = []
    for subject, key in zip(called, keys, strict=True):
        is_authority = subject is called[0]
        draft = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(called[0]).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )  # fmt: skip
        if not is_authority:
            address = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
            draft = draft.add_extension(address, critical=False)
        made.append(draft.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    files = Certificate(folder / "chain.pem", folder / "key.pem", folder / "authority.pem")
    files.authority.write_bytes(made[0])
    files.chain.write_bytes(made[1])
    files.key.write_bytes(keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where the server answers.

    Every address has a mailbox, and is the name to log in with; what follows a plus sign leads there too.
    """

    imap_port: int
    lmtp_port: int
    root: Path
    imaps_port: int = 0  # TLS from the first byte

    def deliver(self, *messages: bytes, to: str) -> None:
        """Hand messages over as a mail server does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            for message in messages:
                lmtp.sendmail("envelope@example.net", [to], message)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _people() -> tuple[str, str, str]:
    """Return whom mail belongs to, with the group, and who holds log-ins; a server of root refuses to be them."""
    if os.getuid() == 0:
        owner = pwd.getpwnam("dovecot")
        return owner.pw_name, "dovecot", "dovenull"
    me = pwd.getpwuid(os.getuid())
    return me.pw_name, str(me.pw_gid), me.pw_name


@contextmanager
def open_mail_server(certificate: Certificate | None = None) -> Iterator[MailServer]:
    """Run a server until the block ends; with a certificate it speaks TLS, and in the clear takes no password."""
    assert all(program.exists() for program in PROGRAMS), INSTALL
    root = Path(tempfile.mkdtemp(prefix="dove", dir="/tmp"))  # names of sockets must be short
    user, group, login = _people()
    imap, lmtp, imaps = _free_ports(3)
    tls = "ssl = no"
    if certificate:
        tls = f"ssl = required\nssl_cert = <{certificate.chain}\nssl_key = <{certificate.key}"
    config = root / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            root=root,
            user=user,
            group=group,
            login=login,
            imap=imap,
            lmtp=lmtp,
            password=PASSWORD,
            tls=tls,
            careful="yes" if certificate else "no",
            imaps=imaps if certificate else 0,
        )
    )
    root.chmod(0o755)
    (root / "mail").mkdir()
    if os.getuid() == 0:
        shutil.chown(root / "mail", user, group)
    server = subprocess.Popen([str(DOVECOT), "-F", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(imap, root)
        _wait_for(lmtp, root)
        yield MailServer(imap, lmtp, root, imaps)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)
        shutil.rmtree(root, ignore_errors=True)


def _wait_for(port: int, root: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        log = root / "log"
        assert time.monotonic() < until, f"Dovecot did not start: {log.read_text() if log.exists() else 'no word'}"
        time.sleep(0.02)
