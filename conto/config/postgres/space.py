"""Whether the disk can carry a database: its kind and the room left on it."""

import shutil
from pathlib import Path

from conto.config.postgres.errors import DiskFullError, PostgresError

MEGABYTE = 1024 * 1024
ROOM_TO_BEGIN = 150 * MEGABYTE
ROOM_TO_WRITE = 96 * MEGABYTE
NETWORK_KINDS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "glusterfs", "fuse.glusterfs"} | {
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "davfs",
    "fuse.davfs2",
}


def free_bytes(folder: Path) -> int:
    """Return the room left on the disk of `folder`."""
    return shutil.disk_usage(_existing(folder)).free


def is_nearly_full(folder: Path) -> bool:
    """Return whether so little room is left that writing on could stop the server."""
    usage = shutil.disk_usage(_existing(folder))
    return usage.free < min(ROOM_TO_WRITE, usage.total * 15 // 100)


def refuse_too_little_room(folder: Path) -> None:
    """Refuse to make a database where there is no room for one.

    Raises: DiskFullError.
    """
    free = free_bytes(folder)
    if free < ROOM_TO_BEGIN:
        raise DiskFullError(
            f"The disk of {folder} is full: {free // MEGABYTE} MB are free, a new database needs "
            f"{ROOM_TO_BEGIN // MEGABYTE} MB. Free some space, or set CONTO_HOME to a folder on another disk."
        )


def refuse_network_disk(folder: Path) -> None:
    """Refuse file systems on which a database loses what it was told is safe.

    Raises: PostgresError.
    """
    kind = file_system(folder)
    if kind in NETWORK_KINDS:
        raise PostgresError(
            f"{folder} is on a network file system ({kind}), where a database can lose data. "
            "Set CONTO_HOME to a folder on a disk of this machine, or name a server in DATABASE_URL."
        )


def file_system(folder: Path) -> str:
    """Return the kind of file system that `folder` is on, "" where the machine doesn't tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return ""
    target = _existing(folder).resolve()
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        mount = Path(left.split()[4].replace("\\040", " "))
        if (target == mount or mount in target.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), right.split()[0]
    return kind


def _existing(folder: Path) -> Path:
    return next(step for step in (folder, *folder.parents) if step.exists())
