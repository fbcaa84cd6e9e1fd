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
from pathlib import Path

DOVECOT = Path("/usr/sbin/dovecot")
PROGRAMS = (DOVECOT, Path("/usr/lib/dovecot/imap"), Path("/usr/lib/dovecot/lmtp"))
INSTALL = "The tests of the mailbox need Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
SECONDS_TO_START = 15
PASSWORD = "a-mailbox-for-tests"
CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
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
    port = 0
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
class MailServer:
    """Where the server answers.

    Every address has a mailbox, and is the name to log in with; what follows a plus sign leads there too.
    """

    imap_port: int
    lmtp_port: int
    root: Path

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
def open_mail_server() -> Iterator[MailServer]:
    """Run a server until the block ends."""
    assert all(program.exists() for program in PROGRAMS), INSTALL
    root = Path(tempfile.mkdtemp(prefix="dove", dir="/tmp"))  # names of sockets must be short
    user, group, login = _people()
    imap, lmtp = _free_ports(2)
    config = root / "dovecot.conf"
    config.write_text(
        CONFIG.format(root=root, user=user, group=group, login=login, imap=imap, lmtp=lmtp, password=PASSWORD)
    )
    root.chmod(0o755)
    (root / "mail").mkdir()
    if os.getuid() == 0:
        shutil.chown(root / "mail", user, group)
    server = subprocess.Popen([str(DOVECOT), "-F", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(imap, root)
        _wait_for(lmtp, root)
        yield MailServer(imap, lmtp, root)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)
        shutil.rmtree(root, ignore_errors=True)


def _wait_for(port: int, root: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        log = root / "log"
        assert time.monotonic() < until, f"Dovecot did not start: {log.read_text() if log.exists() else 'no word'}"
        time.sleep(0.02)
