"""Places: a file is there whole or not at all, in a folder, in a bucket, on another machine."""

import asyncio
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import boto3
import pytest
from moto.server import ThreadedMotoServer

from conto.domain.errors import RuleBroken
from conto.gateways.storage.addresses import place_at
from conto.gateways.storage.folder import Folder
from conto.gateways.storage.places import Place, PlaceFailed, Stored
from conto.gateways.storage.s3 import PART_BYTES, Bucket
from conto.gateways.storage.ssh import Shell, fingerprint_of, host_key_of
from tests.waiting import PATIENCE_SECONDS

NAME = "conto-shop-20261122T023000Z-0a1b2c.backup"
CONTENT = os.urandom(PART_BYTES + 300_000)  # more than a bucket takes in one part


class Breaking(io.BytesIO):
    """A file that can't be read to its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100_000:
            raise OSError("the disk does not answer")
        return super().read(size)


def _tried(place: Place) -> None:
    """Keep a file, list it, read it back, keep it again, remove it, remove it again."""
    place.put(NAME, io.BytesIO(b"of before"))
    place.put(NAME, io.BytesIO(CONTENT))
    assert place.stored() == [Stored(NAME, len(CONTENT))]
    with place.opened(NAME) as source:
        begun = source.read(10)
        pieces = [begun]
        while piece := source.read(100_000):
            pieces.append(piece)
    assert b"".join(pieces) == CONTENT
    place.remove(NAME)
    place.remove(NAME)
    assert place.stored() == []
    with pytest.raises(PlaceFailed), place.opened(NAME) as source:
        source.read(1)


def _broken_off(place: Place) -> None:
    with pytest.raises((PlaceFailed, OSError)):
        place.put(NAME, Breaking(CONTENT))
    assert place.stored() == []


def test_a_folder_keeps_files(tmp_path: Path) -> None:
    _tried(Folder(tmp_path))
    _broken_off(Folder(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_not_plugged_in_is_not_made_up(tmp_path: Path) -> None:
    with pytest.raises(PlaceFailed, match="plugged in"):
        Folder(tmp_path / "disk").put(NAME, io.BytesIO(b"x"))
    assert not (tmp_path / "disk").exists()
    for folder in ("backups", "/srv/../etc", ""):
        with pytest.raises(RuleBroken):
            Folder(folder)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3, on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    ).create_bucket(Bucket="safe")
    yield address
    server.stop()


def test_a_bucket_keeps_files(s3: str) -> None:
    _tried(Bucket(bucket="safe", prefix="books", endpoint=s3, access_key="a", secret_key="b"))
    _broken_off(Bucket(bucket="safe", prefix="books", endpoint=s3, access_key="a", secret_key="b"))


def test_a_bucket_is_named_by_an_address(s3: str) -> None:
    keys = {"CONTO_S3_ACCESS_KEY": "a", "CONTO_S3_SECRET_KEY": "b"}
    place = place_at(f"s3://safe/other?endpoint={s3}", keys)
    place.put(NAME, io.BytesIO(b"x"))
    assert place.stored() == [Stored(NAME, 1)]
    assert place_at(f"s3://safe?endpoint={s3}", keys).stored() == []


def test_a_bucket_that_is_not_there_is_told_plainly(s3: str) -> None:
    missing = Bucket(bucket="lost", endpoint=s3, access_key="a", secret_key="b")
    with pytest.raises(PlaceFailed, match="lost"):
        missing.put(NAME, io.BytesIO(b"x"))
    with pytest.raises(PlaceFailed):
        missing.stored()


class _Letting(asyncssh.SSHServer):
    """Lets in who has the password."""

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("conto", "open sesame")


@contextmanager
def _machine(folder: Path, key: asyncssh.SSHKey, authorized: str) -> Iterator[int]:
    """Run an SSH server with SFTP below `folder` on this machine."""
    ready, done, found = threading.Event(), threading.Event(), {"port": 0}
    keys = folder.parent / "authorized_keys"
    keys.write_text(authorized)

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            server_factory=_Letting,
            authorized_client_keys=str(keys),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder)),
        )
        found["port"] = server.get_port()
        ready.set()
        await asyncio.get_running_loop().run_in_executor(None, done.wait)
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_SECONDS)
    yield found["port"]
    done.set()
    thread.join()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Another machine, its key and a key to it."""
    folder = tmp_path_factory.mktemp("machine") / "files"
    (folder / "backups").mkdir(parents=True)
    own, client = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    with _machine(folder, own, client.export_public_key().decode()) as port:
        yield {
            "port": port,
            "folder": folder / "backups",
            "host_key": own.export_public_key().decode().strip(),
            "private_key": client.export_private_key().decode(),
        }


def _shell(machine: dict[str, Any], **more: Any) -> Shell:
    given = {
        "host": "127.0.0.1",
        "port": machine["port"],
        "username": "conto",
        "folder": "/backups",
        "host_key": machine["host_key"],
        "secret": machine["private_key"],
        **more,
    }
    return Shell(**given)


def test_another_machine_keeps_files(machine: dict[str, Any]) -> None:
    _tried(_shell(machine))
    _tried(_shell(machine, secret="open sesame"))
    _broken_off(_shell(machine))
    assert list(machine["folder"].iterdir()) == []


def test_a_machine_with_another_host_key_gets_nothing(machine: dict[str, Any]) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(PlaceFailed, match="not the machine"):
        _shell(machine, host_key=other).put(NAME, io.BytesIO(CONTENT))
    with pytest.raises(PlaceFailed, match="not the machine"), _shell(machine, host_key=other).opened(NAME):
        pass
    assert list(machine["folder"].iterdir()) == []


def test_the_key_of_a_machine_can_be_asked_for_and_compared(machine: dict[str, Any]) -> None:
    found = host_key_of("127.0.0.1", machine["port"])
    assert found.line.split()[:2] == machine["host_key"].split()[:2]
    assert found.fingerprint == fingerprint_of(machine["host_key"])
    with pytest.raises(PlaceFailed):
        host_key_of("127.0.0.1", 1)


def test_a_wrong_password_is_told_plainly(machine: dict[str, Any]) -> None:
    with pytest.raises(PlaceFailed, match="Permission denied"):
        _shell(machine, secret="open barley").stored()


def test_what_is_missing_is_refused_before_anything_is_asked(machine: dict[str, Any]) -> None:
    for lacking, code in (
        ({"secret": ""}, "backup.shell_incomplete"),
        ({"host_key": "nonsense"}, "backup.no_host_key"),
        ({"secret": "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense"}, "backup.bad_private_key"),
    ):
        with pytest.raises(RuleBroken) as refused:
            _shell(machine, **lacking)
        assert refused.value.code == code
    with pytest.raises(RuleBroken):
        Bucket(bucket="safe", access_key="", secret_key="")
    with pytest.raises(RuleBroken):
        place_at("ftp://somewhere/else", {})
